"""The audit log: who of the staff saw, exported or changed what. Lines are only ever added."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from storage.tables import audit, staff


@dataclass(frozen=True, slots=True)
class Line:
    """Something somebody did."""

    at: dt.datetime
    name: str | None  # none: the command line, or nobody known
    act: str
    about: str


def note(connection: Connection, ward_id: int, staff_id: int | None, act: str, about: str, now: dt.datetime) -> None:
    """Add a line."""
    values = {"ward_id": ward_id, "staff_id": staff_id, "act": act, "about": about, "at": now}
    connection.execute(insert(audit).values(values))


def latest(connection: Connection, ward_id: int, most: int) -> list[Line]:
    """Return the last lines, newest first."""
    statement = (
        select(audit.c.at, staff.c.name, audit.c.act, audit.c.about)
        .select_from(audit.outerjoin(staff, staff.c.id == audit.c.staff_id))
        .where(audit.c.ward_id == ward_id)
        .order_by(audit.c.at.desc(), audit.c.id.desc())
        .limit(most)
    )
    return [Line(*row) for row in connection.execute(statement)]
