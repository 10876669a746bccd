"""Questions nobody could answer, counted without who asked."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select
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
    """Count the question once more."""
    values = {"ward_id": ward_id, "text": fact.text, "times": 1, "first_at": now, "last_at": now}
    again = {"times": unanswered.c.times + 1, "last_at": now}
    statement = insert(unanswered).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["ward_id", "text"], set_=again))


def all_unanswered(connection: Connection, ward_id: int) -> list[Question]:
    """Return the questions nobody could answer, the most frequent first."""
    statement = select(unanswered.c.text, unanswered.c.times, unanswered.c.last_at)
    statement = statement.where(unanswered.c.ward_id == ward_id)
    ordered = statement.order_by(unanswered.c.times.desc(), unanswered.c.last_at.desc(), unanswered.c.id)
    return [Question(*row) for row in connection.execute(ordered)]


def forget(connection: Connection, ward_id: int, texts: Sequence[str]) -> int:
    """Take questions off the list: they have an answer now, or need none; return how many."""
    chosen = (unanswered.c.ward_id == ward_id, unanswered.c.text.in_(texts))
    return connection.execute(delete(unanswered).where(*chosen)).rowcount
