"""A report as a PDF to read and print, from the same lines as its other files."""

from collections.abc import Sequence
from dataclasses import asdict

from handlers.speech import viet_nam
from office import typesetting
from office.appendix import appendices, praises
from office.report import Report
from office.report_text import about, shown
from office.words import words


def as_pdf(report: Report, told: Sequence[str]) -> bytes:
    """Return the PDF; `told` are its paragraphs. Raise Unprintable."""
    said, appendix = words("report"), words("appendix")
    tables = [
        asdict(table) | {"rows": [[shown(cell) for cell in row] for row in table.rows]} for table in appendices(report)
    ]
    given = {
        "title": said["title"].format(ward=report.ward.name),
        "about": about(report),
        "told": list(told),
        "heading": report.heading()[1:],
        "lines": [[shown(cell) for cell in line.cells()[1:]] for line in report.lines],
        "skills_heading": [said["skills"][column] for column in ("title", "covered", "new")],
        "skills": [[shown(cell) for cell in skill] for skill in report.skills],
        "note": said["note"],
        "parts": said["parts"],
        "praise": {"title": appendix["praise"]["title"], "note": appendix["praise"]["note"], "names": praises(report)},
        "appendices": tables,
        "foot": f"{report.ward.name} · {report.period.title} · {viet_nam(report.at)}",
    }
    return typesetting.pdf("report", {"report": typesetting.packed(given)})
