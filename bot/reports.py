"""What the command line reports: the import of a sheet, the coverage, the state of the content."""

import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from babel.numbers import format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined

from bot.app import now, opened
from bot.bank_check import bank_remarks
from bot.content import bank_of, library_of
from bot.content_check import covered, remarks
from bot.content_survey import survey
from bot.settings import Settings
from content.reading import ContentError
from handlers.speech import VIET_NAM, viet_nam
from lessons.library import CONTENT, complaints
from office.coverage_table import CoverageTable, as_csv, as_json, as_text
from office.neighbourhood_sheet import read_sheet
from office.sheet_changes import changes
from storage.coverage import coverage, places_of
from storage.neighbourhoods import save, ward_of
from storage.places import heirs
from storage.tallies import recount

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
        sheet = read_sheet(file, _today(clock), known, await database.read(heirs, ward.id))
        if sheet.complaints:
            shown, more = sheet.complaints[:MOST_COMPLAINTS], len(sheet.complaints) - MOST_COMPLAINTS
            return say("import.refused", file=file.name, complaints=shown, more=max(more, 0)), 1
        await database.write(save, ward.id, sheet.rows)
    return say("import.done", file=file.name, ward=ward, would=changes(list(known), sheet.rows)), 0


async def show_coverage(settings: Settings, skill: str, form: str, clock: Clock = now) -> Outcome:
    """Return the coverage of one skill, or basic coverage, as one of FORMS."""
    if form not in FORMS:
        return say("coverage.one_form"), 2
    try:
        library = library_of(settings)
    except ContentError as error:
        return str(error), 1
    lesson = library.get(skill)
    if skill and lesson is None:
        return say("coverage.unknown_skill", skill=skill, lessons=list(library)), 2
    topics = (lesson.topic,) if lesson else library.core_topics
    target = settings.targets.at(clock())
    if not topics:
        return say("coverage.no_core_lessons"), 1
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        rows = await database.report(coverage, ward.id, topics, target)
    title = lesson.title if lesson else ""
    return FORMS[form](CoverageTable(ward, settings.neighbourhood_word, title, topics, target, clock(), tuple(rows))), 0


async def recount_all(settings: Settings) -> Outcome:
    """Count all figures anew from the facts; say how many were wrong."""
    async with opened(settings) as database:
        return say("coverage.recounted", wrong=await database.write(recount)), 0


def check_content(settings: Settings, clock: Clock = now) -> Outcome:
    """Return the state of the lessons: figures, what must be put right, and what is worth a look."""
    try:
        wrong = complaints(settings.content_dir or CONTENT, settings.own_content_dir)
        if wrong:
            return say("check.unreadable", complaints=wrong), 1
        library, bank = library_of(settings), bank_of(settings)
    except ContentError as error:
        return str(error), 1
    today = _today(clock)
    told = [*remarks(library, list(bank), today), *bank_remarks(bank, library, today)]
    mistakes = [remark for remark in told if remark.weight == "mistake"]
    looks = [remark for remark in told if remark.weight == "look"]
    values = {"mistakes": mistakes, "looks": looks, "faq": sum(asked.in_scope for asked in bank)}
    return say("check.report", found=survey(library), covered=covered(library), **values), 1 if mistakes else 0


def _today(clock: Clock) -> dt.date:
    return clock().astimezone(VIET_NAM).date()


def say(name: str, /, **values: Any) -> str:
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
    environment.filters["time"] = viet_nam
    environment.filters["day"] = lambda date: f"{date.day}/{date.month}/{date.year}"
    return environment
