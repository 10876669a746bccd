"""Zalo Bot over the wire: the fake platform, the real core and sender; dialogues, forgeries, failures."""

import asyncio
import datetime as dt
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from starlette.applications import Starlette

from bot.app import now
from bot.channels import zalo_bot
from bot.channels.base import Limits, Receive
from bot.channels.zalo_bot import ZaloBotPlatform
from bot.platforms import connected
from bot.settings import Settings
from handlers.core import Core
from handlers.messages import Inbound
from storage.database import Database
from tests.dialogue import stored
from tests.fakes.mishaps import serving
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot, Sent
from tests.test_zalo_bot import BOT, shapes, update

SECRET = "mot-chuoi-bi-mat"  # noqa: S105
SITE = "https://hocvuso.example.invalid"
UNUSED = Database("sqlite://")
"""Sending and polling need no database of their own."""
LEARN = [
    ("#kp5", "Chào bà con Khu phố 5"),
    ("1", "Bà con có đồng ý không?"),
    ("1", "Bà con ở Khu phố 5, đúng không?"),
    ("1", "nhắn nhắc học"),
    ("2", "1. Học bài: Bước đầu"),
    ("1", "Bước 1/3"),
    ("1", "Bước 2/3"),
    ("1", "1. Làm mấy câu hỏi ngắn"),
    ("1", "Câu 1/2."),
    ("1", "Câu 2/2."),
    ("3", "đã đạt bài Bước đầu"),
]


def settings_of(base: str, **changed: Any) -> Settings:
    pasted = {"zalo_bot_token": f" {TOKEN}\n", "zalo_bot_api_base": base}
    return Settings(_env_file=None, **{**pasted, **changed})


def hooked(base: str = "http://127.0.0.1:1", **changed: Any) -> Settings:
    """Return settings with which messages come by webhook."""
    return settings_of(base, public_url=SITE, zalo_bot_secret=SECRET, **changed)


@dataclass
class Talk:
    """What people and the bot say to each other."""

    fake: FakeZaloBot
    said: "asyncio.Queue[Sent]"
    registered: dict[str, Any] = field(default_factory=dict)

    async def say(self, text: str, by: str = "ba-tu") -> str:
        """Say something; return the answer."""
        await self.fake.write(text, by)
        return (await self.answer()).text

    async def answer(self) -> Sent:
        """Return the next message of the bot."""
        async with asyncio.timeout(10):
            return await self.said.get()


@asynccontextmanager
async def talking(
    core: Core, database_url: str, fake: FakeZaloBot, webhook: bool = False, **changed: Any
) -> AsyncIterator[Talk]:
    """Let the core talk through the platform, by webhook or by polling."""
    talk = Talk(fake, asyncio.Queue())
    fake.on_sent = talk.said.put_nowait
    fake.local_webhooks, fake.hold = True, 0.2
    async with serving(fake.application()) as base:
        settings = hooked(base, **changed) if webhook else settings_of(base, **changed)
        platform = ZaloBotPlatform(settings, core.house.database, first_wait=0.01)
        platform.outbound.limits = Limits(per_second=1000)
        async with connected([platform], core, database_url, again=0.05) as routes:
            if not webhook:
                yield talk
                return
            async with serving(Starlette(routes=routes)) as site:
                talk.registered = (await register(base, f"{site}/webhook/zalo-bot"))["result"]
                yield talk


async def register(base: str, url: str, secret: str = SECRET) -> dict[str, Any]:
    """Set the webhook as the program's operator does; return what the platform answers."""
    async with httpx2.AsyncClient() as client:
        fields = {"url": url, "secret_token": secret}
        answer: dict[str, Any] = (await client.post(f"{base}/bot{TOKEN}/setWebhook", json=fields)).json()
    return answer


@pytest.mark.parametrize("enveloped", [True, False], ids=["enveloped", "bare"])
@pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
async def test_a_resident_joins_learns_and_passes_by_typing_numbers(
    core: Core, database_url: str, webhook: bool, enveloped: bool
) -> None:
    fake = FakeZaloBot(enveloped=enveloped, dated=enveloped)
    async with talking(core, database_url, fake, webhook) as talk:
        for said, expected in LEARN:
            assert expected in (answered := await talk.say(said)), answered
    assert set(fake.hooked) == ({200} if webhook else set())
    tables = await stored(core.house.database)
    assert {(row["topic"], row["grade"], row["channel"]) for row in tables["completions"]} == {
        ("first_steps", "learned", "zalo_bot"),
        ("first_steps", "passed", "zalo_bot"),
    }
    assert [(row["account"], row["address"]) for row in tables["conversations"]] == [(BOT, "ba-tu")]
    assert all(row["status"] == "sent" and row["message_id"] for row in tables["deliveries"])


@pytest.mark.parametrize("webhook", [True, False], ids=["webhook", "polling"])
async def test_fifty_copies_of_a_message_are_one_turn(core: Core, database_url: str, webhook: bool) -> None:
    fake = FakeZaloBot()
    async with talking(core, database_url, fake, webhook) as talk:
        for _ in range(5):  # ten at once: with more a busy machine is later than the platform waits
            await asyncio.gather(*(fake.write("#kp5", event="one") for _ in range(10)))
        assert "Chào bà con" in (await talk.answer()).text
        assert "Bà con có đồng ý không?" in await talk.say("1")
    assert len(fake.sent) == 2


