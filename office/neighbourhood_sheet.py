"""The sheet of neighbourhoods an office keeps: read and checked as a whole, each bad row with its number and remedy."""

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faq.text import fold, spelled
from office.cells import Cell, Complaint, Table, read_tables, text_of
from office.words import words
from storage.neighbourhoods import NeighbourhoodRow

TEXTS = "neighbourhood_sheet"
LONGEST_NAME = 60
LONGEST_SOURCE = 200
LONGEST_HELPER = 80
LONGEST_CODE = 20
MOST_ADULTS = 200_000
HEADER_WITHIN = 50
"""So many rows may stand above the header: the office's name, a title."""
EARLIEST = dt.date(2000, 1, 1)
REQUIRED = ("name", "adults")
HELPER = ("helper", "helper_place")
"""Columns a sheet may have; without them what is known of helpers stays."""
SHOWN = 40
"""Characters of a wrong value that are shown."""

_CODE = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{LONGEST_CODE - 1}}}")
_COUNT = re.compile(r"(\d{1,3}(?:([., ])\d{3})(?:\2\d{3})*|\d{1,9})(?:[.,]0+)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ][\d:.]+)?", re.ASCII)
_IN_PARENTHESES = re.compile(r"\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read: all rows, or else what is wrong with the file or with its rows, in their order."""

    rows: tuple[NeighbourhoodRow, ...] = ()
    complaints: tuple[str, ...] = ()
    remarks: tuple[tuple[int, str], ...] = ()  # the complaints about rows, with the number of the row


@dataclass(slots=True)
class _Row:
    """A row under the header: what could be read of it, and what is wrong with it."""

    number: int
    found: dict[str, Any] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def complain(self, complaint: Complaint, column: str = "") -> None:
        self.complaints.append(explained(complaint, self.number, column))


def read_sheet(
    file: Path, today: dt.date, known: Iterable[NeighbourhoodRow] = (), ended: Collection[str] = ()
) -> Sheet:
    """Return the neighbourhoods of an xlsx, ods or csv file, or every complaint about it; never both.

    `known` are the ward's neighbourhoods so far: a row without a code gets the one its name already has; `ended` the
    codes of those that were merged or split.
    """
    names = {place.code: spelled(place.name) for place in known}
    try:
        rows = _read_rows(read_tables(file), today, {name: code for code, name in names.items()})
    except Complaint as complaint:
        return Sheet(complaints=(explained(complaint),))
    _compare(rows)
    _compare_with_known(rows, names)
    for row in rows:
        if row.found.get("code") in ended:
            row.complain(Complaint("code_ended", value=row.found["code"]), "code")
    remarks = tuple((row.number, text) for row in rows for text in row.complaints)
    complaints = tuple(text for _, text in remarks)
    return Sheet((), complaints, remarks) if remarks else Sheet(tuple(NeighbourhoodRow(**row.found) for row in rows))


def code_for(name: str) -> str:
    """Return the code made from a name: "Khu phố 5" gets "khu-pho-5"."""
    return fold(name).replace(" ", "-")[:LONGEST_CODE].strip("-")


def _read_rows(tables: Sequence[Table], today: dt.date, codes: Mapping[str, str]) -> list[_Row]:
    """Return the rows under the header; `codes` are those of the names known so far."""
    header, columns, table = find_table(tables)
    rows = []
    for number, cells in table:
        row = {column: cells[place] for column, place in columns.items() if place < len(cells)}
        if number > header and any(str(cell).strip() for cell in row.values()):
            rows.append(_read_row(number, row, today, codes))
    if not rows:
        raise Complaint("no_rows")
    return rows


def find_table(
    tables: Sequence[Table], kind: str = "columns", required: Collection[str] = REQUIRED
) -> tuple[int, Mapping[str, int], Table]:
    """Return the number of the header row, the place of each column, and the table they are in; `kind` of the texts."""
    headings = {fold(heading): name for name, spellings in words(TEXTS)[kind].items() for heading in spellings}
    best: tuple[int, list[tuple[str, int]], Table] = (0, [], [])
    for table in tables:
        for number, cells in table[:HEADER_WITHIN]:
            folded = [fold(_IN_PARENTHESES.sub(" ", str(cell))) for cell in cells]
            found = [(headings[heading], place) for place, heading in enumerate(folded) if heading in headings]
            if len({name for name, _ in found}) > len({name for name, _ in best[1]}):
                best = (number, found, table)
    number, found, table = best
    columns = dict(found)
    if len(columns) < 2:
        raise Complaint("no_header")
    for name, label in words(TEXTS)["labels"].items():
        if name in required and name not in columns:
            raise Complaint("no_column", column=label)
        if sum(name == other for other, _ in found) > 1:
            raise Complaint("column_twice", column=label)
    return number, columns, table


def _read_row(number: int, cells: Mapping[str, Cell], today: dt.date, codes: Mapping[str, str]) -> _Row:
    row = _Row(number)
    readers: dict[str, Callable[[str], object]] = {
        "name": name_of,
        "code": code_of,
        "adults": count_of,
        "source": _source,
        "date": lambda text: day_of(text, today),
    }
    readers |= {column: _short for column in HELPER if column in cells}
    for column, reader in readers.items():
        try:
            row.found[column] = reader(text_of(cells.get(column, "")))
        except Complaint as complaint:
            row.complain(complaint, column)
    if row.found.get("code") == "" and "name" in row.found:
        row.found["code"] = codes.get(spelled(row.found["name"])) or code_for(row.found["name"])
        if not row.found["code"]:
            row.complain(Complaint("no_code"), "code")
    return row


def name_of(text: str) -> str:
    """Return a name that may be shown to residents and written into a sheet again."""
    if not text:
        raise Complaint("no_name")
    if text[0] in "=+-@#":
        raise Complaint("name_formula", value=text)
    if fold(text) in map(fold, words(TEXTS)["totals"]):
        raise Complaint("total_row", value=text)
    if not any(sign.isalpha() for sign in text):  # also the row that numbers the columns, (1) (2) (3)
        raise Complaint("name_without_letters", value=text)
    if len(text) > LONGEST_NAME:
        raise Complaint("name_too_long", length=len(text), most=LONGEST_NAME)
    return text


def code_of(text: str) -> str:
    """Return a code as it may stand in links; nothing when the cell is empty."""
    code = text.lower()
    if code and not _CODE.fullmatch(code):
        raise Complaint("bad_code", value=text)
    return code


def count_of(text: str) -> int | None:
    """Return a count written as 1250, 1.250, 1 250 or 1250.0; none when the cell is empty."""
    if not text:
        return None
    found = _COUNT.fullmatch(text)
    if found is None:
        raise Complaint("not_a_count", value=text)
    count = int(re.sub(r"[., ]", "", found[1]))
    if not 1 <= count <= MOST_ADULTS:
        raise Complaint("count_out_of_range", value=text, most=f"{MOST_ADULTS:,}".replace(",", "."))
    return count


def typed_as(typed: str, column: str) -> str:
    """Return what was typed as the same cell of a sheet is read. Complaint: it has signs nobody can see."""
    try:
        return text_of(typed)
    except Complaint as complaint:
        raise Complaint("strange_field", field=words(TEXTS)["labels"][column]) from complaint


def _source(text: str) -> str:
    if len(text) > LONGEST_SOURCE:
        raise Complaint("text_too_long", length=len(text), most=LONGEST_SOURCE)
    return text


def _short(text: str) -> str:
    if len(text) > LONGEST_HELPER:
        raise Complaint("text_too_long", length=len(text), most=LONGEST_HELPER)
    return text


def day_of(text: str, today: dt.date) -> dt.date | None:
    """Return a date written as d/m/yyyy or yyyy-mm-dd; none when the cell is empty."""
    if not text:
        return None
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = map(int, found.groups())
    elif found := _YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, found.groups())
    else:
        raise Complaint("not_a_date", value=text)
    try:
        date = dt.date(year, month, day)
    except ValueError as error:
        raise Complaint("not_a_date", value=text) from error
    if date > today:
        raise Complaint("date_in_future", value=text)
    if date < EARLIEST:
        raise Complaint("date_too_early", value=text)
    return date


