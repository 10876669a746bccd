"""Questions nobody could answer, counted without who asked."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, case, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.facts import Unanswered
from storage.tables import unanswered


@dataclass(frozen=True, slots=True)
class Question:
    """A question nobody could answer."""

    text: str  # folded, without what tells who asked
    times: int
    last_at: dt.datetime


def count(connection: Connection, ward_id: int, fact: Unanswered, now: dt.datetime) -> None:
    """Count the question once more; one that was put aside waits again, as if it were new."""
    values = {"ward_id": ward_id, "text": fact.text, "times": 1, "first_at": now, "last_at": now}
    times = case((unanswered.c.aside_at.is_(None), unanswered.c.times + 1), else_=1)
    again = {"times": times, "last_at": now, "aside_at": None}
    statement = insert(unanswered).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["ward_id", "text"], set_=again))


def all_unanswered(connection: Connection, ward_id: int) -> list[Question]:
    """Return the questions that wait for an answer, the most frequent first."""
    waits = _of(ward_id).where(unanswered.c.aside_at.is_(None))
    ordered = waits.order_by(unanswered.c.times.desc(), unanswered.c.last_at.desc(), unanswered.c.id)
    return [Question(*row) for row in connection.execute(ordered)]


def set_aside(connection: Connection, ward_id: int, texts: Sequence[str], now: dt.datetime) -> int:
    """Take questions off the list together: they have an answer now, or need none; return how many."""
    chosen = (unanswered.c.ward_id == ward_id, unanswered.c.text.in_(texts))
    return connection.execute(update(unanswered).where(*chosen).values(aside_at=now)).rowcount


def put_back(connection: Connection, ward_id: int, text: str) -> int:
    """Put a question back on the list, with those that were put aside together with it; return how many."""
    own = select(unanswered.c.aside_at).where(unanswered.c.ward_id == ward_id, unanswered.c.text == text)
    together = (unanswered.c.ward_id == ward_id, unanswered.c.aside_at == own.scalar_subquery())
    return connection.execute(update(unanswered).where(*together).values(aside_at=None)).rowcount


def aside(connection: Connection, ward_id: int, most: int) -> list[list[Question]]:
    """Return the questions that were put aside, those put aside together in one list, the latest first."""
    gone = _of(ward_id).where(unanswered.c.aside_at.is_not(None))
    ordered = gone.order_by(unanswered.c.aside_at.desc(), unanswered.c.times.desc(), unanswered.c.id).limit(most)
    rows = connection.execute(ordered.add_columns(unanswered.c.aside_at))
    return [[Question(*row[:3]) for row in found] for _, found in groupby(rows, key=lambda row: row.aside_at)]


def _of(ward_id: int) -> Select[*tuple[Any, ...]]:
    return select(unanswered.c.text, unanswered.c.times, unanswered.c.last_at).where(unanswered.c.ward_id == ward_id)
