"""What hangs on a neighbourhood that is to be merged or split, to be seen before it is done."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, func, select

from storage.campaigns import OPEN
from storage.counters import Counter, latest
from storage.neighbourhoods import NeighbourhoodRow
from storage.places import Place, to_merge, to_split
from storage.tables import (
    VALID,
    campaigns,
    classes,
    completions,
    help_requests,
    local_warnings,
    members,
    residents,
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


def of_merging(connection: Connection, ward_id: int, code: str, into: str) -> Effect | None:
    """Return what hangs on a neighbourhood; None: it cannot be merged into that one."""
    both = to_merge(connection, ward_id, code, into)
    return _effect(connection, ward_id, both[0]) if both else None


def of_splitting(connection: Connection, ward_id: int, code: str, parts: Sequence[NeighbourhoodRow]) -> Effect | None:
    """Return what hangs on a neighbourhood; None: it cannot be split into these."""
    place = to_split(connection, ward_id, code, parts)
    return _effect(connection, ward_id, place) if place else None


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
