"""Refreshes: one question again, days after a topic was passed; who is due, and what was answered."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, func, select
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.facts import Refreshed
from storage.tables import COVERING, completions, refreshes, residents

FIRST = dt.timedelta(days=3)
"""How long after a topic was passed it is refreshed first."""


@dataclass(frozen=True, slots=True)
class Due:
    """A topic a resident should be asked about again."""

    topic: str
    times: int  # it was refreshed before
    streak: int  # how often in a row the answer was right


def _waiting(topics: Sequence[str], now: dt.datetime) -> Select[Any]:
    """Select resident, topic, times, streak and since when, of all that is due."""
    passed = (
        select(completions.c.resident_id, completions.c.topic, func.min(completions.c.at).label("at"))
        .where(completions.c.topic.in_(topics), COVERING)
        .group_by(completions.c.resident_id, completions.c.topic)
        .subquery()
    )
    asked = (
        select(
            refreshes.c.resident_id,
            refreshes.c.topic,
            func.max(refreshes.c.id).label("id"),
            func.count().label("times"),
        )
        .group_by(refreshes.c.resident_id, refreshes.c.topic)
        .subquery()
    )
    same = (asked.c.resident_id == passed.c.resident_id) & (asked.c.topic == passed.c.topic)
    first = refreshes.c.id.is_(None) & (passed.c.at <= now - FIRST)
    return (
        select(
            passed.c.resident_id,
            passed.c.topic,
            func.coalesce(asked.c.times, 0).label("times"),
            func.coalesce(refreshes.c.streak, 0).label("streak"),
        )
        .select_from(passed.outerjoin(asked, same).outerjoin(refreshes, refreshes.c.id == asked.c.id))
        .where(first | (refreshes.c.again_at <= now))
        .order_by(func.coalesce(refreshes.c.again_at, passed.c.at), passed.c.topic)
    )


def due(connection: Connection, resident_id: int, topics: Sequence[str], now: dt.datetime, day: dt.date) -> list[Due]:
    """Return what a resident should be asked again, the longest waiting first; nothing when they were asked today."""
    today = select(refreshes.c.id).where(refreshes.c.resident_id == resident_id, refreshes.c.day == day)
    if connection.execute(today).first():
        return []
    waiting = _waiting(topics, now).subquery()
    own = select(waiting.c.topic, waiting.c.times, waiting.c.streak).where(waiting.c.resident_id == resident_id)
    return [Due(*row) for row in connection.execute(own)]


def is_due(topics: Sequence[str], now: dt.datetime) -> ColumnElement[bool]:
    """Return whether a resident should be asked again about any of the topics; looked up person by person."""
    own = (refreshes.c.resident_id == completions.c.resident_id, refreshes.c.topic == completions.c.topic)
    same = (_later.c.resident_id == refreshes.c.resident_id, _later.c.topic == refreshes.c.topic)
    latest = ~exists().where(*same, _later.c.id > refreshes.c.id).correlate(refreshes)
    never = ~exists().where(*own).correlate(completions)
    again = exists().where(*own, refreshes.c.again_at <= now, latest).correlate(completions)
    theirs = (completions.c.resident_id == residents.c.id, completions.c.topic.in_(topics))
    passed = (*theirs, COVERING)
    return exists().where(*passed, (never & (completions.c.at <= now - FIRST)) | again).correlate(residents)


_later = refreshes.alias("later")


def refresh(connection: Connection, resident_id: int, fact: Refreshed, now: dt.datetime) -> None:
    """Enter an answer, the first of the day."""
    values = {
        "resident_id": resident_id,
        "day": fact.day,
        "topic": fact.topic,
        "version": fact.version,
        "question": fact.question,
        "option": fact.option,
        "correct": fact.correct,
        "streak": fact.streak,
        "again_at": fact.again_at,
        "at": now,
    }
    connection.execute(insert(refreshes).on_conflict_do_nothing(), values)


def count_of(connection: Connection, resident_id: int) -> int:
    """Return how many questions a resident was asked again."""
    statement = select(func.count()).select_from(refreshes).where(refreshes.c.resident_id == resident_id)
    found: int = connection.execute(statement).scalar_one()
    return found
