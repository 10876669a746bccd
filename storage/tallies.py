"""Tallies: how many adults of each neighbourhood came how far, read from the rows that the triggers write."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, delete, func, insert, select, text

from storage import triggers
from storage.tables import BASIC, attainments, core_topics, residents, tallies

COUNTED = triggers.PEOPLE
_c = tallies.c
_KIND = (_c.ward_id, _c.neighbourhood_id, _c.skill, _c.day, _c.age_band, _c.channel)


class Tally(NamedTuple):
    """How many adults of one neighbourhood came how far."""

    joined: int = 0
    learned: int = 0
    covered: int = 0


def agree(connection: Connection, ward_id: int, topics: Collection[str]) -> bool:
    """Let basic coverage ask for these topics; return whether it asked for others before, and was counted anew."""
    if connection.dialect.name == "postgresql":  # nobody completes a topic half way between the two
        connection.execute(text("LOCK TABLE core_topics IN ACCESS EXCLUSIVE MODE"))
    if set(topics) == core_of(connection, ward_id):
        return False
    connection.execute(delete(core_topics).where(core_topics.c.ward_id == ward_id))
    if topics:
        connection.execute(insert(core_topics), [{"ward_id": ward_id, "topic": topic} for topic in set(topics)])
    here = select(residents.c.id).where(residents.c.ward_id == ward_id)
    connection.execute(delete(attainments).where(attainments.c.skill == BASIC, attainments.c.resident_id.in_(here)))
    connection.execute(text(triggers.basic_attainment("r.ward_id = :ward")), {"ward": ward_id})
    return True


def core_of(connection: Connection, ward_id: int) -> frozenset[str]:
    """Return the topics that basic coverage asks for."""
    return frozenset(connection.scalars(select(core_topics.c.topic).where(core_topics.c.ward_id == ward_id)))


def skills_of(connection: Connection, ward_id: int, wanted: Sequence[Sequence[str]]) -> list[str | None]:
    """Return the skill that each of these lists of topics makes up; None: no such one is tallied."""
    core = core_of(connection, ward_id)
    found: list[str | None] = []
    for topics in wanted:
        one = set(topics)
        found.append(topics[0] if len(one) == 1 else BASIC if one and one == core else None)
    return found


def by_place(
    connection: Connection, ward_id: int, skills: Collection[str], until: dt.date | None = None
) -> Mapping[str, Mapping[int | None, Tally]]:
    """Return the tallies of each skill by neighbourhood, by None of those in none; `until`: of the days before."""
    given = {"ward_id": ward_id, "skills": ["", *skills], "until": until}
    rows = connection.execute(_by_place(until is not None), given).all()
    everybody = {place: Tally(joined) for skill, place, joined, _, _ in rows if not skill}
    found: dict[str, dict[int | None, Tally]] = {skill: dict(everybody) for skill in skills}
    for skill, place, _, learned, covered in rows:
        if skill and place in everybody:
            found[skill][place] = Tally(everybody[place].joined, learned, covered)
    return found


@cache
def _by_place(dated: bool) -> Select[Any]:
    """Return the statement, whose making would take as long as its answer."""
    when = (_c.day < bindparam("until"),) if dated else (_c.day.is_(None), _c.age_band == "")
    return (
        select(_c.skill, _c.neighbourhood_id, *(func.sum(_c[name]) for name in Tally._fields))
        .where(_c.ward_id == bindparam("ward_id"), _c.skill.in_(bindparam("skills", expanding=True)), *when)
        .group_by(_c.skill, _c.neighbourhood_id)
    )


def fold(connection: Connection) -> int:
    """Make one row of all that say the same of different people; return how many rows there are fewer."""
    sums = [func.sum(_c[name]).label(name) for name in COUNTED]
    columns = [column.name for column in _KIND] + list(COUNTED)
    before = connection.execute(select(func.count()).select_from(tallies)).scalar_one()
    if connection.dialect.name == "postgresql":  # in one statement: rows that others write meanwhile stay as they are
        gone = delete(tallies).returning(tallies).cte("gone")
        kind = [gone.c[column.name] for column in _KIND]
        kept = select(*kind, *(func.sum(gone.c[name]) for name in COUNTED)).group_by(*kind)
        connection.execute(insert(tallies).from_select(columns, kept.order_by(text(triggers.ORDER))))
    else:
        last = connection.execute(select(func.max(_c.id))).scalar() or 0
        kept = select(*_KIND, *sums).where(_c.id <= last).group_by(*_KIND).order_by(text(triggers.ORDER))
        connection.execute(insert(tallies).from_select(columns, kept))
        connection.execute(delete(tallies).where(_c.id <= last))
    nothing = [_c[name] == 0 for name in COUNTED]
    connection.execute(delete(tallies).where(*nothing))
    after = connection.execute(select(func.count()).select_from(tallies)).scalar_one()
    return int(before - after)


def recount(connection: Connection) -> int:
    """Count everything anew from the facts, the triggers laid anew; return how many figures were wrong before."""
    before = _figures(connection)
    triggers.remove(connection)
    for table in (tallies, attainments):
        connection.execute(delete(table))
    for statement in triggers.everything(connection.dialect.name):
        connection.exec_driver_sql(statement)
    triggers.install(connection)
    after = _figures(connection)
    return len(set(before.items()) ^ set(after.items()))


def _figures(connection: Connection) -> Mapping[tuple[object, ...], tuple[int, ...]]:
    """Return the tallies added up by kind; only those that say something."""
    statement = select(*_KIND, *(func.sum(_c[name]) for name in COUNTED)).group_by(*_KIND)
    size = len(_KIND)
    rows = ((tuple(row[:size]), tuple(map(int, row[size:]))) for row in connection.execute(statement))
    return {kind: people for kind, people in rows if any(people)}
