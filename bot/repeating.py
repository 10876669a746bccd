"""Work that is done again and again beside everything else, as long as the program runs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog

log = structlog.get_logger()


@asynccontextmanager
async def repeating(seconds: float, *works: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Do these works one after the other, then rest for so long; whatever fails is logged and tried the next time."""
    running = asyncio.create_task(_again_and_again(seconds, works))
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def _again_and_again(seconds: float, works: tuple[Callable[[], Awaitable[None]], ...]) -> None:
    while True:
        for work in works:
            try:
                await work()
            except Exception as error:
                log.error("repeated work failed", work=work.__qualname__, kind=type(error).__name__)
        await asyncio.sleep(seconds)
