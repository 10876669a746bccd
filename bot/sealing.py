"""Months that are over are sealed: every night while the program serves, and by `hocvuso seal`."""

import datetime as dt
from collections.abc import Sequence

from bot.app import now, opened
from bot.content import library_of
from bot.reports import Clock, Outcome, say
from bot.settings import Settings
from handlers.speech import VIET_NAM
from handlers.turn import House
from office.period import months_over, period_of
from storage import seals
from storage.database import Database
from storage.neighbourhoods import Ward, ward_of
from storage.seals import Seal
from storage.tallies import agree

LONGEST_NOTE = 300


async def seal_due(
    database: Database, ward: Ward, topics: Sequence[str], settings: Settings, at: dt.datetime
) -> list[Seal]:
    """Seal every month that is over and not sealed yet; the first time the last three."""
    known = await database.read(seals.all_seals, ward.id)
    today = at.astimezone(VIET_NAM).date()
    since = max((seal.until for seal in known), default=None)
    made = []
    for month in months_over(today, settings.report_cutoff_day, since):
        about = (month.code, month.last + dt.timedelta(days=1))
        target = settings.targets.on(month.last)
        if found := await database.write(seals.seal, ward.id, about, topics, target, at):
            made.append(found)
    return made


async def seal_tonight(house: House, settings: Settings, at: dt.datetime) -> int:
    """Seal what is due; return how many months that were."""
    topics = [lesson.topic for lesson in house.library]
    return len(await seal_due(house.database, house.ward, topics, settings, at))


async def seal_now(settings: Settings, clock: Clock = now) -> Outcome:
    """Seal what is due; say what was sealed."""
    library = library_of(settings)
    topics = [lesson.topic for lesson in library]
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        await database.write(agree, ward.id, library.core_topics)
        made = await seal_due(database, ward, topics, settings, clock())
    return say("seals.made", seals=made), 0


async def seal_again(settings: Settings, code: str, note: str, clock: Clock = now) -> Outcome:
    """Seal a month once more, for a reason that is kept; what was sealed before stays."""
    month, why, at = period_of(code, settings.report_cutoff_day), " ".join(note.split())[:LONGEST_NOTE], clock()
    if month is None or "q" in code or "h" in code or len(code) != len("2026-11") or at < month.end:
        return say("seals.no_month", code=code), 2
    if not why:
        return say("seals.no_note"), 2
    library = library_of(settings)
    topics = [lesson.topic for lesson in library]
    about = (month.code, month.last + dt.timedelta(days=1))
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        await database.write(agree, ward.id, library.core_topics)
        target = settings.targets.on(month.last)
        made = await database.write(seals.seal, ward.id, about, topics, target, at, why)
    return say("seals.made", seals=[made]), 0


async def verify(settings: Settings) -> Outcome:
    """Say whether everything that was sealed is as it was; which month is the first that is not."""
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        broken = await database.report(seals.broken, ward.id)
        known = await database.read(seals.all_seals, ward.id)
    if broken:
        return say("seals.broken", seal=broken), 1
    return say("seals.whole", seals=known), 0
