"""Telegram's webhook: who may bring updates, what is acknowledged, and that nothing else is recorded."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from bot.channels.telegram import BODY_BYTES, SECRET_HEADER, TelegramPlatform
from bot.server import application
from handlers.core import Core
from handlers.messages import Inbound
from storage.database import Database
from tests.dialogue import stored
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.visits import settings_of

SECRET = "Bi-mat_2026"  # noqa: S105


def said(text: str) -> dict[str, Any]:
    """Return the update of something written."""
    return FakeTelegram().say(text)


class Hook:
    """The webhook of a program that has one."""

    def __init__(self, core: Core, public_url: str = "https://ward.test", secret: str = SECRET) -> None:
        settings = settings_of(
            telegram_token=TOKEN,
            telegram_webhook_secret=secret,
            telegram_api_base="http://127.0.0.1:9",  # nobody there
            public_url=public_url,
        )
        self.platform = TelegramPlatform(settings, core.house.database)
        self.routes = self.platform.routes(self.receive)
        self.core = core
        self.failing = False
        app = application(settings, core, self.routes)
        self.client = AsyncClient(transport=ASGITransport(app=app), base_url="https://ward.test")

    async def receive(self, inbound: Inbound) -> None:
        if self.failing:
            raise RuntimeError("the database is away")
        await self.core.answer(inbound)

    async def bring(self, body: Any, secret: str | bytes | None = SECRET) -> Response:
        """Post a body, JSON where it is no bytes."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = secret.encode() if isinstance(secret, str) else secret
        headers = {} if told is None else {SECRET_HEADER.encode(): told}
        return await self.client.post("/webhook/telegram", content=content, headers=headers)


@pytest.fixture
async def hook(core: Core) -> AsyncIterator[Hook]:
    """Give a webhook."""
    hook = Hook(core)
    yield hook
    await hook.platform.close()


async def events(database: Database) -> list[str]:
    return [row["event"] for row in (await stored(database))["seen"]]


async def test_what_telegram_brings_is_recorded_once_with_its_answer(hook: Hook, database: Database) -> None:
    update = said("/start kp5")
    for _ in range(3):
        assert (await hook.bring(update)).status_code == 200
    assert await events(database) == [str(update["update_id"])]
    [delivery] = (await stored(database))["deliveries"]
    assert (delivery["channel"], delivery["account"], delivery["status"]) == ("telegram", "123456", "queued")


async def test_whoever_does_not_know_the_secret_is_refused(hook: Hook, database: Database) -> None:
    for secret in (None, "", SECRET.lower(), SECRET + "1", SECRET[:-1], "mật khẩu".encode()):
        assert (await hook.bring(said("/start"), secret)).status_code == 403, secret
    assert await events(database) == []


BODIES: list[tuple[bytes, int]] = [
    (b"", 400),
    (b"{", 400),
    (b"\xff\xfe", 400),
    (json.dumps(said("/start")).encode()[:-9], 400),
    (b"[" * 100_000, 400),
    (b'{"update_id": ' + b"9" * 5000 + b"}", 400),
    (b"x" * (BODY_BYTES + 1), 413),
    (json.dumps(said("a" * BODY_BYTES)).encode(), 413),
    (b"[]", 200),
    (b"null", 200),
    (b'{"update_id": 1, "message": {"chat": {"id": 7}}}', 200),
    (b'{"update_id": 1, "message_of_next_year": {}}', 200),
]


async def test_what_is_no_update_of_a_person_changes_nothing(hook: Hook, database: Database) -> None:
    for body, status in BODIES:
        assert (await hook.bring(body)).status_code == status, body[:60]
    assert await events(database) == []


async def test_what_could_not_be_recorded_is_not_acknowledged(hook: Hook, database: Database) -> None:
    update = said("/start")
    hook.failing = True
    assert (await hook.bring(update)).status_code == 503
    hook.failing = False
    assert (await hook.bring(update)).status_code == 200
    assert await events(database) == [str(update["update_id"])]


async def test_who_blocks_the_bot_is_gone_until_they_write_again(hook: Hook, database: Database) -> None:
    await hook.bring(said("/start"))
    await hook.bring({**FakeTelegram().block(), "update_id": 1})
    assert (await stored(database))["conversations"][0]["gone_at"]
    await hook.bring({**said("chào"), "update_id": 2})
    assert (await stored(database))["conversations"][0]["gone_at"] is None


@pytest.mark.parametrize(
    ("public_url", "secret"), [("", SECRET), ("http://ward.test", SECRET), ("https://ward.test", "")]
)
async def test_without_https_or_secret_there_is_no_webhook(core: Core, public_url: str, secret: str) -> None:
    hook = Hook(core, public_url, secret)
    assert hook.routes == []
    assert (await hook.bring(said("/start"))).status_code in (404, 405)
    await hook.platform.close()
