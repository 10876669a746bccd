"""What hangs on a neighbourhood that is to be merged or split, or that was, to be seen before it is done or undone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, func, select, true

from storage.campaigns import OPEN
from storage.counters import Counter, latest
from storage.neighbourhoods import NeighbourhoodRow
from storage.place_undo import NO_COUNT, count_before, going_back, to_undo, working_again
from storage.places import MOVED, Change, Count, Place, to_merge, to_split
from storage.tables import (
    VALID,
    campaigns,
    classes,
    completions,
    help_requests,
    local_warnings,
    members,
    neighbourhoods,
    residents,
    seals,
)


@dataclass(frozen=True, slots=True)
class Effect:
    """How much of a neighbourhood goes elsewhere, ends or stays behind."""

    name: str
    residents: int
    completions: int  # that count
    members: int  # of the team
    classes: int
    own_campaigns: int  # open ones of the team
    office_campaigns: int  # open ones of the office for chosen neighbourhoods
    asking: int  # neighbours who wait for the team
    warnings: int
    counters: tuple[Counter, ...]  # what was counted elsewhere, the latest of each kind


@dataclass(frozen=True, slots=True)
class Undoing:
    """How much comes back when a change is taken back."""

    change: Change
    names: tuple[str, ...]  # as they are now: of the other one of a merger, of the parts, or its own
    moved: Mapping[str, int]  # what goes back, by the names of the tables; of members and requests, those that are open
    count: Count | None  # of adults of the other one; None: a newer one was typed in since, which stays
    sealed: int  # months sealed since


def of_merging(connection: Connection, ward_id: int, code: str, into: str) -> Effect | None:
    """Return what hangs on a neighbourhood; None: it cannot be merged into that one."""
    both = to_merge(connection, ward_id, code, into)
    return _effect(connection, ward_id, both[0]) if both else None


def of_splitting(connection: Connection, ward_id: int, code: str, parts: Sequence[NeighbourhoodRow]) -> Effect | None:
    """Return what hangs on a neighbourhood; None: it cannot be split into these."""
    place = to_split(connection, ward_id, code, parts)
    return _effect(connection, ward_id, place) if place else None


def of_undoing(connection: Connection, ward_id: int, change_id: int) -> Undoing | None:
    """Return what comes back with a change; None: it cannot be taken back."""
    change = to_undo(connection, ward_id, change_id)
    if change is None:
        return None
    others = change.places[1:] or change.places
    called = select(neighbourhoods.c.name).where(neighbourhoods.c.id.in_(others)).order_by(neighbourhoods.c.id)
    names = tuple(connection.scalars(called))
    if change.kind == "renamed":
        return Undoing(change, names, {}, NO_COUNT, 0)
    moved = {}
    still = {members: members.c.until.is_(None), help_requests: help_requests.c.status == "open"}
    for table in MOVED:
        back = going_back(table, change) & still.get(table, true())
        if table is members and change.kind == "split":
            back |= working_again(change)
        moved[table.name] = connection.execute(select(func.count()).select_from(table).where(back)).scalar_one()
    since = select(func.count()).where(seals.c.ward_id == ward_id, seals.c.at >= change.at)
    count = count_before(connection, change) if change.kind == "merged" else NO_COUNT
    return Undoing(change, names, moved, count, connection.execute(since).scalar_one())


def _effect(connection: Connection, ward_id: int, place: Place) -> Effect:
    def count(table: Table, *where: ColumnElement[bool]) -> int:
        here = select(func.count()).select_from(table).where(table.c.neighbourhood_id == place.id, *where)
        return connection.execute(here).scalar_one()

    learnt = select(func.count()).select_from(completions.join(residents))
    meant = select(campaigns.c.places).where(campaigns.c.ward_id == ward_id, campaigns.c.status.in_(OPEN))
    seen = latest(connection, ward_id)
    return Effect(
        place.name,
        count(residents),
        connection.execute(learnt.where(residents.c.neighbourhood_id == place.id, VALID)).scalar_one(),
        count(members, members.c.until.is_(None)),
        count(classes),
        count(campaigns, campaigns.c.status.in_(OPEN)),
        sum(str(place.id) in places.split() for places in connection.scalars(meant)),
        count(help_requests, help_requests.c.status == "open"),
        count(local_warnings),
        tuple(counter for (_, code), counter in seen.items() if code == place.code),
    )
