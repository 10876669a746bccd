"""What the command line reports: the import of a sheet, the coverage, the state of the content."""

import datetime as dt
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from babel.numbers import format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.app import now, opened
from bot.content_survey import WORDS, survey
from bot.settings import Settings
from handlers.messages import COMMAND_BYTES
from handlers.speech import VIET_NAM
from lessons.library import ContentError, Library, read_library
from office.coverage_table import CoverageTable, as_csv, as_json, as_text
from office.neighbourhood_sheet import read_sheet
from storage.coverage import coverage, places_of
from storage.neighbourhoods import NeighbourhoodRow, save, ward_of

FORMS: dict[str, Callable[[CoverageTable], str]] = {"text": as_text, "json": as_json, "csv": as_csv}
MOST_COMPLAINTS = 100

Clock = Callable[[], dt.datetime]
Outcome = tuple[str, int]
"""What a command has to say, and its exit code: 1 for something to put right in a file, 2 for a wrong call."""


async def import_sheet(settings: Settings, file: Path, clock: Clock = now) -> Outcome:
    """Import the neighbourhoods of a sheet, all or none; say what became of each, or what is wrong with which row."""
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        known = (await database.read(places_of, ward.id)).values()
        sheet = read_sheet(file, _today(clock), known)
        if sheet.complaints:
            shown, more = sheet.complaints[:MOST_COMPLAINTS], len(sheet.complaints) - MOST_COMPLAINTS
            return _say("import.refused", file=file.name, complaints=shown, more=max(more, 0)), 1
        await database.write(save, ward.id, sheet.rows)
    return _say("import.done", file=file.name, ward=ward, **_changes(list(known), sheet.rows)), 0


async def show_coverage(settings: Settings, skill: str, form: str, clock: Clock = now) -> Outcome:
    """Return the coverage of one skill, or basic coverage, as one of FORMS."""
    if form not in FORMS:
        return _say("coverage.one_form"), 2
    try:
        library = _library(settings)
    except ContentError as error:
        return str(error), 1
    lesson = library.get(skill)
    if skill and lesson is None:
        return _say("coverage.unknown_skill", skill=skill, lessons=list(library)), 2
    topics = (lesson.topic,) if lesson else library.core_topics
    if not topics:
        return _say("coverage.no_core_lessons"), 1
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        rows = await database.report(coverage, ward.id, topics, settings.target_percent)
    title = lesson.title if lesson else ""
    unit, target = settings.neighbourhood_word, settings.target_percent
    return FORMS[form](CoverageTable(ward, unit, title, topics, target, clock(), tuple(rows))), 0


def check_content(settings: Settings, clock: Clock = now) -> Outcome:
    """Return the state of the lessons; what is past its date to check again is a failure."""
    try:
        library = _library(settings)
    except ContentError as error:
        return str(error), 1
    found = survey(library)
    past = library.past_review(_today(clock))
    text = _say("check.report", found=found, past=past, words=WORDS, bytes=COMMAND_BYTES)
    return text, 1 if past or found.command_bytes > COMMAND_BYTES else 0


def _library(settings: Settings) -> Library:
    return read_library(settings.content_dir) if settings.content_dir else read_library()


def _today(clock: Clock) -> dt.date:
    return clock().astimezone(VIET_NAM).date()


def _changes(before: Sequence[NeighbourhoodRow], after: Sequence[NeighbourhoodRow]) -> dict[str, Any]:
    """Return what an import adds, changes and leaves alone."""
    old = {row.code: row for row in before}
    new = {row.code for row in after}
    return {
        "added": [row for row in after if row.code not in old],
        "changed": [(old[row.code], row) for row in after if row.code in old and old[row.code] != row],
        "same": [row for row in after if old.get(row.code) == row],
        "absent": [row for row in before if row.code not in new],
    }


def _say(name: str, /, **values: Any) -> str:
    """Return the text of this name: `import.done` is macro `done` of `texts/import.j2`."""
    file, _, macro = name.partition(".")
    return str(getattr(_environment().get_template(f"{file}.j2").module, macro)(**values)).strip()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bot", "texts"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # plain text for a terminal  # noqa: S701
    )
    environment.filters["number"] = lambda number: format_decimal(number, locale="vi")
    environment.filters["day"] = lambda date: f"{date.day}/{date.month}/{date.year}"
    return environment
