"""What a report says in words, made from its figures: where the ward stands, what rose and fell, who is ahead."""

from collections.abc import Iterator, Sequence

from handlers.speech import VIET_NAM, viet_nam
from office.coverage_table import number, percent
from office.report import Line, Report
from office.words import words

NO_BREAK = "\u00a0"
MOST_TYPED = 10_000
NAMED = 3
"""So many neighbourhoods are named."""


def sentences(report: Report) -> list[str]:
    """Return the sentences of a report."""
    return list(_sentences(report, words("report")["sentences"]))


def about(report: Report) -> str:
    """Return which days the report is about, and as of when."""
    said, period = words("report"), report.period
    days = (f"{day.day}/{day.month}/{day.year}" for day in (period.first, period.last))
    first, last = days
    if seal := report.sealed:
        stamp = {"at": viet_nam(seal.at), "seal": seal.seal[:12]}
        return str(said["about_sealed"].format(period=period.title, first=first, last=last, **stamp))
    told: str = said["about"].format(period=period.title, first=first, last=last, at=viet_nam(report.at))
    return told if report.finished else f"{told} {said['unfinished']}"


def shown(cell: str | float | None) -> str:
    """Return a cell as it is read in Viet Nam; a share has one decimal."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    return percent(cell) if isinstance(cell, float) else number(cell)


def typed_text(typed: str) -> list[str]:
    """Return the paragraphs somebody typed: each line one, without signs that no document can hold."""
    lines = ("".join(sign for sign in line if sign.isprintable()).strip() for line in typed[:MOST_TYPED].splitlines())
    return [line for line in lines if line]


def _sentences(report: Report, said: dict[str, str]) -> Iterator[str]:
    whole, last = report.whole, min(report.period.last, report.at.astimezone(VIET_NAM).date())
    day = f"{last.day}/{last.month}/{last.year}"
    given = {"ward": report.ward.name, "day": day, "covered": number(whole.row.covered), "new": number(whole.new)}
    if whole.row.adults and whole.row.share is not None:
        adults = number(whole.row.adults)
        yield said["stand"].format(**given, adults=adults, share=percent(whole.row.share))
    else:
        yield said["stand_unknown"].format(**given)
    if whole.row.missing is not None:
        aim = {"target": report.target_percent, "missing": number(whole.row.missing)}
        yield said["missing" if whole.row.missing else "reached"].format(**aim)
    if report.finished:  # a part of a period is not held against a whole one
        change = (whole.new > whole.new_before) - (whole.new < whole.new_before)
        yield said[("same", "rose", "fell")[change]].format(new=number(whole.new), before=number(whole.new_before))
    yield from _places(report.places, said, report.finished)


def _places(places: Sequence[Line], said: dict[str, str], finished: bool) -> Iterator[str]:
    """Yield what neighbourhoods are named for."""
    ahead = [line for line in places if line.row.missing == 0]
    if ahead:
        yield said["ahead"].format(count=len(ahead), names=_names(ahead))
    rising = sorted((line for line in places if line.new > 0), key=lambda line: -line.new)
    if rising:
        named = ", ".join(said["risen"].format(name=line.name, new=number(line.new)) for line in rising[:NAMED])
        yield said["most"].format(names=named)
    known = sorted((line for line in places if line.row.share is not None), key=lambda line: line.row.share or 0)
    if len(known) > 1 and known[0].row.share != known[-1].row.share:
        shares = [(line.name, percent(line.row.share or 0)) for line in (known[-1], known[0])]
        yield said["range"].format(best=shares[0][0], high=shares[0][1], least=shares[1][0], low=shares[1][1])
    slower = [line for line in places if finished and line.new < line.new_before]
    if slower:
        yield said["slower"].format(names=_names(slower))
    still = [line for line in places if line.new == 0 and line.row.missing != 0]
    if still:
        yield said["still"].format(count=len(still), names=_names(still))


def _names(lines: Sequence[Line]) -> str:
    """Return the names of a few, and how many more there are."""
    rest = len(lines) - 2 * NAMED
    named = ", ".join(line.name for line in lines[: 2 * NAMED])
    return named + (words("report")["more"].format(count=rest) if rest > 0 else "")
