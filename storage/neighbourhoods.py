"""The ward and its neighbourhoods, with the official count of adults."""

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from sqlalchemy import Connection, Select, bindparam, case, select
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.tables import adult_counts, neighbourhoods, wards


@dataclass(frozen=True, slots=True)
class Ward:
    """The ward whose office runs this."""

    id: int
    code: str
    name: str
    key: str = field(default="", repr=False)  # seals the names of pictures that are nobody's to guess


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
    helper: str | None = None  # whom to meet; none: not told, and what is known stays
    helper_place: str | None = None


@dataclass(frozen=True, slots=True)
class Helper:
    """Who helps residents of a neighbourhood, and where."""

    name: str
    place: str


def ward_of(connection: Connection, code: str, name: str) -> Ward:
    """Return the ward of this code, made or renamed as needed."""
    key = secrets.token_urlsafe(24)
    statement = insert(wards).values(code=code, name=name, key=key)
    kept = case((wards.c.key == "", key), else_=wards.c.key)
    statement = statement.on_conflict_do_update(index_elements=["code"], set_={"name": name, "key": kept})
    row = connection.execute(statement.returning(wards.c.id, wards.c.key)).one()
    return Ward(row.id, code, name, row.key)


def _select(ward_id: int) -> Select[int, str, str]:
    return select(neighbourhoods.c.id, neighbourhoods.c.code, neighbourhoods.c.name).where(
        neighbourhoods.c.ward_id == ward_id
    )


def _now(ward_id: int) -> Select[int, str, str]:
    return _select(ward_id).where(neighbourhoods.c.ended_on.is_(None))


def all_of(connection: Connection, ward_id: int) -> list[Neighbourhood]:
    """Return the ward's neighbourhoods in the office's order."""
    statement = _now(ward_id).order_by(neighbourhoods.c.position, neighbourhoods.c.id)
    return [Neighbourhood(*row) for row in connection.execute(statement)]


def by_code(connection: Connection, ward_id: int, code: str) -> Neighbourhood | None:
    """Return the neighbourhood of this code, or the one it was merged into: old links and posters lead there."""
    known = connection.execute(_of_code, {"ward": ward_id, "code": code}).first()
    if known and not known.ended_on:
        return Neighbourhood(*known[:3])
    identity = heir(connection, known.successor_id) if known else None
    row = connection.execute(_now(ward_id).where(neighbourhoods.c.id == identity)).first() if identity else None
    return Neighbourhood(*row) if row else None


_of_code = select(
    *(neighbourhoods.c[name] for name in ("id", "code", "name", "ended_on", "successor_id")),
).where(neighbourhoods.c.ward_id == bindparam("ward"), neighbourhoods.c.code == bindparam("code"))


def heir(connection: Connection, neighbourhood_id: int | None) -> int | None:
    """Return the neighbourhood that this one has become; None: it was split, and nobody knows who lives where."""
    statement = select(neighbourhoods.c.ended_on, neighbourhoods.c.successor_id)
    while neighbourhood_id is not None:
        row = connection.execute(statement.where(neighbourhoods.c.id == neighbourhood_id)).first()
        if row is None or row.ended_on is None:
            break
        neighbourhood_id = row.successor_id
    return neighbourhood_id


def helper_of(connection: Connection, neighbourhood_id: int | None) -> Helper:
    """Return who helps in the neighbourhood, and where; empty where nobody is named."""
    statement = select(neighbourhoods.c.helper, neighbourhoods.c.helper_place)
    row = connection.execute(statement.where(neighbourhoods.c.id == neighbourhood_id)).first()
    return Helper(row[0] or "", row[1] or "") if row else Helper("", "")


def save(connection: Connection, ward_id: int, rows: Sequence[NeighbourhoodRow]) -> None:
    """Add or change the neighbourhoods of these codes; others stay as they are.

    They stand in this order if these are all; where some are left out, each stays in its place and new ones come last.
    """
    counted = _counted(connection, ward_id)
    c = neighbourhoods.c
    now = select(c.code, c.position).where(c.ward_id == ward_id, c.ended_on.is_(None))
    places = {row.code: row.position for row in connection.execute(now)}
    whole, last = places.keys() <= {row.code for row in rows}, max(places.values(), default=0)
    typed = []
    for number, row in enumerate(rows, 1):
        values: dict[str, object] = {
            "ward_id": ward_id,
            "code": row.code,
            "name": row.name,
            "adults": row.adults,
            "adults_source": row.source,
            "adults_date": row.date,
            "position": number if whole else places.get(row.code, last + number),
        }
        told = {"helper": row.helper, "helper_place": row.helper_place}
        typed.append(values | {name: value or None for name, value in told.items() if value is not None})
    ids: dict[str, int] = {}
    for columns, alike in groupby(typed, key=tuple):  # those that tell the same are written together
        statement = insert(neighbourhoods)
        changed = {name: statement.excluded[name] for name in columns if name not in ("ward_id", "code")}
        done = statement.on_conflict_do_update(index_elements=["ward_id", "code"], set_=changed)
        written = connection.execute(done.returning(c.code, c.id), list(alike))
        ids |= {row.code: row.id for row in written}
    counts = [
        {"neighbourhood_id": ids[row.code], "adults": row.adults, "source": row.source, "date": row.date}
        for row in rows
        if counted.get(row.code, (None, "", None)) != (row.adults, row.source, row.date)
    ]
    if counts:
        connection.execute(insert(adult_counts), counts)


def _counted(connection: Connection, ward_id: int) -> dict[str, tuple[int | None, str, dt.date | None]]:
    """Return the count of adults that holds now, by code."""
    columns = neighbourhoods.c
    statement = select(columns.code, columns.adults, columns.adults_source, columns.adults_date)
    rows = connection.execute(statement.where(columns.ward_id == ward_id))
    return {code: (adults, source or "", date) for code, adults, source, date in rows}
