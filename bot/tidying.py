"""What is of no use any more is tidied away: by `hocvuso tidy`, and every night while the program serves."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import structlog

from bot.app import now, opened
from bot.pictures import PASSING
from bot.repeating import repeating
from bot.reports import Clock, Outcome, say
from bot.settings import Settings
from handlers.speech import VIET_NAM
from storage import tallies
from storage.database import Database
from storage.tidying import tidy

HOUR = 3
"""In Viet Nam, when hardly anybody learns."""
log = structlog.get_logger()


async def tidied(database: Database, settings: Settings, at: dt.datetime) -> int:
    """Tidy everything up; return how many rows were touched."""
    texts = at - dt.timedelta(days=settings.keep_texts_days)
    questions = at - dt.timedelta(days=settings.keep_questions_days)
    touched = 0
    while some := await database.write(tidy, texts, questions, at):
        touched += some
    await asyncio.to_thread(forget_pictures, settings.cards_dir / PASSING, texts)
    await database.write(tallies.fold)
    return touched


def forget_pictures(folder: Path, until: dt.datetime) -> None:
    """Delete the pictures drawn before then; whoever asks for one again gets it drawn again."""
    for file in folder.glob("*.png"):
        if file.stat().st_mtime < until.timestamp():
            file.unlink(missing_ok=True)


async def tidy_now(settings: Settings, clock: Clock = now) -> Outcome:
    """Tidy up; say how much there was."""
    async with opened(settings) as database:
        touched = await tidied(database, settings, clock())
    days = {"texts": settings.keep_texts_days, "questions": settings.keep_questions_days}
    return say("tidying.done", touched=touched, **days), 0


def seconds_to_night(at: dt.datetime) -> float:
    """Return how long it is until HOUR comes next in Viet Nam."""
    here = at.astimezone(VIET_NAM)
    night = here.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return (night - here).total_seconds() % 86_400 or 86_400


def every_night(
    database: Database,
    settings: Settings,
    clock: Clock = now,
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
    sealing: Callable[[dt.datetime], Awaitable[int]] | None = None,
) -> AbstractAsyncContextManager[None]:
    """Seal the months that are over and tidy every night, until the end. What fails is logged; the next night comes."""

    async def night() -> None:
        await wait(seconds_to_night(clock()))

    async def seal() -> None:
        if sealing:
            log.info("sealed", rows=await sealing(clock()))

    async def tidy_up() -> None:
        log.info("tidied", rows=await tidied(database, settings, clock()))

    return repeating(0, night, seal, tidy_up)
