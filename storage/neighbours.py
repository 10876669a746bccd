"""Neighbours: the residents a team may see by name, how much each has left, and what its members observed."""

import datetime as dt
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, delete, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage import learning, links
from storage.conversations import Raced
from storage.facts import Completed, LinkOffered, Shown
from storage.live import ledger_of
from storage.tables import (
    ADULT_BANDS,
    VALID,
    completions,
    consents,
    conversations,
    members,
    names,
    neighbourhoods,
    observations,
    residents,
)
from storage.team_facts import (
    NeighbourAdded,
    NeighbourForgotten,
    NeighbourJoined,
    NeighbourLinked,
    Observed,
    OfNeighbour,
    Unobserved,
)

BURSTS = ((10, dt.timedelta(minutes=10)), (30, dt.timedelta(hours=1)))
"""So many observations of one member in so long are not plausible: each takes more than a minute."""
UNDO_WITHIN = dt.timedelta(days=1)
"""So long a member may take back what they noted; later it is for the office."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A resident whom the team may see by name."""

    resident_id: int
    name: str
    house: str
    birth_year: int | None
    spoken: bool  # added by a member: has no phone


@dataclass(frozen=True, slots=True)
class Left:
    """A resident who does not have all the topics yet."""

    neighbour: Neighbour | None  # none: may not be seen by name
    missing: int  # topics


@dataclass(frozen=True, slots=True)
class Burst:
    """More observations of one member than are plausible in so short a time."""

    member_id: int
    name: str  # of the neighbourhood
    since: dt.datetime
    count: int
    minutes: int  # within which


def note(connection: Connection, neighbourhood_id: int, fact: OfNeighbour, channel: str, now: dt.datetime) -> None:
    """Write what a member noted. Raise Raced: the person is no neighbour of theirs any more."""
    match fact:
        case NeighbourAdded():
            add(connection, neighbourhood_id, fact, channel, now)
        case NeighbourForgotten():
            forget(connection, neighbourhood_id, fact.resident_id)
        case NeighbourLinked():
            offer_link(connection, neighbourhood_id, fact, now)
        case NeighbourJoined():
            join(connection, neighbourhood_id, fact, now)
        case Observed():
            observe(connection, neighbourhood_id, fact, channel, now)
        case Unobserved():
            unobserve(connection, neighbourhood_id, fact, now)


def show(connection: Connection, resident_id: int, fact: Shown, now: dt.datetime) -> None:
    """Let the team see the resident by this name, or by none any more."""
    connection.execute(delete(names).where(names.c.resident_id == resident_id))
    if fact.name:
        values = {"resident_id": resident_id, "name": fact.name, "house": fact.house, "spoken": False}
        connection.execute(insert(names).values(**values, version=fact.version, at=now))


def add(connection: Connection, neighbourhood_id: int, fact: NeighbourAdded, channel: str, now: dt.datetime) -> None:
    """Add a resident who has no phone, with the consent that was given aloud."""
    ward = select(neighbourhoods.c.ward_id).where(neighbourhoods.c.id == neighbourhood_id).scalar_subquery()
    made = insert(residents).values(
        ward_id=ward, neighbourhood_id=neighbourhood_id, age_band=fact.age_band, counted=True, created_at=now
    )
    resident_id = connection.execute(made.returning(residents.c.id)).scalar_one()
    agreed = {"resident_id": resident_id, "version": fact.version, "at": now}
    values = {"purpose": "count", "agreed": True, "guardian": False, "channel": channel}
    connection.execute(insert(consents).values(**agreed, **values))
    told = {"name": fact.name, "house": fact.house, "birth_year": fact.birth_year, "spoken": True}
    connection.execute(insert(names).values(**agreed, **told, member_id=fact.member_id))


def forget(connection: Connection, neighbourhood_id: int, resident_id: int) -> None:
    """Erase somebody whom a member added, with all that hangs on them. Raise Raced: there is nobody such."""
    spoken = select(names.c.resident_id).where(names.c.resident_id == resident_id, names.c.spoken)
    talks = select(conversations.c.id).where(conversations.c.resident_id == resident_id)
    theirs = (residents.c.id == resident_id, residents.c.neighbourhood_id == neighbourhood_id)
    erased = delete(residents).where(*theirs, spoken.exists(), ~talks.exists())
    if not connection.execute(erased).rowcount:
        raise Raced


def offer_link(connection: Connection, neighbourhood_id: int, fact: NeighbourLinked, now: dt.datetime) -> None:
    """Keep the code by which somebody whom a member added joins in by themselves. Raise Raced: there is nobody such."""
    if (found := neighbour(connection, neighbourhood_id, fact.resident_id)) is None or not found.spoken:
        raise Raced
    links.offer(connection, fact.resident_id, LinkOffered(fact.code), now)


def join(connection: Connection, neighbourhood_id: int, fact: NeighbourJoined, now: dt.datetime) -> None:
    """Make somebody whom a member added one with another neighbour. Raise Raced: one of them is no such any more."""
    found = neighbour(connection, neighbourhood_id, fact.resident_id)
    other = neighbour(connection, neighbourhood_id, fact.other_id)
    if found is None or not found.spoken or other is None or other == found:
        raise Raced
    links.merge(connection, other.resident_id, found.resident_id, now)


def observe(connection: Connection, neighbourhood_id: int, fact: Observed, channel: str, now: dt.datetime) -> None:
    """Keep what a member saw, once. Raise Raced when the person is no neighbour of theirs any more."""
    if neighbour(connection, neighbourhood_id, fact.resident_id) is None:
        raise Raced
    c, by = completions.c, {"member_id": fact.member_id, "at": now}
    counts = exists().where(c.resident_id == fact.resident_id, c.topic == fact.topic, c.grade == "observed", VALID)
    noted = insert(observations).values(resident_id=fact.resident_id, topic=fact.topic, **by)
    anew = noted.on_conflict_do_update(index_elements=["resident_id", "topic"], set_=by, where=~counts)
    connection.execute(anew)  # by whom it was seen last, where it had been taken back or rejected
    seen = Completed(fact.topic, fact.version, "observed")
    learning.complete(connection, fact.resident_id, seen, channel, now)


