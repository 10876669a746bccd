"""Zalo Bot when things go wrong: messages consumed on reading, a platform that fails or cuts; and quiet logs."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.channels.base import Failure, SendFailed
from bot.channels.zalo_bot import TRIES, ZaloBotPlatform
from handlers.messages import Choice, Inbound, Reply
from storage.database import Database, Unreachable
from tests.fakes.mishaps import HTML, Mishap, serving
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot, refused
from tests.live import free_port
from tests.test_zalo_bot_wire import SITE, settings_of

UNUSED = Database("sqlite://")
"""Sending and polling need no database of their own."""
HELLO = Reply("Chào bà con", (Choice("Bắt đầu", "/begin"),))
CUT = "ReadError or RemoteProtocolError"
AT = dt.datetime(2026, 11, 21, 5, 45, tzinfo=dt.UTC)


class Ear:
    """Receives messages, and fails or waits as it is told."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.tried: list[str] = []
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.free = asyncio.Event()
        self.free.set()

    async def receive(self, inbound: Inbound) -> None:
        self.tried.append(inbound.text)
        await self.free.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.heard.put_nowait(inbound.text)

    async def next(self) -> str:
        async with asyncio.timeout(10):
            return await self.heard.get()


@asynccontextmanager
async def polling(base: str, ear: Ear) -> AsyncIterator["asyncio.Task[None]"]:
    """Poll the platform there."""
    platform = ZaloBotPlatform(settings_of(base, zalo_bot_user_cap=0), UNUSED, first_wait=0.01)
    listening = asyncio.create_task(platform.listen(ear.receive))
    try:
        yield listening
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await platform.close()


async def until_tried(ear: Ear, times: int) -> None:
    async with asyncio.timeout(10):
        while len(ear.tried) < times:  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.01)


async def test_the_next_message_is_asked_for_only_when_the_last_is_recorded() -> None:
    fake, ear = FakeZaloBot(), Ear()
    async with serving(fake.application()) as base, polling(base, ear):
        ear.free.clear()
        await fake.write("một")
        await fake.write("hai")
        await until_tried(ear, 1)
        assert fake.calls == ["getUpdates"]
        ear.free.set()
        assert [await ear.next(), await ear.next()] == ["một", "hai"]


async def test_a_message_is_handed_in_until_the_database_is_back() -> None:
    away = [Unreachable("", {}, Exception()) for _ in range(TRIES + 2)]
    fake, ear = FakeZaloBot(), Ear(*away)
    async with serving(fake.application()) as base, polling(base, ear):
        await fake.write("một")
        assert await ear.next() == "một"
        assert fake.calls[: len(away)].count("getUpdates") <= 2


async def test_a_message_that_can_never_be_recorded_does_not_stop_the_others() -> None:
    fake, ear = FakeZaloBot(), Ear(*[ValueError() for _ in range(TRIES)])
    async with serving(fake.application()) as base, polling(base, ear):
        await fake.write("một")
        await fake.write("hai")
        assert await ear.next() == "hai"
    assert ear.tried == ["một"] * TRIES + ["hai"]


async def test_a_stop_waits_for_the_message_that_is_being_recorded() -> None:
    fake, ear = FakeZaloBot(), Ear()
    async with serving(fake.application()) as base, polling(base, ear) as listening:
        ear.free.clear()
        await fake.write("một")
        await until_tried(ear, 1)
        listening.cancel()
        asyncio.get_running_loop().call_later(0.05, ear.free.set)
        with suppress(asyncio.CancelledError):
            await listening
        assert ear.heard.get_nowait() == "một"


async def test_polling_outlives_a_platform_that_cannot_be_reached() -> None:
    fake, ear, port = FakeZaloBot(hold=0.05), Ear(), free_port()
    with capture_logs() as logs:
        async with polling(f"http://127.0.0.1:{port}", ear):
            async with asyncio.timeout(10):
                while not logs:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            await fake.write("một")
            async with serving(fake.application(), port):
                assert await ear.next() == "một"
    assert [entry["event"] for entry in logs[:2]] == ["cannot ask for messages", "asking for messages again"]


