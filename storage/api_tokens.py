"""Tokens of other systems: which system may read what; only their hashes are kept."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.tables import api_tokens


@dataclass(frozen=True, slots=True)
class System:
    """A system that may read."""

    id: int
    name: str
    scopes: tuple[str, ...]
    since: dt.datetime


def add(connection: Connection, ward_id: int, name: str, token: str, scopes: str, now: dt.datetime) -> bool:
    """Keep the hash of a token; False: a system of this name has one."""
    values = {"ward_id": ward_id, "name": name, "token": token, "scopes": scopes, "created_at": now}
    statement = insert(api_tokens).values(values).on_conflict_do_nothing().returning(api_tokens.c.id)
    return connection.execute(statement).scalar() is not None


def listed(connection: Connection, ward_id: int) -> list[System]:
    """Return the systems that may read now, the oldest first."""
    return _systems(connection, (api_tokens.c.ward_id == ward_id) & api_tokens.c.revoked_at.is_(None))


def system_of(connection: Connection, ward_id: int, token: str) -> System | None:
    """Return whose token has this hash, while it is good."""
    good = (api_tokens.c.ward_id == ward_id) & (api_tokens.c.token == token) & api_tokens.c.revoked_at.is_(None)
    return next(iter(_systems(connection, good)), None)


def revoke(connection: Connection, ward_id: int, name: str, now: dt.datetime) -> bool:
    """End a token from this moment on; False: there is no system of this name."""
    own = (api_tokens.c.ward_id == ward_id) & (api_tokens.c.name == name) & api_tokens.c.revoked_at.is_(None)
    return connection.execute(update(api_tokens).where(own).values(revoked_at=now)).rowcount > 0


def _systems(connection: Connection, which: ColumnElement[bool]) -> list[System]:
    columns = (api_tokens.c.id, api_tokens.c.name, api_tokens.c.scopes, api_tokens.c.created_at)
    statement = select(*columns).where(which).order_by(api_tokens.c.id)
    return [
        System(number, name, tuple(scopes.split()), at) for number, name, scopes, at in connection.execute(statement)
    ]