async def test_what_is_no_text_gets_a_kind_answer_and_the_way_on(core: Core, database_url: str) -> None:
    fake = FakeZaloBot()
    async with talking(core, database_url, fake, webhook=True) as talk:
        await talk.say("#kp5")
        happenings: list[tuple[Callable[[], Awaitable[Any]], str]] = [
            (fake.show, "nhận được hình"),
            (fake.stick, "Mình đi tiếp nhé"),
            (fake.speak, "chưa nghe được"),
            (fake.withheld, "chưa đọc được tin này"),
        ]
        for happening, expected in happenings:
            await happening()
            answered = (await talk.answer()).text
            assert expected in answered
            assert "\n1. Bắt đầu\n" in answered


async def test_a_group_is_answered_when_the_bot_is_meant(core: Core, database_url: str) -> None:
    fake = FakeZaloBot()
    async with talking(core, database_url, fake) as talk:
        await fake.write_in_group("chào cả nhà")
        await fake.write_in_group("@Bot BDHVS #kp5")
        assert (await talk.answer()).chat == "to-kp5"
        await fake.write_in_group("2", by="chi-ba", answering=True)
        assert (await talk.answer()).chat == "to-kp5"
    assert len(fake.sent) == 2


# webhook


def posting(core: Core, clock: Callable[[], dt.datetime] = now, **changed: Any) -> httpx2.AsyncClient:
    """Return a client of the webhook alone, before this core."""

    async def receive(inbound: Inbound) -> None:
        await core.answer(inbound)

    return posting_to(ZaloBotPlatform(hooked(**changed), core.house.database, clock), receive)


def posting_to(platform: ZaloBotPlatform, receive: Receive) -> httpx2.AsyncClient:
    """Return a client of a platform's webhook."""
    transport = httpx2.ASGITransport(Starlette(routes=platform.routes(receive)))
    return httpx2.AsyncClient(transport=transport, base_url="http://ward.test")


GENUINE = {"X-Bot-Api-Secret-Token": SECRET}
TEXT = json.dumps(update("text", text="#kp5")).encode()


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (TEXT, {}, 403),
        (TEXT, {"X-Bot-Api-Secret-Token": ""}, 403),
        (TEXT, {"X-Bot-Api-Secret-Token": SECRET + "x"}, 403),
        (TEXT, {"X-Bot-Api-Secret-Token": "bí mật".encode()}, 403),
        (b"x" * 300_000, {}, 403),
        (b"", {}, 200),
        (b"", GENUINE, 200),
        (b" " * (256 * 1024 + 1), GENUINE, 413),
        (TEXT + b" " * (256 * 1024 + 1 - len(TEXT)), GENUINE, 413),
        (TEXT[:-9], GENUINE, 400),
        (b"update=1", GENUINE, 400),
        (b"\xff\xfe", GENUINE, 400),
        (b"[" * 100_000, GENUINE, 400),
        (b"1" * 5000, GENUINE, 400),
        (b"[]", GENUINE, 200),
        (b"null", GENUINE, 200),
        (b'{"ok": true, "result": {"event_name": "bot.joined"}}', GENUINE, 200),
    ],
    ids=lambda value: repr(value)[:40],
)
async def test_what_is_forged_or_broken_is_refused_and_leaves_nothing(
    body: bytes, headers: dict[str, Any], status: int
) -> None:
    heard: list[str] = []
    async with posting_to(unused(), keeping(heard)) as client:
        response = await client.post(zalo_bot.WEBHOOK, content=body, headers=list(headers.items()))
    assert response.status_code == status
    assert heard == []


async def test_the_longest_body_allowed_is_taken() -> None:
    heard: list[str] = []
    async with posting_to(unused(), keeping(heard)) as client:
        response = await client.post(zalo_bot.WEBHOOK, content=TEXT.ljust(256 * 1024), headers=GENUINE)
        assert (await client.get(zalo_bot.WEBHOOK)).status_code == 405
    assert response.status_code == 200
    assert heard == ["#kp5"]


def unused() -> ZaloBotPlatform:
    """Return a platform that needs no database."""
    return ZaloBotPlatform(hooked(zalo_bot_user_cap=0), UNUSED)


def keeping(heard: list[str]) -> Receive:
    """Return what receives messages into a list."""

    async def receive(inbound: Inbound) -> None:
        heard.append(inbound.text)

    return receive


@hypothesis_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(payload=shapes)
async def test_no_payload_makes_the_webhook_fail(core: Core, payload: object) -> None:
    async with posting(core) as client:
        response = await client.post(zalo_bot.WEBHOOK, content=json.dumps(payload), headers=GENUINE)
    assert response.status_code == 200


async def test_a_message_that_cannot_be_recorded_is_not_acknowledged(core: Core, database: Database) -> None:
    async with posting(core) as client:
        await asyncio.to_thread(database.close)
        with pytest.raises(RuntimeError, match="not open"):
            await client.post(zalo_bot.WEBHOOK, content=TEXT, headers=GENUINE)


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"public_url": SITE},
        {"zalo_bot_secret": SECRET},
        {"public_url": "http://ward.test", "zalo_bot_secret": SECRET},
    ],
)
async def test_without_a_secret_or_https_there_is_no_webhook(changed: dict[str, str]) -> None:
    platform = ZaloBotPlatform(settings_of("http://127.0.0.1:1", **changed), UNUSED)
    assert platform.routes(keeping([])) == []


async def test_where_a_webhook_is_nothing_is_asked_for() -> None:
    fake = FakeZaloBot()
    async with serving(fake.application()) as base:
        platform = ZaloBotPlatform(hooked(base), UNUSED)
        await platform.listen(keeping([]))
    assert fake.calls == []


async def test_where_there_are_no_buttons_nobody_is_told_to_tap_them(core: Core, database_url: str) -> None:
    async with talking(core, database_url, FakeZaloBot()) as talk:
        said = await talk.say("/start", "an")
        asked = await talk.say("/neighbourhoods", "an")
    assert "gõ số đứng trước" in said
    assert "bấm nút" not in said + asked
