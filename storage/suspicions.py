"""Completions that look odd, each with the reason; the office verifies or rejects them, and nothing is ever deleted."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select, update

from storage.neighbours import BURSTS
from storage.tables import answers, attempts, completions, neighbourhoods, observations, residents

LOOKED_AT = dt.timedelta(days=92)
"""A quarter: older ones are in sealed reports."""
FAST = dt.timedelta(seconds=45)
"""Two lessons passed within so short a time: the five steps and the questions of one take a minute to read."""
ALIKE = 5
ALIKE_WITHIN = dt.timedelta(minutes=30)
"""So many residents of one neighbourhood who give the same answers to a quiz, the same wrong ones, within half an hour
are hardly so many people: all right answers are alike, wrong ones differ."""
MOST = 200
REASONS = ("fast", "burst", "alike")
VALID = or_(completions.c.verdict.is_(None), completions.c.verdict != "rejected")


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A completion, and why it looks odd; of one that was judged the reason may have passed out of sight."""

    id: int
    resident_id: int
    topic: str
    grade: str
    channel: str
    place: str  # the neighbourhood's name; empty: none
    at: dt.datetime
    verdict: str  # empty: not judged yet
    member_id: int | None = None  # of the team, who noted it as seen
    reasons: tuple[str, ...] = ()


def suspicions(connection: Connection, ward_id: int, now: dt.datetime) -> list[Suspicion]:
    """Return the completions of the last quarter that look odd and were not judged, the latest first."""
    found: dict[int, set[str]] = defaultdict(set)
    since = now - LOOKED_AT
    for reason, ids in (
        ("fast", _fast(connection, ward_id, since)),
        ("burst", _bursts(connection, ward_id, since)),
        ("alike", _alike(connection, ward_id, since)),
    ):
        for identity in ids:
            found[identity].add(reason)
    latest = sorted(found, reverse=True)[: 5 * MOST]  # a statement takes no more at once
    statement = _listed(ward_id).where(completions.c.id.in_(latest), completions.c.verdict.is_(None)).limit(MOST)
    return [
        _suspicion(row, tuple(reason for reason in REASONS if reason in found[row.id]))
        for row in connection.execute(statement)
    ]


def judged(connection: Connection, ward_id: int) -> list[Suspicion]:
    """Return the completions that were verified or rejected, the latest first."""
    statement = _listed(ward_id).where(completions.c.verdict.is_not(None)).limit(MOST)
    return [_suspicion(row) for row in connection.execute(statement)]


def judge(connection: Connection, ward_id: int, completion_id: int, verdict: str | None) -> bool:
    """Set what the office found, or take it back by None: all figures follow at once.

    False: there is no such completion, or it was proved anew meanwhile, and counts by that.
    """
    c = completions.c
    here = select(residents.c.id).where(residents.c.ward_id == ward_id)
    held = select(completions).where(c.id == completion_id, c.resident_id.in_(here)).with_for_update()
    row = connection.execute(held).first()
    if row is None:
        return False
    anew = and_(c.resident_id == row.resident_id, c.topic == row.topic, c.grade == row.grade, c.id != row.id, VALID)
    if verdict != "rejected" and connection.execute(select(c.id).where(anew)).first():
        return False
    connection.execute(update(completions).where(c.id == completion_id).values(verdict=verdict))
    return True


def judge_each(connection: Connection, ward_id: int, ids: Iterable[int], verdict: str | None) -> list[int]:
    """Judge several; return those that could be."""
    return [identity for identity in ids if judge(connection, ward_id, identity, verdict)]


def _listed(ward_id: int) -> Select[*tuple[Any, ...]]:
    c, o = completions.c, observations.c
    columns = (c.id, c.resident_id, c.topic, c.grade, c.channel, neighbourhoods.c.name, c.at, c.verdict, o.member_id)
    seen = and_(o.resident_id == c.resident_id, o.topic == c.topic, c.grade == "observed")
    joined = completions.join(residents).outerjoin(neighbourhoods).outerjoin(observations, seen)
    listed = select(*columns).select_from(joined).where(residents.c.ward_id == ward_id)
    return listed.order_by(c.at.desc(), c.id.desc())


def _suspicion(row: Row[*tuple[Any, ...]], reasons: tuple[str, ...] = ()) -> Suspicion:
    what = (row.id, row.resident_id, row.topic, row.grade, row.channel)
    return Suspicion(*what, row.name or "", row.at, row.verdict or "", row.member_id, reasons)


def _fast(connection: Connection, ward_id: int, since: dt.datetime) -> Iterator[int]:
    """Yield the lessons passed too soon after another one."""
    c = completions.c
    before = func.lag(c.at, type_=c.at.type).over(partition_by=c.resident_id, order_by=(c.at, c.id))
    passed = and_(residents.c.ward_id == ward_id, c.grade == "passed", c.at >= since)
    statement = select(c.id, c.at, before).join(residents).where(passed)
    for identity, at, earlier in connection.execute(statement):
        if earlier is not None and at - earlier < FAST:
            yield identity


def _bursts(connection: Connection, ward_id: int, since: dt.datetime) -> Iterator[int]:
    """Yield what one member noted as seen in a burst that is not plausible."""
    c, o = completions.c, observations.c
    same = and_(c.resident_id == o.resident_id, c.topic == o.topic, c.grade == "observed")
    statement = (
        select(o.member_id, c.id, c.at)
        .join_from(observations, completions, same)
        .join(residents, residents.c.id == c.resident_id)
        .where(residents.c.ward_id == ward_id, c.at >= since, o.member_id.is_not(None))
        .order_by(o.member_id, c.at, c.id)
    )
    for _, rows in groupby(connection.execute(statement), key=lambda row: row[0]):
        noted = [(at, identity) for _, identity, at in rows]
        for most, within in BURSTS:
            yield from _crowded(noted, most, within)


def _alike(connection: Connection, ward_id: int, since: dt.datetime) -> Iterator[int]:
    """Yield passes of one neighbourhood with the same wrong answers within a short time."""
    a, c = attempts.c, completions.c
    passed = and_(c.resident_id == a.resident_id, c.topic == a.topic, c.grade == "passed", c.at == a.finished_at)
    statement = (
        select(
            c.id, c.at, residents.c.neighbourhood_id, c.topic, answers.c.question, answers.c.option, answers.c.correct
        )
        .join_from(attempts, completions, passed)
        .join(residents, residents.c.id == c.resident_id)
        .join(answers, answers.c.attempt_id == a.id)
        .where(residents.c.ward_id == ward_id, c.at >= since)
        .order_by(c.id, answers.c.question)
    )
    given: dict[tuple[Any, ...], list[tuple[dt.datetime, int]]] = defaultdict(list)
    for (identity, at, place, topic), rows in groupby(connection.execute(statement), key=lambda row: tuple(row[:4])):
        told = [tuple(row[4:]) for row in rows]
        if not all(correct for *_, correct in told):
            given[place, topic, tuple(told)].append((at, identity))
    for noted in given.values():
        yield from _crowded(sorted(noted), ALIKE, ALIKE_WITHIN)


def _crowded(noted: Sequence[tuple[dt.datetime, int]], most: int, within: dt.timedelta) -> Iterable[int]:
    """Return those that stand with so many others within so short a time; they come in their order."""
    found: set[int] = set()
    for begun in range(len(noted) - most + 1):
        if noted[begun + most - 1][0] - noted[begun][0] < within:
            found.update(identity for _, identity in noted[begun : begun + most])
    return found
