"""Neighbourhoods change: renamed, merged, split; by which document; what they were before, and what was moved."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, func, insert, literal, select, update

from storage import campaigns
from storage.neighbourhoods import NeighbourhoodRow, save
from storage.tables import (
    adult_counts,
    classes,
    help_requests,
    local_warnings,
    members,
    neighbourhoods,
    place_changes,
    place_moves,
    residents,
    staff,
)

_c = neighbourhoods.c
Place = Row[*tuple[Any, ...]]
Count = tuple[int | None, str, dt.date | None]
"""Adults of a neighbourhood, with source and date."""
MOVED = (residents, members, classes, help_requests, local_warnings)
"""What hangs on a neighbourhood and goes with its residents; invitations lead to its heir by themselves."""


@dataclass(frozen=True, slots=True)
class Order:
    """By what a change is made."""

    date: dt.date  # from when on
    source: str  # the document
    staff_id: int | None
    at: dt.datetime  # when it is noted


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a neighbourhood."""

    obstacle: str  # why it cannot be taken back, a word that has its sentence; empty: it can
    places: tuple[int, ...]  # all it touches, its own first
    id: int
    kind: str  # one of tables.PLACE_CHANGES
    code: str
    before: str
    after: str
    date: dt.date
    source: str
    at: dt.datetime | None  # when it was noted; none: before it was kept what a change moved
    adult_count_id: int | None  # what a merger gave the other one
    undone_at: dt.datetime | None
    undone_by: str | None


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


def merge(connection: Connection, ward_id: int, code: str, into: str, order: Order) -> bool:
    """Merge a neighbourhood into another one: residents, team, classes and links go there, and adults are added up.

    Open campaigns and warnings go there too. Adults are unknown afterwards where one of the two counts was.
    False: there are no two such neighbourhoods.
    """
    both = to_merge(connection, ward_id, code, into, hold=True)
    if both is None:
        return False
    place, target = both
    end(connection, place.id, order.date, target.id)
    known = place.adults is not None and target.adults is not None
    adults = place.adults + target.adults if known else None
    count = give(connection, target.id, (adults, order.source, order.date))
    change = _note(connection, ward_id, place, "merged", target.name, order, [target.id], count)
    for table in MOVED:
        _move(connection, change, table, table.c.neighbourhood_id == place.id, neighbourhood_id=target.id)
    _keep(connection, change, campaigns.move(connection, ward_id, place.id, [target.id], order.at))
    return True


def split(connection: Connection, ward_id: int, code: str, parts: Sequence[NeighbourhoodRow], order: Order) -> bool:
    """Split a neighbourhood into new ones. Nobody knows who lives in which: they are asked, and in none until then.

    For the same reason its team's work ends, with its campaigns; the office's campaigns mean all the new ones.
    False: there is no such neighbourhood, or a new one is known already.
    """
    place = to_split(connection, ward_id, code, parts, hold=True)
    if place is None:
        return False
    end(connection, place.id, order.date, None)
    save(connection, ward_id, parts)
    new = update(neighbourhoods).where(_c.code.in_([part.code for part in parts]), _c.ward_id == ward_id)
    anew = {"ended_on": None, "successor_id": None, "helper": None, "helper_place": None}
    heirs = sorted(connection.scalars(new.values(position=place.position, **anew).returning(_c.id)))
    change = _note(connection, ward_id, place, "split", ", ".join(part.name for part in parts), order, heirs)
    for table in (residents, help_requests, local_warnings):
        _move(connection, change, table, table.c.neighbourhood_id == place.id, neighbourhood_id=None)
    working = (members.c.neighbourhood_id == place.id) & members.c.until.is_(None)
    _move(connection, change, members, working, until=order.at)
    _keep(connection, change, campaigns.move(connection, ward_id, place.id, heirs, order.at))
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
    """Return the neighbourhood that can be split into these; None: there is no such one, or a new one is known.

    A code is free again whose neighbourhood is there by no change that holds: its split was taken back.
    """
    place = _place(connection, ward_id, code, hold)
    known = select(_c.id, _c.ended_on).where(_c.ward_id == ward_id, _c.code.in_([part.code for part in parts]))
    holding = {one for change in changes(connection, ward_id) if not change.undone_at for one in change.places}
    if place is None or any(row.ended_on is None or row.id in holding for row in connection.execute(known)):
        return None
    return None if _taken(connection, ward_id, [part.name for part in parts], place.id) else place


