"""Certificates: what a resident asked to have in writing; a code anybody may check, and no name."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, Select, insert, select

from storage.facts import Certified
from storage.tables import certificates


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says."""

    code: str  # printed on it
    key: str  # known to its owner alone, who may write a name on it
    topics: tuple[str, ...]
    basic: bool  # whether these were all basic skills then
    issued_at: dt.datetime


def _select() -> Select[str, str, str, bool, dt.datetime]:
    columns = certificates.c
    return select(columns.code, columns.key, columns.topics, columns.basic, columns.issued_at)


def by_code(connection: Connection, ward_id: int, code: str) -> Certificate | None:
    """Return the certificate of this code."""
    statement = _select().where(certificates.c.ward_id == ward_id, certificates.c.code == code)
    row = connection.execute(statement).first()
    return Certificate(row.code, row.key, tuple(row.topics.split()), row.basic, row.issued_at) if row else None


def all_of(connection: Connection, resident_id: int) -> list[Certificate]:
    """Return the resident's certificates, the latest first."""
    statement = _select().where(certificates.c.resident_id == resident_id)
    rows = connection.execute(statement.order_by(certificates.c.issued_at.desc(), certificates.c.code))
    return [Certificate(row.code, row.key, tuple(row.topics.split()), row.basic, row.issued_at) for row in rows]


def issue(connection: Connection, ward_id: int, resident_id: int, fact: Certified, now: dt.datetime) -> None:
    """Enter a certificate."""
    values = {
        "code": fact.code,
        "key": fact.key,
        "ward_id": ward_id,
        "resident_id": resident_id,
        "topics": " ".join(fact.topics),
        "basic": fact.basic,
        "issued_at": now,
    }
    connection.execute(insert(certificates), values)
