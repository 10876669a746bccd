"""Counters beside our own: confirmed on VNeID as staff saw it (B), and the official figure (C). Rows are only added."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from storage.tables import counters, neighbourhoods


@dataclass(frozen=True, slots=True)
class Counter:
    """A number somebody typed in, and where it was read."""

    kind: str
    people: int
    source: str
    date: dt.date


def add(
    connection: Connection, ward_id: int, code: str, counter: Counter, staff_id: int | None, now: dt.datetime
) -> bool:
    """Add a number for the neighbourhood of this code, or for the whole ward; False: there is no such neighbourhood."""
    place = None
    if code:
        columns = neighbourhoods.c
        found = select(columns.id).where(columns.ward_id == ward_id, columns.code == code)
        place = connection.execute(found).scalar()
        if place is None:
            return False
    values = {"kind": counter.kind, "people": counter.people, "source": counter.source, "date": counter.date}
    whose = {"ward_id": ward_id, "neighbourhood_id": place, "staff_id": staff_id, "at": now}
    connection.execute(insert(counters).values(**values, **whose))
    return True


def add_all(
    connection: Connection, ward_id: int, found: Iterable[tuple[str, Counter]], staff_id: int | None, now: dt.datetime
) -> None:
    """Add numbers of neighbourhoods by their codes; those of neighbourhoods that are no more are left out."""
    for code, counter in found:
        add(connection, ward_id, code, counter, staff_id, now)


def latest(connection: Connection, ward_id: int, until: dt.date | None = None) -> Mapping[tuple[str, str], Counter]:
    """Return the number of the latest date by kind and neighbourhood code, the ward's own by an empty code.

    Of two of one date the later typed holds. With `until`, only what is from before that date.
    """
    columns = counters.c
    statement = (
        select(neighbourhoods.c.code, columns.kind, columns.people, columns.source, columns.date)
        .select_from(counters.outerjoin(neighbourhoods, neighbourhoods.c.id == columns.neighbourhood_id))
        .where(columns.ward_id == ward_id)
        .order_by(columns.date, columns.id)
    )
    if until:
        statement = statement.where(columns.date < until)
    return {(kind, code or ""): Counter(kind, *rest) for code, kind, *rest in connection.execute(statement)}
