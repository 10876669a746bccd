"""The coverage table as text, CSV and JSON: one list of rows feeds them all, so the figures cannot differ."""

import csv
import datetime as dt
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from babel.numbers import format_decimal, format_percent

from handlers.speech import viet_nam
from office.printable import printable
from office.words import words
from storage.coverage import CoverageRow, total
from storage.neighbourhoods import Ward

TEXTS = "coverage_table"
LOCALE = "vi"
SEPARATOR = ";"
"""Of the CSV. The share has a decimal comma, and where Excel writes one its list separator is the semicolon. On a
computer set to English everything stands in one column, which is seen at once; 69,1 read as 691 would not be."""
GAP = "  "


@dataclass(frozen=True, slots=True)
class CoverageTable:
    """The figures of a ward at one time, and what they are about."""

    ward: Ward
    unit: str  # what a neighbourhood is called here
    skill: str  # the title of the one lesson counted; none: basic coverage
    topics: tuple[str, ...]
    target_percent: int
    at: dt.datetime
    rows: tuple[CoverageRow, ...]  # the neighbourhoods, and last the residents in none

    def total(self) -> CoverageRow:
        """Return the figures of the whole ward."""
        return total(self.rows, self.target_percent)


def as_text(table: CoverageTable) -> str:
    """Return the table for a terminal, numbers as they are written in Viet Nam."""
    texts = words(TEXTS)
    title = texts["title_skill" if table.skill else "title_basic"]
    target = percent(table.target_percent / 100, "0")
    columns = ("name", "joined", "learned", "covered", "adults", "share", "missing")
    own = {
        "name": table.unit.capitalize(),
        "share": texts["share"],
        "missing": texts["to_target"].format(target=target),
    }
    heading = texts["columns"] | own
    lines = [[heading[column] for column in columns], *([name, *_written(row)] for name, row in _named(table))]
    return "\n".join(
        [
            title.format(skill=table.skill, topics=len(table.topics), ward=table.ward.name),
            texts["target"].format(target=target, at=viet_nam(table.at)),
            "",
            *_aligned(lines),
            "",
            texts["note"],
        ]
    )


def as_csv(table: CoverageTable) -> str:
    """Return the table for Excel. It begins with the sign by which Excel knows UTF-8: encode it as plain UTF-8."""
    texts = words(TEXTS)
    target = percent(table.target_percent / 100, "0")
    columns = ("code", "name", "joined", "learned", "covered", "adults", "source", "date", "share", "missing", "at")
    heading = texts["columns"] | {"name": table.unit.capitalize(), "missing": texts["missing_to"].format(target=target)}
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, delimiter=SEPARATOR, lineterminator="\n")
    writer.writerow(heading[column] for column in columns)
    for name, row in _named(table):
        figures = (row.joined, row.learned, row.covered, row.adults, harmless(row.source), _day(row.date))
        share = "" if row.share is None else format_decimal(row.share * 100, "0.0", LOCALE)
        writer.writerow([row.code, harmless(name), *figures, share, row.missing, viet_nam(table.at)])
    return "\ufeff" + sheet.getvalue().rstrip("\n")


def as_json(table: CoverageTable) -> str:
    """Return the table for programs; the keys are stable."""
    *places, nowhere = table.rows
    found = {
        "ward": {"code": table.ward.code, "name": table.ward.name},
        "skill": table.topics[0] if table.skill else None,
        "topics": table.topics,
        "target_percent": table.target_percent,
        "at": table.at.isoformat(timespec="seconds"),
        "neighbourhoods": [{"code": row.code, "name": row.name, **_figures(row)} for row in places],
        "unknown": _figures(nowhere),
        "total": _figures(table.total()),
    }
    return json.dumps(found, ensure_ascii=False, indent=2)


@lru_cache(10_000)
def number(count: int) -> str:
    """Return a count as it is written in Viet Nam: 1.250."""
    return format_decimal(count, locale=LOCALE)


@lru_cache(10_000)
def percent(share: float, decimals: str = "0.0") -> str:
    """Return a share as it is written in Viet Nam: 69,1 %."""
    return format_percent(share, f"#,##{decimals} %", LOCALE)


def _named(table: CoverageTable) -> Iterator[tuple[str, CoverageRow]]:
    """Yield all rows with what they are called, the total last."""
    for row in table.rows:
        yield printable(row.name) if row.code else words(TEXTS)["unknown"], row
    yield words(TEXTS)["total"], table.total()


def _written(row: CoverageRow) -> list[str]:
    """Return the figures of a row as they are read in a terminal."""
    texts = words(TEXTS)
    counts = [number(count) for count in (row.joined, row.learned, row.covered)]
    if row.adults is None or row.share is None or row.missing is None:
        return [*counts, texts["no_adults" if row.code else "none"], texts["none"], ""]
    missing = texts["missing"].format(people=number(row.missing)) if row.missing else texts["reached"]
    return [*counts, number(row.adults), percent(row.share), missing]


def _figures(row: CoverageRow) -> dict[str, Any]:
    return {
        "joined": row.joined,
        "learned": row.learned,
        "covered": row.covered,
        "adults": row.adults,
        "adults_source": row.source,
        "adults_date": row.date.isoformat() if row.date else None,
        "share": row.share,
        "missing": row.missing,
    }


def _aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table: the first and the last column begin, the others end below each other."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, *between, last in lines:
        cells = [cell.rjust(width) for cell, width in zip(between, widths[1:-1], strict=True)]
        yield GAP.join([first.ljust(widths[0]), *cells, last]).rstrip()


def _day(date: dt.date | None) -> str:
    return f"{date.day}/{date.month}/{date.year}" if date else ""


def harmless(text: str) -> str:
    """Return a text on one line, that a spreadsheet program will not take for a formula."""
    line = " ".join(printable(text).split())
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line
