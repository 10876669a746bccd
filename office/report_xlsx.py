"""A report as a workbook: neighbourhoods, skills and appendices; numbers are numbers, nothing is a formula."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from office.appendix import appendices
from office.printable import printable
from office.report import Report
from office.report_text import about
from office.words import words

HEADER_ROW = 4
HEADER_HEIGHT, LINE_HEIGHT = 48, 15
NARROW, WIDTH, WIDEST = 6, 11, 46
"""Of columns, in characters: of running numbers, of figures, of texts; what is longer goes on in the next line."""


def as_xlsx(report: Report) -> bytes:
    """Return a workbook to be counted on in Excel and printed on A4."""
    from xlsxwriter import Workbook  # noqa: PLC0415  only for who asks for it

    content = io.BytesIO()
    book = Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    formats = _formats(book)
    said = words("report")
    rows = [line.cells() for line in report.lines]
    _sheet(book, formats, report, said["sheet"], said["note"], report.heading(), rows, total=True)
    heading = [said["skills"][column] for column in ("title", "covered", "new")]
    _sheet(
        book, formats, report, said["skills"]["sheet"], said["note"], heading, [list(skill) for skill in report.skills]
    )
    for table in appendices(report):
        _sheet(book, formats, report, table.sheet, table.note, table.heading, table.rows, title=table.title)
    book.close()
    return content.getvalue()


def _formats(book: Any) -> Mapping[str, Any]:
    cell = {"border": 1, "valign": "vcenter"}
    kinds: dict[str, dict[str, Any]] = {
        "number": {"num_format": "#,##0"},
        "share": {"num_format": "0.0%"},
        "text": {"text_wrap": True, "indent": 1},
        "running": {"align": "center"},
    }
    return {
        "head": book.add_format({**cell, "bold": True, "text_wrap": True, "align": "center", "bg_color": "#D5E2EE"}),
        "title": book.add_format({"bold": True, "font_size": 14}),
        "note": book.add_format({"text_wrap": True, "valign": "top", "italic": True}),
        **{kind: book.add_format({**cell, **own}) for kind, own in kinds.items()},
        **{f"{kind} total": book.add_format({**cell, **own, "bold": True, "top": 2}) for kind, own in kinds.items()},
    }


def _sheet(
    book: Any,
    formats: Mapping[str, Any],
    report: Report,
    name: str,
    note: str,
    heading: Sequence[str],
    rows: Sequence[Sequence[Any]],
    title: str = "",
    total: bool = False,
) -> None:
    """Add a page: title, what it is about, a header that stays in sight, the rows."""
    page = book.add_worksheet(name)
    last = len(heading) - 1
    page.write_string(
        0, 0, printable(title or words("report")["title"].format(ward=report.ward.name)), formats["title"]
    )
    page.write_string(1, 0, printable(about(report)))
    widths = [_width(name, [row[at] for row in rows]) for at, name in enumerate(heading)]
    for at, width in enumerate(widths):
        page.set_column(at, at, width)
    page.merge_range(2, 0, 2, last, note, formats["note"])
    page.set_row(2, LINE_HEIGHT * -(-len(note) // sum(widths)))
    page.write_row(HEADER_ROW, 0, heading, formats["head"])
    page.set_row(HEADER_ROW, HEADER_HEIGHT)
    for at, row in enumerate(rows, HEADER_ROW + 1):
        page.set_row(at, LINE_HEIGHT * max(_lines(cell, width) for cell, width in zip(row, widths, strict=True)))
        for column, cell in enumerate(row):
            _cell(page, at, column, cell, formats, " total" if total and row is rows[-1] else "")
    page.freeze_panes(HEADER_ROW + 1, 2 if total else 1)
    page.set_landscape()
    page.set_paper(9)
    page.set_margins(left=0.6, right=0.6, top=0.7, bottom=0.7)
    page.fit_to_pages(1, 0)
    page.repeat_rows(HEADER_ROW)
    page.set_footer(f"&L{report.period.code}&R&P/&N")


def _width(name: str, cells: Sequence[Any]) -> int:
    longest = max((len(cell) + 2 for cell in cells if isinstance(cell, str)), default=0)
    return min(max(longest, NARROW if len(name) < NARROW else WIDTH), WIDEST)


def _lines(cell: Any, width: int) -> int:
    """Return how many lines a cell takes; words do not fill a line to its end."""
    return -(-len(cell) // (width - 4)) if isinstance(cell, str) and len(cell) > width - 2 else 1


def _cell(page: Any, at: int, column: int, cell: Any, formats: Mapping[str, Any], total: str) -> None:
    if isinstance(cell, str):
        page.write_string(at, column, printable(cell), formats[f"text{total}"])
    elif cell is None:
        page.write_blank(at, column, None, formats[f"number{total}"])
    elif isinstance(cell, float):
        page.write_number(at, column, cell, formats[f"share{total}"])
    else:  # in the first column they only number the rows
        page.write_number(at, column, cell, formats[f"{'number' if column else 'running'}{total}"])
