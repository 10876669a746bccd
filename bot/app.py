"""The composition root: builds each part once and connects them."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.settings import Settings
from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.speech import Speech, known_words
from handlers.turn import House
from lessons.library import read_library
from storage.database import Database
from storage.migrate import migrate
from storage.neighbourhoods import ward_of


def now() -> dt.datetime:
    """Return the time, the only clock of the program."""
    return dt.datetime.now(dt.UTC)


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


async def build_core(settings: Settings, database: Database) -> Core:
    """Return the core of the settings' ward."""
    ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
    library = read_library(settings.content_dir) if settings.content_dir else read_library()
    speech = Speech(ward_name=ward.name, unit=settings.neighbourhood_word, contact=settings.ward_contact)
    house = House(database, library, speech, ward, settings.pass_percent)
    return Core(house, COMMANDS, known_words())
