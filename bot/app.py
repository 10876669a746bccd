"""The composition root: builds each part once and connects them."""

import asyncio
import datetime as dt
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bot.content import bank_of, library_of
from bot.settings import Settings
from faq.bank import Bank
from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.hours import hours
from handlers.speech import VIET_NAM, Speech, known_words
from handlers.turn import House
from lessons.library import Library, lesson_as_served
from storage import lesson_versions
from storage.audience import Ways
from storage.database import Database
from storage.migrate import migrate
from storage.neighbourhoods import ward_of
from storage.tallies import agree

log = structlog.get_logger()


def now() -> dt.datetime:
    """Return the time, the only clock of the program."""
    return dt.datetime.now(dt.UTC)


def keep() -> None:
    """Let the garbage collector pass over all that is there now, such as lessons and questions.

    Looking through them took it a tenth of a second every hundred pages, in which nobody was answered.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """Give the database, brought up to date; close it afterwards. No event loop is kept waiting meanwhile."""
    await asyncio.to_thread(migrate, settings.database_url)
    database = Database(settings.database_url)
    database.start()
    try:
        yield database
    finally:
        await asyncio.to_thread(database.close)


def read_content(settings: Settings) -> tuple[Library, Bank]:
    """Return the lessons and the questions. ContentError: the first mistake in them."""
    return library_of(settings), bank_of(settings)


async def remembering(database: Database, library: Library) -> Library:
    """Keep the lessons as they are served now; return them with the versions that residents may have begun before."""
    served = [(lesson.topic, lesson.version, lesson.model_dump_json(exclude_none=True)) for lesson in library]
    await database.write(lesson_versions.keep, served, now())
    contents = await database.read(lesson_versions.others, {topic: version for topic, version, _ in served})
    if past := library.past_review(now().astimezone(VIET_NAM).date()):
        log.warning("lessons past review", topics=[lesson.topic for lesson in past])
    return library.with_earlier(lesson for content in contents if (lesson := lesson_as_served(content)))


def ways_of(settings: Settings) -> Ways:
    """Return by what else than free messages residents may be reminded."""
    prices = (settings.zalo_oa_paid_price, settings.zalo_oa_template_price)
    push = bool(settings.vapid_private_key.get_secret_value())
    template, cap = bool(settings.zalo_oa_template_id), settings.zalo_oa_free_cap
    return Ways(settings.zalo_oa_paid_sends, template, push, *prices, free_cap=cap)


async def build_core(settings: Settings, database: Database) -> Core:
    """Return the core of the settings' ward."""
    ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
    library, bank = read_content(settings)
    library = await remembering(database, library)
    await database.write(agree, ward.id, library.core_topics)
    speech = Speech(
        ward_name=ward.name, unit=settings.neighbourhood_word, contact=settings.ward_contact, site=settings.public_url
    )
    allowed = hours(settings.reminder_hours)
    shares = (settings.pass_percent, settings.targets)
    house = House(database, library, bank, speech, ward, *shares, allowed, ways_of(settings))
    return Core(house, COMMANDS, known_words())
