"""Coverage: how many residents of each neighbourhood have a skill, of how many adults."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, select

from storage import live
from storage.neighbourhoods import NeighbourhoodRow
from storage.tables import adult_counts, neighbourhoods
from storage.tallies import Tally, by_place, skills_of

EVER = dt.date(1900, 1, 1)
"""Since when a count without a date holds."""
NOWHERE = NeighbourhoodRow(code="", name="", adults=None, source="", date=None)
NOBODY = Tally()

SMALL = 5
"""Fewer people than this could be guessed: everybody but the office and the team is not told how many they are."""


class CoverageRow(NamedTuple):
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

    @property
    def percent(self) -> int | None:
        """The share in whole percent, rounded down as well."""
        return None if self.adults is None else self.covered * 100 // self.adults


def coverage(
    connection: Connection,
    ward_id: int,
    topics: Sequence[str],
    target_percent: int,
    until: dt.datetime | None = None,
) -> list[CoverageRow]:
    """Return a row for each neighbourhood in the office's order, and one for the residents in none.

    A resident counts who has all of the topics: one topic is a skill, all core topics are basic coverage.
    Counted are adults who agree to it now, each once, where they live now. Nobody has no topics at all.
    With `until`, what they had by then.
    """
    return coverage_by_skill(connection, ward_id, [topics], target_percent, until)[0]


def coverage_by_skill(
    connection: Connection,
    ward_id: int,
    skills: Sequence[Sequence[str]],
    target_percent: int,
    until: dt.datetime | None = None,
) -> list[list[CoverageRow]]:
    """Return the rows of each of these groups of topics."""
    places, day = places_of(connection, ward_id, until), _day_from(until)
    named = skills_of(connection, ward_id, skills)
    if until and day is None:  # tallies tell of whole days
        named = [None] * len(skills)
    tallied = by_place(connection, ward_id, [skill for skill in named if skill], day)
    wanted = [(key, place, _needed(place, target_percent)) for key, place in (*places.items(), (None, NOWHERE))]
    found = []
    for topics, skill in zip(skills, named, strict=True):
        tallies = tallied[skill] if skill else live.counted(connection, ward_id, topics, until)
        found.append([_row(place, needed, tallies.get(key, NOBODY)) for key, place, needed in wanted])
    return found


def total(rows: Sequence[CoverageRow], target_percent: int) -> CoverageRow:
    """Return the figures of the whole ward; its adults are known when those of every neighbourhood are.

    What is missing is counted for the ward as a whole: one neighbourhood's surplus helps another.
    """
    counts = [row.adults for row in rows if row.code]
    known = [count for count in counts if count is not None]
    adults = sum(known) if known and len(known) == len(counts) else None
    tally = Tally(
        joined=sum(row.joined for row in rows),
        learned=sum(row.learned for row in rows),
        covered=sum(row.covered for row in rows),
    )
    return row_of(replace(NOWHERE, adults=adults), tally, target_percent)


def places_of(connection: Connection, ward_id: int, until: dt.datetime | None = None) -> Mapping[int, NeighbourhoodRow]:
    """Return the ward's neighbourhoods as the office typed them in, by id, in the office's order.

    With `until`, with the count of adults that held then.
    """
    columns = neighbourhoods.c
    official = (columns.adults, columns.adults_source, columns.adults_date)
    statement = (
        select(columns.id, columns.code, columns.name, *official, columns.helper, columns.helper_place)
        .where(columns.ward_id == ward_id, columns.ended_on.is_(None))
        .order_by(columns.position, columns.id)
    )
    found = {
        identity: NeighbourhoodRow(code, name, adults, source or "", date, helper, helper_place)
        for identity, code, name, adults, source, date, helper, helper_place in connection.execute(statement).all()
    }
    if until:
        day = until.astimezone(live.HERE).date()
        for identity, count in _held(connection, tuple(found), day).items():
            found[identity] = replace(found[identity], **count)
    return found


def _held(connection: Connection, places: Sequence[int], day: dt.date) -> Mapping[int, dict[str, Any]]:
    """Return the count of adults of each place that held on the day before; of times before any, the first one."""
    c = adult_counts.c
    statement = select(c.neighbourhood_id, c.adults, c.source, c.date).where(c.neighbourhood_id.in_(places))
    held: dict[int, dict[str, Any]] = {}
    for place, adults, source, date in connection.execute(statement.order_by(c.id)):
        if place not in held or (date or EVER) < day:
            held[place] = {"adults": adults, "source": source, "date": date}
    return held


def _day_from(moment: dt.datetime | None) -> dt.date | None:
    """Return the day in Viet Nam that begins at this moment."""
    here = moment.astimezone(live.HERE) if moment else None
    return here.date() if here and here.time() == dt.time() else None


def row_of(place: NeighbourhoodRow, tally: Tally, target_percent: int) -> CoverageRow:
    """Return the row of a neighbourhood and those counted in it."""
    return _row(place, _needed(place, target_percent), tally)


def _needed(place: NeighbourhoodRow, target_percent: int) -> int | None:
    """Return how many the target asks for, rounded up: 80 % of 12 adults are 10 people."""
    return None if place.adults is None else -(-place.adults * target_percent // 100)


def _row(place: NeighbourhoodRow, needed: int | None, tally: Tally) -> CoverageRow:
    joined, learned, covered = tally
    missing = None if needed is None else max(needed - covered, 0)
    return CoverageRow(
        place.code, place.name, joined, learned, covered, place.adults, place.source, place.date, missing
    )
