"""A report: the figures of a period from one snapshot, as one table that page, Excel, CSV and Word show."""

import datetime as dt
from collections import Counter as Counted
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from handlers.speech import VIET_NAM
from office.period import DAY, Period
from office.words import words
from storage.activity import Activity, activity
from storage.counters import Counter
from storage.coverage import CoverageRow, total
from storage.neighbourhoods import Ward
from storage.places import heirs
from storage.praise import Praise, praised
from storage.seals import Seal, counters_at, coverage_at

COLUMNS = (
    "code",
    "name",
    "adults",
    "joined",
    "learned",
    "covered_before",
    "new",
    "covered",
    "share",
    "missing",
    "confirmed",
    "official",
)


NOTHING_DONE = Activity(0, 0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Line:
    """The figures of a neighbourhood, of the residents in none, or of the whole ward, at the end of the period."""

    row: CoverageRow
    name: str
    before: int  # covered when the period began
    earlier: int  # and one period before that
    counters: Mapping[str, Counter]

    @property
    def new(self) -> int:
        """How many came to be covered in the period."""
        return self.row.covered - self.before

    @property
    def new_before(self) -> int:
        """How many did in the period before."""
        return self.before - self.earlier

    def cells(self) -> list[str | int | float | None]:
        """Return the figures in the order of COLUMNS."""
        row = self.row
        counted = [self.counters[kind].people if kind in self.counters else None for kind in ("confirmed", "official")]
        own = [row.adults, row.joined, row.learned, self.before, self.new, row.covered, row.share, row.missing]
        return [row.code, self.name, *own, *counted]


@dataclass(frozen=True, slots=True)
class Report:
    """What was counted of basic coverage in a period, as it is known at a moment."""

    ward: Ward
    unit: str
    target_percent: int
    period: Period
    at: dt.datetime
    lines: tuple[Line, ...]  # the neighbourhoods, the residents in none, and last the whole ward
    skills: tuple[tuple[str, int, int], ...]  # title of each core lesson, covered at the end, new in the period
    activity: Activity = NOTHING_DONE
    related: Mapping[str, tuple[str, int]] = field(default_factory=dict)  # other lessons by topic: title, covered
    praised: tuple[Praise, ...] = ()
    sealed: Seal | None = None  # the figures of the lines and skills are those that were sealed at its end

    @property
    def finished(self) -> bool:
        """Whether the period is over."""
        return self.at >= self.period.end

    @property
    def places(self) -> Sequence[Line]:
        """The lines of the neighbourhoods."""
        return [line for line in self.lines[:-1] if line.row.code]

    @property
    def whole(self) -> Line:
        """The line of the whole ward."""
        return self.lines[-1]

    def heading(self) -> list[str]:
        """Return what stands above the columns."""
        said = words("report")["columns"]
        target = {"name": self.unit.capitalize(), "missing": said["missing"].format(target=self.target_percent)}
        return [target.get(column, said[column]) for column in COLUMNS]

    def file_name(self, ending: str) -> str:
        """Return a name for a file, with the period and the time of the figures."""
        local = self.at.astimezone(VIET_NAM)
        return f"bao-cao_{self.ward.code}_{self.period.code.replace('..', '_')}_luc_{local:%Y%m%d-%H%M}.{ending}"


def read_report(
    connection: Connection,
    ward: Ward,
    unit: str,
    skills: Mapping[str, str],
    target_percent: int,
    period: Period,
    now: dt.datetime,
    related: Mapping[str, str] | None = None,
) -> Report:
    """Return the report of a period; `skills` are the titles of the core lessons by topic, `related` of others.

    A month that is sealed says what it said then. Else who had what by the end of the period is counted, of those who
    agree to be counted now, where they live now.
    """
    core, titles, others = tuple(skills), list(skills.values()), related or {}
    wanted = [core, *((topic,) for topic in core), *((topic,) for topic in others)]
    sealed, (rows, *ends) = coverage_at(connection, ward.id, wanted, target_percent, period.end)
    _, (before, *starts) = coverage_at(connection, ward.id, wanted, target_percent, period.start)
    _, (earlier,) = coverage_at(connection, ward.id, [core], target_percent, period.before)
    target = sealed.target if sealed else target_percent
    counted = counters_at(connection, ward.id, period.last + DAY)
    became = heirs(connection, ward.id)
    then, once = (_as_now(found, {row.code for row in rows}, became) for found in (before, earlier))
    lines = [
        Line(
            row,
            row.name or words("report")["unknown"].format(unit=unit),
            then.get(row.code, 0),
            once.get(row.code, 0),
            _of(counted, row.code) if row.code else {},
        )
        for row in rows
    ]
    sums = (sum(line.before for line in lines), sum(line.earlier for line in lines))
    lines.append(Line(total(rows, target), words("report")["total"], *sums, _of(counted, "")))
    grown = [(_covered(end), _covered(end) - _covered(start)) for end, start in zip(ends, starts, strict=True)]
    told = [(title, *each) for title, each in zip([*titles, *others.values()], grown, strict=True)]
    return Report(
        ward,
        unit,
        target,
        period,
        now,
        tuple(lines),
        tuple(told[: len(core)]),
        activity(connection, ward.id, period.start, period.end),
        {topic: (title, end) for topic, (title, end, _) in zip(others, told[len(core) :], strict=True)},
        tuple(praised(connection, ward.id, core, period.start, period.end)),
        sealed,
    )


def _of(counted: Mapping[tuple[str, str], Counter], code: str) -> Mapping[str, Counter]:
    return {kind: counter for (kind, place), counter in counted.items() if place == code}


def _as_now(rows: Sequence[CoverageRow], codes: Collection[str], became: Mapping[str, str]) -> Mapping[str, int]:
    """Return the covered of earlier rows by code, those of a neighbourhood that is no more with what it became."""
    found: Counted[str] = Counted()
    for row in rows:
        code = row.code
        while code not in codes and code in became:
            code = became[code]
        found[code] += row.covered
    return found


def _covered(rows: Sequence[CoverageRow]) -> int:
    """Return how many adults of the ward that is."""
    return sum(row.covered for row in rows)