def unobserve(connection: Connection, neighbourhood_id: int, fact: Unobserved, now: dt.datetime) -> None:
    """Take back what a member noted, so that it counts no more; it stays in the ledger, as what the office rejects.

    Raise Raced when the person is no neighbour of theirs any more.
    """
    if neighbour(connection, neighbourhood_id, fact.resident_id) is None:
        raise Raced
    fresh = _fresh(fact.member_id, fact.resident_id, fact.topic, now)
    connection.execute(update(completions).where(completions.c.id.in_(fresh)).values(verdict="rejected"))


def undoable(connection: Connection, member_id: int, resident_id: int, topic: str, now: dt.datetime) -> bool:
    """Return whether a member can still take back what they noted."""
    return connection.execute(_fresh(member_id, resident_id, topic, now)).first() is not None


def _fresh(member_id: int, resident_id: int, topic: str, now: dt.datetime) -> Select[int]:
    """Select what this member noted within the last day and the office has not judged."""
    c, o = completions.c, observations.c
    same = and_(c.resident_id == o.resident_id, c.topic == o.topic, c.grade == "observed", c.verdict.is_(None))
    mine = (o.member_id == member_id, o.resident_id == resident_id, o.topic == topic, o.at > now - UNDO_WITHIN)
    return select(c.id).join_from(observations, completions, same).where(*mine)


_columns = (names.c.resident_id, names.c.name, names.c.house, names.c.birth_year, names.c.spoken)


def _neighbours(neighbourhood_id: int) -> Select[*tuple[Any, ...]]:
    """Select the adults of a neighbourhood who agree to be counted and to be seen by name."""
    here = (residents.c.neighbourhood_id == neighbourhood_id, residents.c.counted)
    joined = select(*_columns).join(residents, residents.c.id == names.c.resident_id)
    return joined.where(*here, residents.c.age_band.in_(ADULT_BANDS)).order_by(names.c.at, names.c.resident_id)


def neighbour(connection: Connection, neighbourhood_id: int, resident_id: int) -> Neighbour | None:
    """Return a resident of this neighbourhood whom its team may see; None for everybody else."""
    row = connection.execute(_neighbours(neighbourhood_id).where(names.c.resident_id == resident_id)).first()
    return Neighbour(*row) if row else None


def all_neighbours(connection: Connection, neighbourhood_id: int) -> list[Neighbour]:
    """Return everybody of the neighbourhood whom its team may see, in the order in which they came."""
    return [Neighbour(*row) for row in connection.execute(_neighbours(neighbourhood_id))]


def left(connection: Connection, neighbourhood_id: int, topics: Sequence[str]) -> list[Left]:
    """Return the residents who do not have all topics yet, those with the least left first."""
    ledger = ledger_of(topics)
    missing = len(set(topics)) - func.coalesce(ledger.c.covering, 0)
    statement = (
        select(missing, *_columns)
        .select_from(
            residents.outerjoin(ledger, ledger.c.resident_id == residents.c.id).outerjoin(
                names, names.c.resident_id == residents.c.id
            )
        )
        .where(
            residents.c.neighbourhood_id == neighbourhood_id,
            residents.c.counted,
            residents.c.age_band.in_(ADULT_BANDS),
            missing > 0,
        )
        .order_by(missing, names.c.at, residents.c.id)
    )
    rows = connection.execute(statement).all()
    return [Left(Neighbour(*row[1:]) if row.resident_id is not None else None, row[0]) for row in rows]


def shown_name(connection: Connection, resident_id: int) -> Neighbour | None:
    """Return the name by which the team sees the resident."""
    row = connection.execute(select(*_columns).where(names.c.resident_id == resident_id)).first()
    return Neighbour(*row) if row else None


def observed_since(connection: Connection, member_id: int, since: dt.datetime) -> int:
    """Return how many observations a member has noted since."""
    statement = select(func.count()).select_from(observations)
    mine = statement.where(observations.c.member_id == member_id, observations.c.at > since)
    found: int = connection.execute(mine).scalar_one()
    return found


def hurrying(connection: Connection, member_id: int, now: dt.datetime) -> bool:
    """Return whether one more observation of a member would be more than is plausible."""
    return any(observed_since(connection, member_id, now - within) >= most - 1 for most, within in BURSTS)


def bursts(connection: Connection, ward_id: int) -> list[Burst]:
    """Return the members who noted more than is plausible in so short a time, each with the worst of these bursts."""
    statement = (
        select(observations.c.member_id, neighbourhoods.c.name, observations.c.at)
        .join(members, members.c.id == observations.c.member_id)
        .join(neighbourhoods, neighbourhoods.c.id == members.c.neighbourhood_id)
        .where(neighbourhoods.c.ward_id == ward_id)
        .order_by(observations.c.member_id, observations.c.at)
    )
    recent: dict[tuple[int, dt.timedelta], deque[dt.datetime]] = defaultdict(deque)
    worst: dict[int, Burst] = {}
    for member_id, name, at in connection.execute(statement):
        for most, within in BURSTS:
            times = recent[member_id, within]
            times.append(at)
            while at - times[0] >= within:
                times.popleft()
            if len(times) >= most and (member_id not in worst or len(times) > worst[member_id].count):
                worst[member_id] = Burst(member_id, name, times[0], len(times), within.seconds // 60)
    return list(worst.values())
