"""The ward and its neighbourhoods, with the official count of adults."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Select, select
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.tables import neighbourhoods, wards


@dataclass(frozen=True, slots=True)
class Ward:
    """The ward whose office runs this."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """A neighbourhood of the ward."""

    id: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class NeighbourhoodRow:
    """A neighbourhood as the office typed it in."""

    code: str
    name: str
    adults: int | None
    source: str
    date: dt.date | None


@dataclass(frozen=True, slots=True)
class Saved:
    """How many neighbourhoods were new, and how many were there before."""

    added: int
    changed: int


def ward_of(connection: Connection, code: str, name: str) -> Ward:
    """Return the ward of this code, made or renamed as needed."""
    statement = insert(wards).values(code=code, name=name)
    statement = statement.on_conflict_do_update(index_elements=["code"], set_={"name": name})
    return Ward(connection.execute(statement.returning(wards.c.id)).scalar_one(), code, name)


def _select(ward_id: int) -> Select[int, str, str]:
    return select(neighbourhoods.c.id, neighbourhoods.c.code, neighbourhoods.c.name).where(
        neighbourhoods.c.ward_id == ward_id
    )


def all_of(connection: Connection, ward_id: int) -> list[Neighbourhood]:
    """Return the ward's neighbourhoods in the office's order."""
    statement = _select(ward_id).order_by(neighbourhoods.c.position, neighbourhoods.c.id)
    return [Neighbourhood(*row) for row in connection.execute(statement)]


def by_code(connection: Connection, ward_id: int, code: str) -> Neighbourhood | None:
    """Return the neighbourhood of this code."""
    row = connection.execute(_select(ward_id).where(neighbourhoods.c.code == code)).first()
    return Neighbourhood(*row) if row else None


def save(connection: Connection, ward_id: int, rows: Sequence[NeighbourhoodRow]) -> Saved:
    """Add or change the neighbourhoods of these codes, in this order; others stay as they are."""
    before = {neighbourhood.code for neighbourhood in all_of(connection, ward_id)}
    for position, row in enumerate(rows, 1):
        values = {
            "name": row.name,
            "adults": row.adults,
            "adults_source": row.source,
            "adults_date": row.date,
            "position": position,
        }
        statement = insert(neighbourhoods).values(ward_id=ward_id, code=row.code, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["ward_id", "code"], set_=values))
    changed = sum(row.code in before for row in rows)
    return Saved(added=len(rows) - changed, changed=changed)
