"""Telegram over the wire: both real libraries, the real core and sender, and a Telegram on localhost."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.channels.base import SendFailed
from bot.platforms import connected
from bot.settings import Settings
from handlers.core import Core
from handlers.messages import Choice, Inbound, Reply
from storage.database import Database
from tests.dialogue import stored
from tests.fakes.mishaps import HTML, Mishap, serving
from tests.fakes.telegram import GROUP, PNG, USERNAME, FakeTelegram, Sent
from tests.fakes.telegram_wire import refused, too_many

pytest.importorskip("aiogram")
pytest.importorskip("telegram")

from aiogram.utils.backoff import BackoffConfig  # noqa: E402

from bot.channels.telegram import TelegramPlatform  # noqa: E402
from bot.channels.telegram_out import TelegramOut  # noqa: E402

QUICK = BackoffConfig(min_delay=0.02, max_delay=0.1, factor=2, jitter=0.001)


@dataclass
class Line:
    """A Telegram, the program connected to it, and somebody with a phone."""

    fake: FakeTelegram
    database: Database

    async def say(self, text: str, by: int = 7, **more: Any) -> Sent:
        """Write; return the answer."""
        return await self._answer(lambda: self.fake.say(text, by, **more))

    async def tap(self, *buttons: str, by: int = 7) -> Sent:
        """Tap one button after the other, each of the last answer; return the last answer."""
        for button in buttons:
            sent = await self._answer(lambda button=button: self.fake.tap(button, by))  # type: ignore[misc]
        return sent

    async def _answer(self, act: Callable[[], object]) -> Sent:
        before = len(self.fake.sent)
        act()
        await until(lambda: len(self.fake.sent) > before)
        return self.fake.sent[-1]

    async def rows(self, table: str) -> list[Any]:
        """Return what is stored in a table."""
        return (await stored(self.database))[table]


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.005)


def settings_of(base: str, fake: FakeTelegram, **more: Any) -> Settings:
    usual = {"telegram_token": fake.token, "telegram_api_base": base, "telegram_per_second": 1000}
    return Settings(_env_file=None, **{**usual, **more})


@asynccontextmanager
async def connection(core: Core, url: str, base: str, fake: FakeTelegram, **more: Any) -> AsyncIterator[Line]:
    """Connect the program to a Telegram."""
    platform = TelegramPlatform(settings_of(base, fake, **more), core.house.database, patience=QUICK)
    async with connected([platform], core, url, again=0.05):
        yield Line(fake, core.house.database)


@pytest.fixture
async def line(core: Core, database_url: str) -> AsyncIterator[Line]:
    """Give a program connected to a Telegram."""
    fake = FakeTelegram()
    async with serving(fake.application()) as base, connection(core, database_url, base, fake) as line:
        yield line


async def test_explore(line):
    s = await line.say("/start kp5"); print(s)
    for b in "1 1 1 2".split():
        s = await line.tap(b); print(s)
    for b in "1 1 1 1 1 1 1 1".split():
        s = await line.tap(b); print(s.text, s.buttons)
    print(line.fake.calls, line.fake.answered)
