"""Telegram, the way in, as far as aiogram does it: asking for updates, and the few calls beside."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import structlog

from bot.channels.light_types import light_types
from bot.channels.telegram_out import CHANNEL
from bot.settings import Settings

with light_types():
    from aiogram import Bot
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.exceptions import TelegramConflictError, TelegramRetryAfter
    from aiogram.methods import TelegramMethod
    from aiogram.utils.backoff import Backoff, BackoffConfig

ALLOWED_UPDATES = ["message", "callback_query", "my_chat_member"]
POLL_SECONDS = 30
"""How long Telegram may hold a request open until there is something to tell."""
SPARE_SECONDS = 10

Json = Any
log = structlog.get_logger()


class Updates(TelegramMethod[list[Json]]):
    """getUpdates, each update as it came: with aiogram's types one unknown shape would hold up all the others."""

    __returning__ = list[Json]
    __api_method__ = "getUpdates"

    offset: int | None = None
    timeout: int = POLL_SECONDS
    allowed_updates: list[str] = ALLOWED_UPDATES


class Ear:
    """Hears what people say to the bot of one token."""

    def __init__(self, settings: Settings, first_wait: float, longest_wait: float) -> None:
        """Prepare; nothing is connected yet. Seconds: how long after a failure Telegram is left alone."""
        self._waiting = Backoff(BackoffConfig(first_wait, longest_wait, factor=2.0, jitter=first_wait / 10))
        api = TelegramAPIServer.from_base(settings.telegram_api_base)
        session = AiohttpSession(proxy=settings.telegram_proxy or None, api=api)
        self._bot = Bot(settings.telegram_token.get_secret_value(), session)

    async def listen(self, take: Callable[[Json], Awaitable[None]]) -> None:
        """Ask for updates until cancelled, and take them in, in order.

        Telegram forgets an update once a later offset is asked for: whatever fails is asked for again.
        """
        offset: int | None = None

        async def poll() -> None:
            nonlocal offset
            updates = await self._bot(Updates(offset=offset), request_timeout=POLL_SECONDS + SPARE_SECONDS)
            for update in updates:
                await take(update)
                offset = update["update_id"] + 1
            if not updates:  # after a quiet week Telegram may begin anew with lower numbers, which it would hide
                offset = None

        while True:
            await self._patiently(poll)

    async def register(self, webhook: str, secret: str) -> None:
        """Have updates brought to the webhook."""

        async def register() -> None:
            await self._bot.set_webhook(webhook, allowed_updates=ALLOWED_UPDATES, secret_token=secret)

        await self._patiently(register)

    async def username(self) -> str:
        """Return the bot's name, as people in groups call it."""
        return (await self._bot.me()).username or ""

    async def ease(self, tap: str) -> None:
        """Let the button that was tapped stop turning."""
        await self._bot.answer_callback_query(tap, request_timeout=SPARE_SECONDS)

    async def close(self) -> None:
        """Close the connections."""
        await self._bot.session.close()

    async def _patiently(self, act: Callable[[], Awaitable[None]]) -> None:
        """Do it, again after every failure: whatever it is, it may be over the next time."""
        waiting = self._waiting
        while True:
            try:
                await act()
                break
            except Exception as error:
                if not waiting.counter:
                    log.warning("listening fails", channel=CHANNEL, kind=type(error).__name__)
                if isinstance(error, TelegramConflictError):
                    await self._unregister()
                if isinstance(error, TelegramRetryAfter):
                    await asyncio.sleep(error.retry_after)
                await waiting.asleep()
        if waiting.counter:
            log.info("listening again", channel=CHANNEL, tries=waiting.counter)
            waiting.reset()

    async def _unregister(self) -> None:
        """Remove a webhook, as it forbids polling; another process that polls is not disturbed by it."""
        with suppress(Exception):  # tried again at the next conflict
            await self._bot.delete_webhook()
