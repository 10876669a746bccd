"""A sheet handed back with what is wrong with each row, in a red column beside it."""

import io
from collections import defaultdict
from pathlib import Path

from office.cells import Cell, read_tables, text_of
from office.neighbourhood_sheet import Sheet, find_table
from office.printable import printable
from office.words import words

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDE = 24


def marked(file: Path, sheet: Sheet) -> bytes:
    """Return the table of a file as xlsx, every row where it stood, with the remarks of the sheet beside it."""
    from xlsxwriter import Workbook  # noqa: PLC0415  only for who asks for it

    header, _, table = find_table(read_tables(file))
    remarks = defaultdict(list)
    for number, remark in sheet.remarks:
        remarks[number].append(remark)
    column = max(len(cells) for _, cells in table)
    made = io.BytesIO()
    book = Workbook(made, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet()
    red = book.add_format({"bg_color": "#C00000", "font_color": "#FFFFFF", "text_wrap": True, "valign": "top"})
    for number, cells in table:
        for at, cell in enumerate(cells):
            page.write(number - 1, at, _plain(cell))
        if number == header:
            page.write_string(number - 1, column, words("numbers")["to_mend"], red)
        elif remarks[number]:
            page.write_string(number - 1, column, "\n".join(remarks[number]), red)
    page.set_column(0, column - 1, WIDE)
    page.set_column(column, column, 3 * WIDE)
    page.freeze_panes(header, 0)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    book.close()
    return made.getvalue()


def _plain(cell: Cell) -> str | float:
    """Return a cell that a spreadsheet program shows as it was."""
    if isinstance(cell, str):
        return printable(cell)
    return cell if isinstance(cell, int | float) and not isinstance(cell, bool) else text_of(cell)
