"""Learning: where a resident is in each lesson, the attempts at its quiz, and the ledger of completions."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.facts import Answered, AttemptEnded, Completed, Reached
from storage.tables import COVERING_GRADES, VALID, answers, attempts, completions, positions


@dataclass(frozen=True, slots=True)
class Position:
    """The step of a lesson a resident was shown last."""

    topic: str
    version: int
    step: int
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Record:
    """What one resident has learnt so far."""

    positions: tuple[Position, ...] = ()  # the latest first
    grades: Mapping[str, frozenset[str]] = field(default_factory=dict)  # evidence by topic

    def has(self, topic: str) -> bool:
        """Return whether the resident has the skill."""
        return not self.grades.get(topic, frozenset()).isdisjoint(COVERING_GRADES)

    def began(self, topic: str) -> bool:
        """Return whether the resident has begun the lesson, or finished it."""
        return topic in self.grades or any(position.topic == topic for position in self.positions)

    def step(self, topic: str) -> int:
        """Return the step shown last, 0 if none was."""
        return next((position.step for position in self.positions if position.topic == topic), 0)

    def version(self, topic: str) -> int:
        """Return the version of the lesson that was shown last, 0 if none was."""
        return next((position.version for position in self.positions if position.topic == topic), 0)


_insert_position = insert(positions)
_reach = _insert_position.on_conflict_do_update(
    index_elements=["resident_id", "topic"],
    set_={name: _insert_position.excluded[name] for name in ("version", "step", "at")},
)
_open_attempt = select(attempts.c.id).where(
    attempts.c.resident_id == bindparam("resident_id"),
    attempts.c.topic == bindparam("topic"),
    attempts.c.finished_at.is_(None),
)
_begin_attempt = insert(attempts).returning(attempts.c.id)
_answer = insert(answers).on_conflict_do_nothing()
_complete = insert(completions).on_conflict_do_nothing()


def reach(connection: Connection, shown: Sequence[tuple[int, Reached, dt.datetime]]) -> None:
    """Remember the steps shown, each with the id of the resident and the time."""
    values = [
        {
            "resident_id": resident_id,
            "topic": fact.topic,
            "version": fact.version,
            "step": fact.step,
            "at": now,
        }
        for resident_id, fact, now in shown
    ]
    if values:
        connection.execute(_reach, values)


def answer(connection: Connection, resident_id: int, fact: Answered, now: dt.datetime) -> None:
    """Keep the first choice for a question in the open attempt, which this may begin."""
    who = {"resident_id": resident_id, "topic": fact.topic}
    attempt = connection.execute(_open_attempt, who).scalar()
    if attempt is None:
        attempt = connection.execute(
            _begin_attempt, {**who, "version": fact.version, "started_at": now, "finished_at": None}
        ).scalar_one()
    values = {
        "attempt_id": attempt,
        "question": fact.question,
        "option": fact.option,
        "correct": fact.correct,
        "at": now,
    }
    connection.execute(_answer, values)


def end_attempt(connection: Connection, resident_id: int, fact: AttemptEnded, now: dt.datetime) -> None:
    """Close the open attempt; the next answer begins another."""
    statement = update(attempts).where(
        attempts.c.resident_id == resident_id, attempts.c.topic == fact.topic, attempts.c.finished_at.is_(None)
    )
    connection.execute(statement.values(finished_at=now))


def complete(connection: Connection, resident_id: int, fact: Completed, channel: str, now: dt.datetime) -> None:
    """Enter the completion into the ledger, once per resident, topic and grade."""
    values = {
        "resident_id": resident_id,
        "topic": fact.topic,
        "grade": fact.grade,
        "version": fact.version,
        "channel": channel,
        "score": fact.score,
        "questions": fact.questions,
        "at": now,
    }
    connection.execute(_complete, values)


def record_of(connection: Connection, resident_id: int) -> Record:
    """Return where the resident is in each lesson and what the ledger says of them."""
    where = (
        select(positions.c.topic, positions.c.version, positions.c.step, positions.c.at)
        .where(positions.c.resident_id == resident_id)
        .order_by(positions.c.at.desc(), positions.c.topic)
    )
    grades = defaultdict(set)
    ledger = select(completions.c.topic, completions.c.grade).where(completions.c.resident_id == resident_id, VALID)
    for topic, grade in connection.execute(ledger):
        grades[topic].add(grade)
    return Record(
        positions=tuple(Position(*row) for row in connection.execute(where)),
        grades={topic: frozenset(found) for topic, found in grades.items()},
    )


def open_answers(connection: Connection, resident_id: int, topic: str) -> dict[int, bool]:
    """Return, for each question answered in the open attempt, whether its first choice was correct."""
    statement = (
        select(answers.c.question, answers.c.correct)
        .join(attempts)
        .where(attempts.c.resident_id == resident_id, attempts.c.topic == topic, attempts.c.finished_at.is_(None))
    )
    return {row.question: row.correct for row in connection.execute(statement)}
