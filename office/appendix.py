"""The appendices of a report: what was done in the period, and the plan's indicators with what we can say of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lessons.model import Lesson
from office.coverage_table import number, percent
from office.report import Report
from office.report_text import NO_BREAK
from office.words import words


@dataclass(frozen=True, slots=True)
class Appendix:
    """A table behind the report; a cell that is not counted here says so."""

    title: str
    sheet: str
    note: str
    heading: tuple[str, ...]
    rows: tuple[tuple[str | int | float, ...], ...]


def related(library: Iterable[Lesson]) -> dict[str, str]:
    """Return the titles of the lessons that indicators name, by topic."""
    named = {topic for row in words("appendix")["indicators"]["rows"] for topic in row.get("topics", ())}
    return {lesson.topic: lesson.title for lesson in library if lesson.topic in named}


def appendices(report: Report) -> tuple[Appendix, Appendix]:
    """Return what was done in the period, and the indicators of the plan."""
    said = words("appendix")
    return _done(report, said), _indicators(report, said)


def praises(report: Report) -> list[str]:
    """Return who may be named in praise, each with the neighbourhood."""
    said = words("appendix")["praise"]["line"]
    return [said.format(name=who.name, place=who.place) if who.place else who.name for who in report.praised]


def _done(report: Report, said: Mapping[str, Any]) -> Appendix:
    done, whole = report.activity, report.whole
    counted = {
        "joined": done.joined,
        "passed": done.passed,
        "new": whole.new,
        "share": whole.row.share,
        "observed": done.observed,
        "classes": done.classes,
        "attended": done.attended,
        "reminded": done.reminded,
        "certificates": done.certificates,
        "teams": done.teams,
        "members": done.members,
    }
    rows = []
    for at, row in enumerate(said["done"]["rows"], 1):
        found = counted.get(row.get("count", ""))
        rows.append((at, row["name"], row["unit"], said["uncounted"] if found is None else found))
    told = said["done"]
    return Appendix(told["title"], told["sheet"], told["note"], tuple(told["heading"]), tuple(rows))


def _indicators(report: Report, said: Mapping[str, Any]) -> Appendix:
    told = said["indicators"]
    at = next((place for place, year in enumerate(told["years"]) if year >= report.period.last.year), -1)
    heading = tuple(column.format(year=told["years"][at]) for column in told["heading"])
    rows = tuple(
        (place, row["name"], _target(row, at, told), said["uncounted"], _learnt(report, row.get("topics", ()), said))
        for place, row in enumerate(told["rows"], 1)
    )
    return Appendix(told["title"], told["sheet"], told["note"], heading, rows)


def _target(row: Mapping[str, Any], at: int, told: Mapping[str, Any]) -> str:
    """Return the target of a milestone: the last one named where that is all of it, a task where there is no figure."""
    targets = row.get("targets")
    if targets is None:
        return str(told["task"])
    named = targets[at] if -len(targets) <= at < len(targets) else targets[-1]
    return str(named)


def _learnt(report: Report, topics: Iterable[str], said: Mapping[str, Any]) -> str:
    """Return how many adults have each of these topics, and of how many that is."""
    parts = []
    for title, covered in (report.related[topic] for topic in topics if topic in report.related):
        adults = report.whole.row.adults
        share = percent(covered * 1000 // adults / 1000).replace(" ", NO_BREAK) if adults else ""
        parts.append(
            said["people_share" if share else "people"].format(title=title, count=number(covered), share=share)
        )
    return "; ".join(parts)
