"""Classes of a team: what is taught where, and who was there; attendance alone proves nothing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.conversations import Raced
from storage.tables import (
    ADULT_BANDS,
    COVERING,
    attendances,
    classes,
    completions,
    names,
    neighbourhoods,
    residents,
)
from storage.team_facts import ClassOpened, Ticked, Unticked

OPEN_FOR = dt.timedelta(hours=12)
"""How long people can come in; a code on a wall is of no use the next day."""


@dataclass(frozen=True, slots=True)
class OpenClass:
    """A class people can come to."""

    id: int
    code: str
    neighbourhood_id: int
    neighbourhood_code: str
    neighbourhood: str
    topic: str
    place: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who came to a class."""

    count: int
    passed: int  # of these, who have the skill
    waiting: tuple[tuple[int, str], ...]  # id and name of those the team may see who do not have it yet


def begin(connection: Connection, neighbourhood_id: int, fact: ClassOpened, now: dt.datetime) -> None:
    """Open a class."""
    values = {"code": fact.code, "neighbourhood_id": neighbourhood_id, "topic": fact.topic, "place": fact.place}
    connection.execute(insert(classes).values(**values, member_id=fact.member_id, at=now))


def _open(now: dt.datetime) -> Select[*tuple[Any, ...]]:
    columns = (classes.c.id, classes.c.code, neighbourhoods.c.id, neighbourhoods.c.code, neighbourhoods.c.name)
    found = select(*columns, classes.c.topic, classes.c.place, classes.c.at).join(neighbourhoods)
    return found.where(classes.c.at > now - OPEN_FOR).order_by(classes.c.id.desc())


def class_of(connection: Connection, ward_id: int, code: str, now: dt.datetime) -> OpenClass | None:
    """Return the ward's class of this code while it is open."""
    row = connection.execute(_open(now).where(classes.c.code == code, neighbourhoods.c.ward_id == ward_id)).first()
    return OpenClass(*row) if row else None


def own_classes(connection: Connection, neighbourhood_id: int, now: dt.datetime) -> list[OpenClass]:
    """Return the open classes of a neighbourhood, the latest first."""
    return [OpenClass(*row) for row in connection.execute(_open(now).where(neighbourhoods.c.id == neighbourhood_id))]


def attend(connection: Connection, ward_id: int, resident_id: int, code: str, now: dt.datetime) -> None:
    """Note that a resident is there, once. Raise Raced when the class is over, or they are not counted any more."""
    found = class_of(connection, ward_id, code, now)
    agreed = select(residents.c.id).where(residents.c.id == resident_id, residents.c.counted)
    if found is None or not connection.execute(agreed).first():
        raise Raced
    _note(connection, found.id, [resident_id], now)


def tick(connection: Connection, neighbourhood_id: int, fact: Ticked, now: dt.datetime) -> None:
    """Note that these residents are there, each once. Raise Raced when one is none whom the team may see."""
    found = [one for one in own_classes(connection, neighbourhood_id, now) if one.code == fact.code]
    seen = (
        select(func.count())
        .select_from(names.join(residents, residents.c.id == names.c.resident_id))
        .where(
            residents.c.id.in_(fact.resident_ids),
            residents.c.neighbourhood_id == neighbourhood_id,
            residents.c.counted,
            residents.c.age_band.in_(ADULT_BANDS),
        )
    )
    if not found or connection.execute(seen).scalar() != len(set(fact.resident_ids)):
        raise Raced
    _note(connection, found[0].id, fact.resident_ids, now)


def untick(connection: Connection, neighbourhood_id: int, fact: Unticked, now: dt.datetime) -> None:
    """Take back who was ticked off at that moment; who had come before stays. Raise Raced: the class is over."""
    found = [one for one in own_classes(connection, neighbourhood_id, now) if one.code == fact.code]
    if not found:
        raise Raced
    at_once = (attendances.c.class_id == found[0].id, attendances.c.at == fact.at)
    connection.execute(delete(attendances).where(*at_once))


def _note(connection: Connection, class_id: int, resident_ids: Sequence[int], now: dt.datetime) -> None:
    rows = [{"class_id": class_id, "resident_id": one, "at": now} for one in resident_ids]
    connection.execute(insert(attendances).on_conflict_do_nothing(), rows)


def attendance(connection: Connection, found: OpenClass) -> Attendance:
    """Return who came: how many, how many have the skill, and by name those of the neighbourhood who do not yet."""
    has = exists().where(
        completions.c.resident_id == attendances.c.resident_id,
        completions.c.topic == found.topic,
        COVERING,
    )
    statement = (
        select(attendances.c.resident_id, names.c.name, has, residents.c.neighbourhood_id, residents.c.counted)
        .select_from(
            attendances.join(residents, residents.c.id == attendances.c.resident_id).outerjoin(
                names, names.c.resident_id == attendances.c.resident_id
            )
        )
        .where(attendances.c.class_id == found.id)
        .order_by(attendances.c.at, attendances.c.resident_id)
    )
    rows = connection.execute(statement).all()
    waiting = tuple(
        (resident_id, name)
        for resident_id, name, passed, place, counted in rows
        if name and not passed and counted and place == found.neighbourhood_id
    )
    return Attendance(len(rows), sum(bool(row[2]) for row in rows), waiting)


def there(connection: Connection, class_id: int, at: dt.datetime | None = None) -> frozenset[int]:
    """Return the ids of the residents who are in the class, or only of those who were noted at that moment."""
    statement = select(attendances.c.resident_id).where(attendances.c.class_id == class_id)
    rows = connection.execute(statement if at is None else statement.where(attendances.c.at == at))
    return frozenset(row[0] for row in rows)


def attended(connection: Connection, resident_id: int) -> int:
    """Return how many classes a resident has been to."""
    counted = select(func.count()).select_from(attendances).where(attendances.c.resident_id == resident_id)
    found: int = connection.execute(counted).scalar_one()
    return found