async def test_polling_outlives_every_answer_a_platform_gives() -> None:
    fake, ear = FakeZaloBot(hold=0.05), Ear()
    strange: list[Any] = [{"ok": True}, {"ok": True, "result": []}, {"ok": True, "result": "x"}, [], "null", HTML]
    fake.expect("getUpdates", refused(500), refused(403, 403), Mishap(502, HTML), Mishap(cut=True), refused(401))
    fake.expect("getUpdates", refused(408), refused(408, 408), *[Mishap(body=body) for body in strange])
    async with serving(fake.application()) as base, polling(base, ear):
        await fake.write("một")
        assert await ear.next() == "một"
    assert not fake.mishaps["getUpdates"]


async def test_while_a_webhook_is_set_polling_says_that_it_cannot() -> None:
    fake, ear = FakeZaloBot(webhook="https://other.example.invalid"), Ear()
    with capture_logs() as logs:
        async with serving(fake.application()) as base, polling(base, ear):
            async with asyncio.timeout(10):
                while fake.calls.count("getUpdates") < 3:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
    assert [(entry["event"], entry["reason"]) for entry in logs] == [("cannot ask for messages", "400")]


# sending


@asynccontextmanager
async def speaking(fake: FakeZaloBot, **changed: Any) -> AsyncIterator[ZaloBotPlatform]:
    """Give a bot that may write to "an"."""
    async with serving(fake.application()) as base:
        platform = ZaloBotPlatform(settings_of(base, **changed), UNUSED, lambda: AT, patience=0.3)
        await fake.write("chào", "an")
        yield platform
        await platform.close()


@pytest.mark.parametrize(
    ("mishap", "failure", "reason"),
    [
        (Mishap(cut=True), "unsure", CUT),
        (Mishap(cut=True, accept=True), "unsure", CUT),
        (Mishap(wait=0.6), "unsure", "ReadTimeout"),
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
    async with speaking(fake) as platform:
        with pytest.raises(SendFailed) as failed:
            await platform.outbound.send("an", HELLO)
        assert failed.value.failure == failure
        assert failed.value.reason in reason.split(" or ")
        assert failed.value.retry_in == (900 if failure == "slow_down" else None)
        assert len(fake.sent) == mishap.accept
        assert await platform.outbound.send("an", HELLO)  # and the next one leaves


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
        message = await platform.outbound.send("an", Reply("từ " * 1500, HELLO.choices))
    assert message
    said = " ".join(sent.text for sent in fake.sent)
    assert said.split() == ["từ"] * 1500 + ["Gõ", "số", "để", "chọn:", "1.", "Bắt", "đầu"]
    assert len(fake.sent) == 3


async def test_an_empty_reply_is_given_up() -> None:
    async with speaking(FakeZaloBot()) as platform:
        with pytest.raises(SendFailed, match="nothing to say"):
            await platform.outbound.send("an", Reply(""))


@pytest.mark.parametrize(("site", "photo"), [(SITE, f"{SITE}/pictures/phone.png"), ("", "")], ids=["public", "no site"])
async def test_a_picture_goes_with_its_text_by_its_public_address(tmp_path: Path, site: str, photo: str) -> None:
    fake = FakeZaloBot(fetches=False)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "phone.png").write_bytes(b"png")
    async with speaking(fake, content_dir=tmp_path, public_url=site) as platform:
        await platform.outbound.send("an", Reply("Bấm nút", picture="phone"))
        await platform.outbound.send("an", Reply("Bấm nút", picture="missing"))
    assert [(sent.text, sent.photo) for sent in fake.sent] == [("Bấm nút", photo), ("Bấm nút", "")]


async def test_a_picture_that_cannot_be_fetched_leaves_the_text(tmp_path: Path) -> None:
    fake = FakeZaloBot()
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "phone.png").write_bytes(b"png")
    async with speaking(fake, content_dir=tmp_path, public_url="https://127.0.0.1:1") as platform:
        await platform.outbound.send("an", Reply("Bấm nút", picture="phone"))
    assert fake.calls == ["sendPhoto", "sendMessage"]
    assert [(sent.text, sent.photo) for sent in fake.sent] == [("Bấm nút", "")]
