"""Coverage: how many residents of each neighbourhood have a skill, counted live from the ledger of completions."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Subquery, and_, case, distinct, func, select

from storage.neighbourhoods import NeighbourhoodRow
from storage.tables import ADULT_BANDS, COVERING_GRADES, completions, neighbourhoods, residents


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """The figures of one neighbourhood; of the residents in none when the code is empty; or of the whole ward."""

    code: str
    name: str
    joined: int  # adult residents who agreed to be counted
    learned: int  # of these, who have every topic with any evidence
    covered: int  # of these, who have every topic with evidence that covers: passed or observed
    adults: int | None  # the official count, None while it is unknown
    source: str  # where that count was read
    date: dt.date | None  # of that count
    missing: int | None  # how many more must be covered to reach the target, None while adults are unknown

    @property
    def share(self) -> float | None:
        """The covered of the adults, 0.691 for 69.1 %; rounded down: 80 % is not shown before it is reached."""
        return None if self.adults is None else self.covered * 1000 // self.adults / 1000


@dataclass(frozen=True, slots=True)
class _Tally:
    joined: int = 0
    learned: int = 0
    covered: int = 0


def coverage(connection: Connection, ward_id: int, topics: Sequence[str], target_percent: int) -> list[CoverageRow]:
    """Return a row for each neighbourhood in the office's order, and one for the residents in none.

    A resident counts who has all of the topics: one topic is a skill, all core topics are basic coverage.
    Counted are adults who agree to it now, each once, where they live now. Nobody has no topics at all.
    """
    tallies = _tallies(connection, ward_id, topics)
    rows = [
        _row(place, tallies.pop(identity, _Tally()), target_percent)
        for identity, place in places_of(connection, ward_id).items()
    ]
    nowhere = NeighbourhoodRow(code="", name="", adults=None, source="", date=None)
    return [*rows, _row(nowhere, tallies.pop(None, _Tally()), target_percent)]


def total(rows: Sequence[CoverageRow], target_percent: int) -> CoverageRow:
    """Return the figures of the whole ward; its adults are known when those of every neighbourhood are.

    What is missing is counted for the ward as a whole: one neighbourhood's surplus helps another.
    """
    counts = [row.adults for row in rows if row.code]
    known = [count for count in counts if count is not None]
    adults = sum(known) if known and len(known) == len(counts) else None
    tally = _Tally(
        joined=sum(row.joined for row in rows),
        learned=sum(row.learned for row in rows),
        covered=sum(row.covered for row in rows),
    )
    return _row(NeighbourhoodRow(code="", name="", adults=adults, source="", date=None), tally, target_percent)


def places_of(connection: Connection, ward_id: int) -> Mapping[int, NeighbourhoodRow]:
    """Return the ward's neighbourhoods as the office typed them in, by id, in the office's order."""
    columns = neighbourhoods.c
    statement = (
        select(columns.id, columns.code, columns.name, columns.adults, columns.adults_source, columns.adults_date)
        .where(columns.ward_id == ward_id)
        .order_by(columns.position, columns.id)
    )
    return {
        identity: NeighbourhoodRow(code, name, adults, source or "", date)
        for identity, code, name, adults, source, date in connection.execute(statement)
    }


def _tallies(connection: Connection, ward_id: int, topics: Sequence[str]) -> dict[int | None, _Tally]:
    """Return the residents counted in each neighbourhood, by its id; by None those in no neighbourhood."""
    ledger = _ledger(topics)
    wanted = len(set(topics))
    statement = (
        select(
            residents.c.neighbourhood_id,
            func.count(),
            _count_where(ledger.c.topics == wanted),
            _count_where(ledger.c.covering == wanted),
        )
        .select_from(residents.outerjoin(ledger, ledger.c.resident_id == residents.c.id))
        .where(and_(residents.c.ward_id == ward_id, residents.c.counted, residents.c.age_band.in_(ADULT_BANDS)))
        .group_by(residents.c.neighbourhood_id)
    )
    return {identity: _Tally(*counts) for identity, *counts in connection.execute(statement)}


def _ledger(topics: Sequence[str]) -> Subquery:
    """Return how many of the topics each resident has, with any evidence and with evidence that covers."""
    covering = case((completions.c.grade.in_(COVERING_GRADES), completions.c.topic))
    return (
        select(
            completions.c.resident_id,
            func.count(distinct(completions.c.topic)).label("topics"),
            func.count(distinct(covering)).label("covering"),
        )
        .where(completions.c.topic.in_(topics))
        .group_by(completions.c.resident_id)
        .subquery()
    )


def _count_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _row(place: NeighbourhoodRow, tally: _Tally, target_percent: int) -> CoverageRow:
    missing = None
    if place.adults is not None:
        needed = -(-place.adults * target_percent // 100)  # rounded up: 80 % of 12 adults are 10 people
        missing = max(needed - tally.covered, 0)
    return CoverageRow(
        place.code,
        place.name,
        tally.joined,
        tally.learned,
        tally.covered,
        place.adults,
        place.source,
        place.date,
        missing,
    )
