"""Neighbourhoods change: renamed, merged, split; from which day on, by which document; and what they were before."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from storage import campaigns
from storage.neighbourhoods import NeighbourhoodRow, save
from storage.tables import (
    adult_counts,
    classes,
    help_requests,
    invitations,
    local_warnings,
    members,
    neighbourhoods,
    place_changes,
    residents,
)

_c = neighbourhoods.c
Place = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Order:
    """By what a change is made."""

    date: dt.date  # from when on
    source: str  # the document
    staff_id: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a neighbourhood."""

    kind: str  # one of tables.PLACE_CHANGES
    code: str
    before: str
    after: str
    date: dt.date
    source: str


@dataclass(frozen=True, slots=True)
class AdultCount:
    """A count of adults that held once, or holds now."""

    name: str  # of the neighbourhood, as it is called now
    adults: int | None
    source: str
    date: dt.date | None


def rename(connection: Connection, ward_id: int, code: str, name: str, order: Order) -> bool:
    """Give a neighbourhood another name; False: there is no such one, or the name is taken."""
    place = _place(connection, ward_id, code, hold=True)
    if place is None or _taken(connection, ward_id, [name], place.id):
        return False
    connection.execute(update(neighbourhoods).where(_c.id == place.id).values(name=name))
    _note(connection, ward_id, place, "renamed", name, order)
    return True


def merge(connection: Connection, ward_id: int, code: str, into: str, order: Order, now: dt.datetime) -> bool:
    """Merge a neighbourhood into another one: residents, team, classes and links go there, and adults are added up.

    Open campaigns and warnings go there too. Adults are unknown afterwards where one of the two counts was.
    False: there are no two such neighbourhoods.
    """
    both = to_merge(connection, ward_id, code, into, hold=True)
    if both is None:
        return False
    place, target = both
    _end(connection, place.id, order.date, target.id)
    for table in (residents, members, invitations, classes, help_requests, local_warnings):
        moved = update(table).where(table.c.neighbourhood_id == place.id)
        connection.execute(moved.values(neighbourhood_id=target.id))
    campaigns.move(connection, ward_id, place.id, [target.id], now)
    known = place.adults is not None and target.adults is not None
    count = {"adults": place.adults + target.adults if known else None, "source": order.source, "date": order.date}
    official = {"adults": count["adults"], "adults_source": order.source, "adults_date": order.date}
    connection.execute(update(neighbourhoods).where(_c.id == target.id).values(official))
    connection.execute(insert(adult_counts).values(neighbourhood_id=target.id, **count))
    _note(connection, ward_id, place, "merged", target.name, order)
    return True


def split(
    connection: Connection, ward_id: int, code: str, parts: Sequence[NeighbourhoodRow], order: Order, now: dt.datetime
) -> bool:
    """Split a neighbourhood into new ones. Nobody knows who lives in which: they are asked, and in none until then.

    For the same reason its team's work ends, with its campaigns; the office's campaigns mean all the new ones.
    False: there is no such neighbourhood, or a new one is known already.
    """
    place = to_split(connection, ward_id, code, parts, hold=True)
    if place is None:
        return False
    _end(connection, place.id, order.date, None)
    for table in (residents, help_requests, local_warnings):
        moved = update(table).where(table.c.neighbourhood_id == place.id)
        connection.execute(moved.values(neighbourhood_id=None))
    left = update(members).where(members.c.neighbourhood_id == place.id, members.c.until.is_(None))
    connection.execute(left.values(until=now))
    unused = delete(invitations).where(invitations.c.neighbourhood_id == place.id, invitations.c.used_at.is_(None))
    connection.execute(unused)
    save(connection, ward_id, parts)
    new = _c.code.in_([part.code for part in parts]), _c.ward_id == ward_id
    connection.execute(update(neighbourhoods).where(*new).values(position=place.position))
    campaigns.move(connection, ward_id, place.id, connection.scalars(select(_c.id).where(*new)).all(), now)
    _note(connection, ward_id, place, "split", ", ".join(part.name for part in parts), order)
    return True


