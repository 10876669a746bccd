"""Platforms at work: each configured one listens and has a sender; one that fails leaves the others alone."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.routing import BaseRoute

from bot.app import now
from bot.channels.base import PictureOf, Platform, no_picture
from bot.sender import Sender
from bot.settings import Settings
from handlers.core import Core
from handlers.messages import Inbound
from storage.alone import Alone
from storage.database import Database

AGAIN_SECONDS = 3.0
"""How long a platform that failed, or that another process serves, is left alone: it is taken over soon enough."""
STOP_SECONDS = 20.0
"""How long a stop waits for what is under way."""

Work = Callable[[], Coroutine[Any, Any, None]]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Shift:
    """For how long and by which clock platforms are served."""

    url: str  # of the database, whose lock says who serves
    again: float  # seconds
    over: asyncio.Event


def configured(settings: Settings, database: Database, picture_of: PictureOf = no_picture) -> list[Platform]:
    """Return the platforms whose token is set; only their libraries are loaded."""
    platforms: list[Platform] = []
    if settings.telegram_token.get_secret_value():
        from bot.channels.telegram import TelegramPlatform

        platforms.append(TelegramPlatform(settings, database, picture_of=picture_of))
    if settings.zalo_oa_id:
        from bot.channels.zalo_oa import ZaloOaPlatform

        platforms.append(ZaloOaPlatform(settings, database, picture_of=picture_of))
    if settings.zalo_bot_token.get_secret_value():
        from bot.channels.zalo_bot import ZaloBotPlatform

        platforms.append(ZaloBotPlatform(settings, database, picture_of=picture_of))
    if settings.vapid_private_key.get_secret_value():
        from bot.channels.web_push import WebPushPlatform

        platforms.append(WebPushPlatform(settings, database))
    return platforms


@asynccontextmanager
async def connected(
    platforms: list[Platform], core: Core, url: str, again: float = AGAIN_SECONDS
) -> AsyncIterator[list[BaseRoute]]:
    """Run the platforms; give the routes of their webhooks. At the end what is under way is finished."""
    senders = [Sender(core.house.database, platform.outbound, now) for platform in platforms]
    receivers = [_receiver(core, sender) for sender in senders]
    stopping = asyncio.Event()
    work = [
        asyncio.create_task(_serve(platform, sender, receive, Shift(url, again, stopping)))
        for platform, sender, receive in zip(platforms, senders, receivers, strict=True)
    ]
    try:
        yield [
            route for platform, receive in zip(platforms, receivers, strict=True) for route in platform.routes(receive)
        ]
    finally:
        stopping.set()
        for sender in senders:
            sender.stop()
        if work:
            _, late = await asyncio.wait(work, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
        for platform in platforms:
            with suppress(Exception):  # closing is a courtesy
                await platform.close()


def _receiver(core: Core, sender: Sender) -> Callable[[Inbound], Coroutine[Any, Any, None]]:
    async def receive(inbound: Inbound) -> None:
        await core.answer(inbound)
        sender.wake()

    return receive


async def _serve(
    platform: Platform,
    sender: Sender,
    receive: Callable[[Inbound], Coroutine[Any, Any, None]],
    shift: Shift,
) -> None:
    """Send and listen whenever this process is the only one to serve the account, until told to stop."""
    outbound = platform.outbound
    while not shift.over.is_set():
        alone = Alone(shift.url, f"{outbound.name} {outbound.account}")
        if await asyncio.to_thread(alone.acquire):
            try:
                await _while_alone(alone, shift.again, sender.run, lambda: platform.listen(receive))
            except Exception as error:
                log.error("platform failed", channel=outbound.name, kind=type(error).__name__)
            finally:
                await asyncio.to_thread(alone.release)
        with suppress(TimeoutError):
            async with asyncio.timeout(shift.again):
                await shift.over.wait()


async def _while_alone(alone: Alone, again: float, send: Work, listen: Work) -> None:
    """Run both until sending ends, one fails, or the lock is lost."""
    sending, listening = asyncio.create_task(send()), asyncio.create_task(listen())
    try:
        while not sending.done():
            await asyncio.wait({sending}, timeout=again)
            if listening.done() and listening.exception():
                listening.result()
            if not await asyncio.to_thread(alone.held):
                raise ConnectionError("another process may serve the account now")
        sending.result()
    finally:
        for task in (sending, listening):
            task.cancel()
        await asyncio.gather(sending, listening, return_exceptions=True)
