"""Zalo Bot sending: what follows when the platform refuses, fails or cuts; pictures; and quiet logs."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.channels.base import Failure, SendFailed
from bot.channels.zalo_bot import ZaloBotPlatform
from handlers.messages import Choice, Reply
from tests.fakes.mishaps import HTML, Mishap, serving
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot, refused
from tests.live import free_port
from tests.pictures import found_in
from tests.test_zalo_bot_wire import SITE, UNUSED, settings_of

HELLO = Reply("Chào bà con", (Choice("Bắt đầu", "/begin"),))
CUT = "ReadError or RemoteProtocolError"
AT = dt.datetime(2026, 11, 21, 5, 45, tzinfo=dt.UTC)


@asynccontextmanager
async def speaking(
    fake: FakeZaloBot, pictures: Path = Path("none"), seconds: float = 10, **changed: Any
) -> AsyncIterator[ZaloBotPlatform]:
    """Give a bot that may write to "an"; `seconds`: how long it waits for an answer."""
    async with serving(fake.application()) as base:
        settings = settings_of(base, **changed)
        platform = ZaloBotPlatform(settings, UNUSED, lambda: AT, seconds, picture_of=found_in(pictures))
        await fake.write("chào", "an")
        yield platform
        await platform.close()


@pytest.mark.parametrize(
    ("mishap", "failure", "reason"),
    [
        (Mishap(cut=True), "unsure", CUT),
        (Mishap(cut=True, accept=True), "unsure", CUT),
        (Mishap(wait=2.5), "unsure", "ReadTimeout"),
        (refused(408), "unsure", "408"),
        (Mishap(504, HTML), "unsure", "504"),
        (Mishap(200, HTML), "unsure", "no JSON"),
        (Mishap(200, [1]), "unsure", "no JSON"),
        (Mishap(502, HTML), "passing", "502"),
        (refused(500, 500), "passing", "500"),
        (refused(403, 403, "internal server error"), "passing", "403"),
        (refused(400), "final", "400"),
        (refused(400, 400), "final", "400"),
        (Mishap(200, {"ok": False}), "final", "200"),
        (Mishap(200, {"ok": False, "error_code": "403"}), "passing", "403"),
        (Mishap(302, HTML, {"location": "https://elsewhere.example.invalid"}), "final", "302"),
        (refused(429), "slow_down", "429"),
        (refused(429, 429), "slow_down", "429"),
    ],
    ids=repr,
)
async def test_every_failure_says_what_may_follow(mishap: Mishap, failure: Failure, reason: str) -> None:
    fake = FakeZaloBot()
    fake.expect("sendMessage", mishap)
    async with speaking(fake, seconds=2 if mishap.wait else 10) as platform:
        with pytest.raises(SendFailed) as failed:
            await platform.outbound.send("an", HELLO)
        assert failed.value.failure == failure
        assert failed.value.reason in reason.split(" or ")
        assert failed.value.retry_in == (900 if failure == "slow_down" else None)
        assert len(fake.sent) == mishap.accept
        assert await platform.outbound.send("an", HELLO)  # and the next one leaves


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("0", 1), ("999999999", 86400), ("soon", 900), ("-1", 900)])
async def test_a_platform_that_says_how_long_to_wait_is_obeyed(header: str, seconds: float) -> None:
    fake = FakeZaloBot()
    fake.expect("sendMessage", replace(refused(429, 429), headers={"retry-after": header}))
    async with speaking(fake) as platform:
        with pytest.raises(SendFailed) as failed:
            await platform.outbound.send("an", HELLO)
    assert failed.value.retry_in == seconds


async def test_what_was_never_sent_may_be_sent_again() -> None:
    platform = ZaloBotPlatform(settings_of(f"http://127.0.0.1:{free_port()}"), UNUSED)
    with pytest.raises(SendFailed) as failed:
        await platform.outbound.send("an", HELLO)
    assert (failed.value.failure, failed.value.reason) == ("passing", "ConnectError")


@pytest.mark.parametrize("error_status", [True, False], ids=["by status", "with status 200"])
async def test_a_refused_token_is_said_loudly_and_nothing_secret_is(error_status: bool) -> None:
    fake = FakeZaloBot("1:another", error_status)
    with capture_logs() as logs:
        async with speaking(fake) as platform:
            with pytest.raises(SendFailed) as failed:
                await platform.outbound.send("nguoi-la", HELLO)
    assert failed.value.failure == "final"
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [
        ("the platform refuses the bot's token", "error")
    ]
    for said in (str(logs), repr(failed.value)):
        assert not any(secret in said for secret in (TOKEN, TOKEN.partition(":")[2], "Chào", "nguoi-la", "http"))


async def test_a_long_reply_arrives_whole_and_in_order() -> None:
    fake = FakeZaloBot()
    async with speaking(fake) as platform:
        messages = await platform.outbound.send("an", Reply("từ " * 1500, HELLO.choices))
    assert all(messages)
    assert len(messages) == len(fake.sent)
    said = " ".join(sent.text for sent in fake.sent)
    assert said.split() == ["từ"] * 1500 + ["Gõ", "số", "để", "chọn:", "1.", "Bắt", "đầu"]
    assert len(fake.sent) == 3


async def test_an_empty_reply_is_given_up() -> None:
    async with speaking(FakeZaloBot()) as platform:
        with pytest.raises(SendFailed, match="nothing to say"):
            await platform.outbound.send("an", Reply(""))


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Give a folder with one picture."""
    (tmp_path / "phone.png").write_bytes(b"png")
    return tmp_path


SHOWN = Reply("Bấm nút", card="phone")


@pytest.mark.parametrize(("site", "photo"), [(SITE, f"{SITE}/cards/phone.png"), ("", "")], ids=["public", "no site"])
async def test_a_picture_goes_with_its_text_by_its_public_address(content: Path, site: str, photo: str) -> None:
    fake = FakeZaloBot(fetches=False)
    async with speaking(fake, content, public_url=site) as platform:
        await platform.outbound.send("an", SHOWN)
        await platform.outbound.send("an", replace(SHOWN, card="missing"))
        await platform.outbound.send("an", replace(SHOWN, text="từ " * 800))
    assert [(sent.text[:2], sent.photo) for sent in fake.sent] == [("Bấ", photo), ("Bấ", ""), ("từ", ""), ("từ", "")]


async def test_a_picture_that_cannot_be_fetched_leaves_the_text(content: Path) -> None:
    fake = FakeZaloBot()
    async with speaking(fake, content, public_url="https://127.0.0.1:1") as platform:
        await platform.outbound.send("an", SHOWN)
    assert fake.calls == ["sendPhoto", "sendMessage"]
    assert [(sent.text, sent.photo) for sent in fake.sent] == [("Bấm nút", "")]


@pytest.mark.parametrize(
    ("mishap", "failure"),
    [
        (refused(429), "slow_down"),
        (refused(401), "final"),
        (Mishap(502, HTML), "passing"),
        (Mishap(cut=True), "unsure"),
    ],
)
async def test_a_picture_that_may_have_left_is_not_followed_by_its_text(
    content: Path, mishap: Mishap, failure: Failure
) -> None:
    fake = FakeZaloBot(fetches=False)
    fake.expect("sendPhoto", mishap)
    async with speaking(fake, content, public_url=SITE) as platform:
        with pytest.raises(SendFailed) as failed:
            await platform.outbound.send("an", SHOWN)
    assert failed.value.failure == failure
    assert fake.calls == ["sendPhoto"]
