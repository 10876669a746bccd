"""Print the cells of the workbook on standard input as JSON; run as a program of its own, by cells.py.

A workbook of a few kilobytes can make the reader ask for more memory than there is, which ends the process without
an exception (github.com/tafia/calamine/issues/693). So it is not the program itself that reads.
"""

import datetime as dt
import io
import json
import sys
from typing import Any

from python_calamine import CalamineSheet, SheetTypeEnum, SheetVisibleEnum, load_workbook

MEMORY = 1 << 30
"""Bytes this process may use, where the system can limit it."""
MOST_COLUMNS = 100


def main() -> None:
    """Print the visible sheets, each a list of [row number, cells]; whatever is no workbook ends in an exception."""
    _limit_memory()
    workbook = load_workbook(io.BytesIO(sys.stdin.buffer.read()))
    names = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
    ]
    json.dump([_rows(workbook.get_sheet_by_name(name)) for name in names], sys.stdout, default=_date)


def _rows(sheet: CalamineSheet) -> list[tuple[int, list[Any]]]:
    """Return the rows that are not empty, with their numbers as spreadsheet programs show them."""
    rows = ((number, list(row[:MOST_COLUMNS])) for number, row in enumerate(sheet.iter_rows(), 1))
    return [(number, row) for number, row in rows if any(cell != "" for cell in row)]


def _date(cell: dt.date | dt.time | dt.timedelta) -> dict[str, str] | str:
    """Return a date as JSON that is not a text; of a date with a time, the date."""
    return {"date": cell.isoformat()[:10]} if isinstance(cell, dt.date) else str(cell)


def _limit_memory() -> None:
    try:
        import resource  # noqa: PLC0415, there is none on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
