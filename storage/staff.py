"""Staff: who may log in to the office, their sessions and invitations. Of every secret but one only a hash is kept."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.tables import staff, staff_invitations, staff_recovery_codes, staff_sessions


@dataclass(frozen=True, slots=True)
class Staff:
    """Somebody who may log in."""

    id: int
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Account:
    """What a log-in is checked against."""

    staff: Staff
    password: str  # its hash
    secret: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """A way in for one name and role, once."""

    name: str
    role: str
    secret: str
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list of staff: somebody, or an invitation not used yet."""

    name: str
    role: str
    at: dt.datetime  # since when they may log in, or until when the invitation holds
    status: str  # active, revoked, invited


def invite(
    connection: Connection,
    ward_id: int,
    token: str,
    name: str,
    role: str,
    secret: str,
    now: dt.datetime,
    life: dt.timedelta,
) -> None:
    """Keep an invitation, in the place of an earlier one for this name. Whoever has the name keeps it until then."""
    values = {"token": token, "role": role, "secret": secret, "created_at": now, "expires_at": now + life}
    statement = insert(staff_invitations).values(ward_id=ward_id, name=name, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["ward_id", "name"], set_=values))


def invitation(connection: Connection, ward_id: int, token: str, now: dt.datetime) -> Invitation | None:
    """Return the invitation of this token; None: there is none, it was used, or it is too old."""
    columns = staff_invitations.c
    statement = select(columns.name, columns.role, columns.secret, columns.expires_at).where(
        and_(columns.token == token, columns.ward_id == ward_id, columns.expires_at > now)
    )
    row = connection.execute(statement).first()
    return Invitation(*row) if row else None


def accept(
    connection: Connection, ward_id: int, token: str, password: str, codes: Sequence[str], step: int, now: dt.datetime
) -> Staff | None:
    """Use up an invitation: from now on its name logs in with this password and no earlier one; None: it is no more."""
    found = invitation(connection, ward_id, token, now)
    used = delete(staff_invitations).where(staff_invitations.c.token == token)
    if found is None or connection.execute(used).rowcount != 1:
        return None
    own = {"role": found.role, "password": password, "secret": found.secret, "last_step": step, "revoked_at": None}
    statement = insert(staff).values(ward_id=ward_id, name=found.name, created_at=now, **own)
    statement = statement.on_conflict_do_update(index_elements=["ward_id", "name"], set_=own)
    staff_id = connection.execute(statement.returning(staff.c.id)).scalar_one()
    for table in (staff_sessions, staff_recovery_codes):
        connection.execute(delete(table).where(table.c.staff_id == staff_id))
    connection.execute(insert(staff_recovery_codes), [{"staff_id": staff_id, "code": code} for code in codes])
    return Staff(staff_id, found.name, found.role)


def account(connection: Connection, ward_id: int, name: str) -> Account | None:
    """Return what somebody's log-in is checked against; None: nobody of this name may log in."""
    columns = staff.c
    statement = select(columns.id, columns.name, columns.role, columns.password, columns.secret).where(
        and_(columns.ward_id == ward_id, columns.name == name, columns.revoked_at.is_(None))
    )
    row = connection.execute(statement).first()
    return Account(Staff(*row[:3]), *row[3:]) if row else None


def use_step(connection: Connection, staff_id: int, step: int) -> bool:
    """Use up an authenticator's code, with all before it; False: it was used before."""
    statement = update(staff).where(and_(staff.c.id == staff_id, staff.c.last_step < step)).values(last_step=step)
    return connection.execute(statement).rowcount == 1


def use_recovery_code(connection: Connection, staff_id: int, code: str) -> bool:
    """Use up a recovery code; False: there is no such code."""
    columns = staff_recovery_codes.c
    statement = delete(staff_recovery_codes).where(and_(columns.staff_id == staff_id, columns.code == code))
    return connection.execute(statement).rowcount == 1


def open_session(connection: Connection, staff_id: int, token: str, now: dt.datetime, life: dt.timedelta) -> None:
    """Begin a session; those that are over are forgotten."""
    connection.execute(delete(staff_sessions).where(staff_sessions.c.expires_at <= now))
    values = {"token": token, "staff_id": staff_id, "created_at": now, "expires_at": now + life}
    connection.execute(insert(staff_sessions).values(values))


def session_staff(connection: Connection, ward_id: int, token: str, now: dt.datetime) -> Staff | None:
    """Return who is logged in by this token; None: nobody, not any more, or their access was revoked."""
    statement = (
        select(staff.c.id, staff.c.name, staff.c.role)
        .join(staff_sessions, staff_sessions.c.staff_id == staff.c.id)
        .where(and_(staff_sessions.c.token == token, staff_sessions.c.expires_at > now))
        .where(and_(staff.c.ward_id == ward_id, staff.c.revoked_at.is_(None)))
    )
    row = connection.execute(statement).first()
    return Staff(*row) if row else None


def close_session(connection: Connection, token: str) -> None:
    """End a session."""
    connection.execute(delete(staff_sessions).where(staff_sessions.c.token == token))


def revoke(connection: Connection, ward_id: int, name: str, now: dt.datetime) -> bool:
    """Let somebody in no more, from now on, and drop their invitation; False: nobody has or was offered this name."""
    invited = and_(staff_invitations.c.ward_id == ward_id, staff_invitations.c.name == name)
    dropped = connection.execute(delete(staff_invitations).where(invited)).rowcount
    active = and_(staff.c.ward_id == ward_id, staff.c.name == name, staff.c.revoked_at.is_(None))
    gone = connection.execute(update(staff).where(active).values(revoked_at=now).returning(staff.c.id)).scalar()
    if gone is not None:
        connection.execute(delete(staff_sessions).where(staff_sessions.c.staff_id == gone))
    return bool(dropped) or gone is not None


def listed(connection: Connection, ward_id: int, now: dt.datetime) -> list[Listed]:
    """Return all staff of the ward and the invitations that hold, by name."""
    people = select(staff.c.name, staff.c.role, staff.c.created_at, staff.c.revoked_at)
    lines = [
        Listed(name, role, revoked or created, "revoked" if revoked else "active")
        for name, role, created, revoked in connection.execute(people.where(staff.c.ward_id == ward_id))
    ]
    columns = staff_invitations.c
    invited = select(columns.name, columns.role, columns.expires_at).where(
        and_(columns.ward_id == ward_id, columns.expires_at > now)
    )
    lines += [Listed(*row, status="invited") for row in connection.execute(invited)]
    return sorted(lines, key=lambda line: (line.status == "revoked", line.name))