def to_merge(
    connection: Connection, ward_id: int, code: str, into: str, hold: bool = False
) -> tuple[Place, Place] | None:
    """Return the two neighbourhoods of a merger, held until the commit where asked; None: there are no two such."""
    place, target = (_place(connection, ward_id, one, hold) for one in (code, into))
    return None if place is None or target is None or place.id == target.id else (place, target)


def to_split(
    connection: Connection, ward_id: int, code: str, parts: Sequence[NeighbourhoodRow], hold: bool = False
) -> Place | None:
    """Return the neighbourhood that can be split into these; None: there is no such one, or a new one is known."""
    place = _place(connection, ward_id, code, hold)
    known = select(_c.id).where(_c.ward_id == ward_id, _c.code.in_([part.code for part in parts]))
    if place is None or connection.execute(known).first():
        return None
    return None if _taken(connection, ward_id, [part.name for part in parts], place.id) else place


def changes(connection: Connection, ward_id: int) -> list[Change]:
    """Return what became of the ward's neighbourhoods, the latest first."""
    c = place_changes.c
    statement = (
        select(c.kind, _c.code, c.before, c.after, c.date, c.source)
        .join(neighbourhoods, _c.id == c.neighbourhood_id)
        .where(c.ward_id == ward_id)
        .order_by(c.date.desc(), c.id.desc())
    )
    return [Change(*row) for row in connection.execute(statement)]


def adult_history(connection: Connection, ward_id: int) -> list[AdultCount]:
    """Return the counts of adults that held once, where there was more than one, by neighbourhood, the latest first."""
    c = adult_counts.c
    several = select(c.neighbourhood_id).group_by(c.neighbourhood_id).having(func.count() > 1)
    statement = (
        select(_c.name, c.adults, c.source, c.date)
        .join(neighbourhoods, _c.id == c.neighbourhood_id)
        .where(_c.ward_id == ward_id, c.neighbourhood_id.in_(several))
        .order_by(_c.position, _c.id, c.id.desc())
    )
    return [AdultCount(*row) for row in connection.execute(statement)]


def heirs(connection: Connection, ward_id: int) -> Mapping[str, str]:
    """Return by the code of each neighbourhood that is no more the code of the one it became; empty: it was split."""
    successor = neighbourhoods.alias()
    statement = (
        select(_c.code, successor.c.code)
        .select_from(neighbourhoods.outerjoin(successor, successor.c.id == _c.successor_id))
        .where(_c.ward_id == ward_id, _c.ended_on.is_not(None))
    )
    return {code: heir or "" for code, heir in connection.execute(statement)}


def was_split(connection: Connection, ward_id: int, code: str) -> bool:
    """Return whether this is the code of a neighbourhood that was split, or of one that was merged into it."""
    became = heirs(connection, ward_id)
    while became.get(code):
        code = became[code]
    return became.get(code) == ""


def _place(connection: Connection, ward_id: int, code: str, hold: bool) -> Place | None:
    """Return a neighbourhood that there is now, held until the commit where asked."""
    statement = select(neighbourhoods).where(_c.ward_id == ward_id, _c.code == code, _c.ended_on.is_(None))
    return connection.execute(statement.with_for_update() if hold else statement).first()


def _taken(connection: Connection, ward_id: int, names: Sequence[str], own: int) -> bool:
    there = select(_c.id).where(_c.ward_id == ward_id, _c.name.in_(names), _c.ended_on.is_(None), _c.id != own)
    return connection.execute(there).first() is not None


def _end(connection: Connection, place: int, date: dt.date, successor: int | None) -> None:
    ended = update(neighbourhoods).where(_c.id == place).values(ended_on=date, successor_id=successor)
    connection.execute(ended)


def _note(connection: Connection, ward_id: int, place: Place, kind: str, after: str, order: Order) -> None:
    values = {"ward_id": ward_id, "neighbourhood_id": place.id, "kind": kind, "before": place.name, "after": after}
    by = {"date": order.date, "source": order.source, "staff_id": order.staff_id}
    connection.execute(insert(place_changes).values(**values, **by))
