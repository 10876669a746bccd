"""A report as files: Word, Excel, PDF and CSV, each made from the same lines."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path

from babel.numbers import format_decimal
from jinja2.sandbox import SandboxedEnvironment

from handlers.speech import VIET_NAM, viet_nam
from office.appendix import Appendix, appendices, praises
from office.coverage_table import LOCALE, SEPARATOR, harmless, number
from office.printable import all_printable
from office.report import COLUMNS, Report
from office.report_pdf import as_pdf
from office.report_text import NO_BREAK, about, sentences, shown
from office.report_xlsx import as_xlsx
from office.typesetting import Unprintable
from office.words import words

TEMPLATE = Path(str(files("office"))) / "word" / "bao-cao.docx"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
KINDS: Mapping[str, str] = {"docx": DOCX, "xlsx": XLSX, "pdf": "application/pdf", "csv": "text/csv; charset=utf-8"}


def made(report: Report, kind: str, template: Path | None = None, told: Sequence[str] | None = None) -> bytes:
    """Return the report as one of KINDS; call it on a thread. Raise Unprintable where a PDF cannot be made.

    `template` is the office's own Word file, `told` what is said in the place of the sentences from the figures.
    """
    said = sentences(report) if told is None else told
    makers: dict[str, Callable[[], bytes]] = {
        "docx": lambda: as_docx(report, template or TEMPLATE, said),
        "xlsx": lambda: as_xlsx(report),
        "pdf": lambda: as_pdf(report, said),
        "csv": lambda: as_csv(report).encode(),
    }
    return makers[kind]()


def as_csv(report: Report) -> str:
    """Return the lines for Excel and for programs; it begins with the sign by which Excel knows UTF-8."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet, delimiter=SEPARATOR, lineterminator="\n")
    writer.writerow([*report.heading(), *words("report")["stamp"]])
    stamp = (report.period.code, viet_nam(report.at))
    for line in report.lines:
        cells = dict(zip(COLUMNS, line.cells(), strict=True))
        if line.row.share is not None:
            cells["share"] = format_decimal(line.row.share * 100, "0.0", LOCALE)
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells.values()] + [*stamp])
    return "\ufeff" + sheet.getvalue()


def as_docx(report: Report, template: Path, told: Sequence[str]) -> bytes:
    """Return the Word file of a template filled in, which the office may change in Word. Raise Unprintable."""
    from docxtpl import DocxTemplate  # noqa: PLC0415  only for who asks for it

    said = words("report")
    day = report.at.astimezone(VIET_NAM)
    content = io.BytesIO()
    given = {
        "ward": report.ward.name,
        "ward_upper": report.ward.name.upper(),
        "place": _place(report.ward.name),
        "day": f"{day.day:02}",
        "month": f"{day.month:02}" if day.month < 3 else str(day.month),
        "year": day.year,
        "title": said["title"].format(ward=report.ward.name),
        "period": report.period.title,
        "about": about(report),
        "note": said["note"],
        "sentences": told,
        "praises": praises(report),
        "praise": words("appendix")["praise"],
        "appendices": [_table(table) for table in appendices(report)],
        "heading": dict(zip(COLUMNS, map(_unbroken, report.heading()), strict=True)),
        "lines": [_shown(line.cells()) for line in report.lines],
        "skills": [(title, number(covered), number(new)) for title, covered, new in report.skills],
    }
    try:
        document = DocxTemplate(template)
        document.render(all_printable(given), SandboxedEnvironment(), autoescape=True)
        document.save(content)
    except Exception as error:  # the office may have a template of its own, and anything may be wrong in it
        raise Unprintable(type(error).__name__) from error
    return content.getvalue()


def _shown(cells: list[str | int | float | None]) -> dict[str, str]:
    """Return the cells as they are read in Viet Nam."""
    return {column: shown(cell) for column, cell in zip(COLUMNS, cells, strict=True)}


def _unbroken(heading: str) -> str:
    """Return a heading whose percent sign stays with its number."""
    return heading.replace(" %", f"{NO_BREAK}%")


def _table(table: Appendix) -> dict[str, object]:
    rows = [[shown(cell) for cell in row] for row in table.rows]
    return {"title": table.title, "heading": table.heading, "rows": rows, "note": table.note}


def _place(ward: str) -> str:
    """Return the ward's bare name, as it stands before a date."""
    kind, _, bare = ward.partition(" ")
    return bare if kind.lower() in words("report")["places"] and bare else ward