def _compare(rows: Sequence[_Row]) -> None:
    """Complain about the later of two rows with the same code or the same name."""
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        for column in ("code", "name"):
            value = row.found.get(column)
            if value:
                first = seen.setdefault((column, spelled(value) if column == "name" else value), row.number)
                if first != row.number:
                    row.complain(Complaint(f"{column}_twice", value=value, row=first), column)


def _compare_with_known(rows: Sequence[_Row], names: Mapping[str, str]) -> None:
    """Complain about a name that a neighbourhood with another code has and would keep; `names` are by code."""
    replaced = {row.found.get("code") for row in rows}
    kept = {name: code for code, name in names.items() if code not in replaced}
    for row in rows:
        name = row.found.get("name", "")
        if spelled(name) in kept:
            row.complain(Complaint("name_known", value=name, code=kept[spelled(name)]), "code")


def explained(complaint: Complaint, number: int = 0, column: str = "") -> str:
    """Return a complaint in words, with its place if it is about a row."""
    texts = words(TEXTS)
    values = {key: str(value)[:SHOWN] for key, value in complaint.values.items()}
    explained: str = texts[complaint.reason].format(**values)
    if not number:
        return explained[0].upper() + explained[1:]
    return str(texts["place"].format(row=number, column=texts["labels"][column], explained=explained))
