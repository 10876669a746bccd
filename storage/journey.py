"""How residents come to have a skill: how many began, who has it since when, at what age and by which channel."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import CompoundSelect, Connection, bindparam, func, select, union_all

from storage.tables import neighbourhoods, tallies

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Journey:
    """The way to a skill, as coverage does not tell of it: of the whole ward, or of one neighbourhood."""

    started: int  # opened one of the topics, or got further
    covered: int
    observed: int  # were seen doing all of them
    ages: Mapping[str, int]  # the covered by age band
    channels: Mapping[str, int]  # the covered by the channel on which the last of the topics was proved
    days: Mapping[dt.date, int]  # how many came to be covered on each day, since the day asked for


def journey(connection: Connection, ward_id: int, skill: str, since: dt.date, code: str | None = None) -> Journey:
    """Return the way of the residents who count; of a neighbourhood by its code, empty: of those in none."""
    where = "ward" if code is None else "place" if code else "nowhere"
    given = {"ward_id": ward_id, "skill": skill, "since": since, "code": code}
    begun = seen = 0
    ages: Counter[str] = Counter()
    channels: Counter[str] = Counter()
    days: Counter[dt.date] = Counter()
    for day, age, channel, started, covered, observed in connection.execute(_journey(where), given).all():
        if day:
            days[day] += int(covered)
        elif age:
            ages[age] += int(covered)
            channels[channel] += int(covered)
        else:
            begun, seen = int(started), int(observed)
    return Journey(begun, sum(ages.values()), seen, _told(ages), _told(channels), _told(days))


@cache
def _journey(where: str) -> CompoundSelect[Any]:
    """Return the statement, whose making would take as long as its answer."""
    c = tallies.c
    people = [func.sum(c[name]) for name in ("started", "covered", "observed")]
    of_ward = c.ward_id == bindparam("ward_id")
    statement = select(c.day, c.age_band, c.channel, *people).where(of_ward, c.skill == bindparam("skill"))
    if where == "place":
        n = neighbourhoods.c
        own = select(n.id).where(n.ward_id == bindparam("ward_id"), n.code == bindparam("code"))
        statement = statement.where(c.neighbourhood_id == own.scalar_subquery())
    elif where == "nowhere":
        statement = statement.where(c.neighbourhood_id.is_(None))
    statement = statement.group_by(c.day, c.age_band, c.channel)
    # one after the other, or SQLite would look through the days before as well
    return union_all(statement.where(c.day.is_(None)), statement.where(c.day >= bindparam("since")))


def _told(found: Counter[Key]) -> Mapping[Key, int]:
    return {key: people for key, people in found.items() if people}
