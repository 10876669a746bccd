"""The cells of the tables in a file, whether xlsx, ods or csv; or the complaint that it cannot be used."""

import codecs
import csv
import datetime as dt
import io
import json
import subprocess
import sys
import unicodedata
from pathlib import Path
from typing import Any

Cell = str | float | bool | dt.date
Table = list[tuple[int, list[Cell]]]
"""The rows that are not empty, each with its number in the sheet."""

MOST_BYTES = 5_000_000
MOST_ROWS = 2_000
MOST_SECONDS = 30
WORKBOOKS = (".xlsx", ".ods")


class Complaint(Exception):
    """What is wrong with a file or a cell: the name of its words in the texts, and the values they need."""

    def __init__(self, reason: str, **values: object) -> None:
        """Take the reason and the values."""
        super().__init__(reason)
        self.reason = reason
        self.values = values


def read_tables(file: Path) -> list[Table]:
    """Return the tables of a file: the sheets of a workbook, or a csv read with each separator it may have.

    Complaint: it cannot be opened, is too large, or is not what its ending says.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            raise Complaint("too_large", most=MOST_BYTES // 1_000_000)
        content = file.read_bytes()
    except FileNotFoundError as error:
        raise Complaint("not_found") from error
    except OSError as error:
        raise Complaint("not_opened") from error
    ending = file.suffix.lower()
    if ending not in (*WORKBOOKS, ".csv"):
        raise Complaint("other_ending")
    if not content.strip(b"\0\t\n\r "):
        raise Complaint("empty_file")
    tables = read_csv(content) if ending == ".csv" else read_workbook(content)
    if any(len(table) > MOST_ROWS for table in tables):
        raise Complaint("too_many_rows", most=MOST_ROWS)
    return tables


def read_workbook(content: bytes) -> list[Table]:
    """Return the visible sheets of a workbook. Complaint: it is none, has a password, or takes too much to read."""
    reader = [sys.executable, "-P", str(Path(__file__).with_name("workbook.py"))]
    try:
        done = subprocess.run(reader, input=content, capture_output=True, timeout=MOST_SECONDS, check=True)  # noqa: S603
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise Complaint("not_workbook") from error
    sheets: list[Table] = json.loads(done.stdout, object_hook=_date)
    return sheets


def read_csv(content: bytes) -> list[Table]:
    """Return the table as it is with commas, with semicolons and with tabs. Complaint: it is not text."""
    text = _decoded(content)
    try:
        return [_split(text, separator) for separator in (",", ";", "\t")]
    except csv.Error as error:  # a cell longer than any text in a table
        raise Complaint("not_text") from error


def text_of(cell: Cell) -> str:
    """Return the text of a cell: composed, without zero-width signs, with single spaces. Complaint: it is not text."""
    if isinstance(cell, dt.date):
        return f"{cell.day}/{cell.month}/{cell.year}"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    seen = "".join(sign for sign in str(cell) if unicodedata.category(sign) != "Cf")
    text = " ".join(unicodedata.normalize("NFC", seen).split())
    if not text.isprintable():
        raise Complaint("strange_signs")
    return text


def _decoded(content: bytes) -> str:
    """Return the text of a csv file, in one of the encodings in which Excel in Viet Nam writes it."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "windows-1258"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Complaint("not_text")


def _split(text: str, separator: str) -> Table:
    """Return the rows of a csv text; one too many is enough to see that there are too many."""
    table: Table = []
    for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1):
        if any(cell.strip() for cell in row):
            table.append((number, list(row)))
        if len(table) > MOST_ROWS:
            break
    return table


def _date(found: dict[str, str]) -> Any:
    return dt.date.fromisoformat(found["date"])