def changes(connection: Connection, ward_id: int) -> list[Change]:
    """Return what became of the ward's neighbourhoods, the latest first, and whether it can be taken back."""
    c = place_changes.c
    told = (c.id, c.kind, _c.code, c.before, c.after, c.date, c.source, c.at, c.adult_count_id)
    statement = (
        select(*told, c.undone_at, staff.c.name, c.places)
        .select_from(place_changes.join(neighbourhoods, _c.id == c.neighbourhood_id))
        .outerjoin(staff, staff.c.id == c.undone_by)
        .where(c.ward_id == ward_id)
        .order_by(c.id.desc())
    )
    here = select(_c.name, _c.id).where(_c.ward_id == ward_id, _c.ended_on.is_(None))
    named = dict(connection.execute(here).all())
    found, later = [], set[int]()
    for *row, touched in connection.execute(statement):
        change = Change("", tuple(map(int, touched.split())), *row)
        found.append(replace(change, obstacle=_obstacle(change, later, named)))
        later.update(() if change.undone_at else change.places)
    return sorted(found, key=lambda change: (change.date, change.id), reverse=True)


def _obstacle(change: Change, later: Collection[int], named: Mapping[str, int]) -> str:
    """Return why a change cannot be taken back, by what was changed later and who bears which name now."""
    if change.undone_at:
        return "undone"
    if change.at is None and change.kind != "renamed":
        return "old"
    if any(one in later for one in change.places):
        return "later"
    return "" if named.get(change.before, change.places[0]) in change.places else "taken"


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


def end(connection: Connection, place: int, date: dt.date | None, successor: int | None) -> None:
    """End a neighbourhood, which became the successor, if any; without a date: let it be there again."""
    ended = update(neighbourhoods).where(_c.id == place).values(ended_on=date, successor_id=successor)
    connection.execute(ended)


def give(connection: Connection, place: int, count: Count) -> int:
    """Let a count of adults hold from now on; return its id among all that held once."""
    adults, source, date = count
    official = {"adults": adults, "adults_source": source, "adults_date": date}
    connection.execute(update(neighbourhoods).where(_c.id == place).values(official))
    kept = insert(adult_counts).values(neighbourhood_id=place, adults=adults, source=source, date=date)
    given: int = connection.execute(kept.returning(adult_counts.c.id)).scalar_one()
    return given


def moved_id(table: Table) -> ColumnElement[int]:
    """Return the column of `place_moves` that names rows of this table."""
    return next(column for column in place_moves.c if column.references(table.c.id))


def _move(connection: Connection, change: int, table: Table, which: ColumnElement[bool], **values: object) -> None:
    """Change these rows of a table, and keep which they were."""
    kept = select(literal(change), table.c.id).where(which)
    connection.execute(insert(place_moves).from_select([place_moves.c.place_change_id, moved_id(table)], kept))
    connection.execute(update(table).where(which).values(**values))


def _keep(connection: Connection, change: int, moved: Sequence[tuple[int, str]]) -> None:
    """Keep which campaigns were moved or stopped, and what they were."""
    if moved:
        values = [{"place_change_id": change, "campaign_id": campaign, "before": before} for campaign, before in moved]
        connection.execute(insert(place_moves), values)


def _note(
    connection: Connection,
    ward_id: int,
    place: Place,
    kind: str,
    after: str,
    order: Order,
    others: Sequence[int] = (),
    count: int | None = None,
) -> int:
    values = {"ward_id": ward_id, "neighbourhood_id": place.id, "kind": kind, "before": place.name, "after": after}
    by = {"date": order.date, "source": order.source, "staff_id": order.staff_id, "at": order.at}
    touched = {"places": " ".join(map(str, (place.id, *others))), "adult_count_id": count}
    noted = insert(place_changes).values(**values, **by, **touched).returning(place_changes.c.id)
    made: int = connection.execute(noted).scalar_one()
    return made
