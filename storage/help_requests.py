"""Requests for help that are open: who waits, what was said, and who answered."""

import datetime as dt
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, func, or_, select, update

from storage.tables import conversations, help_messages, help_requests, members, neighbourhoods


@dataclass(frozen=True, slots=True)
class Request:
    """A request for help that is open."""

    id: int
    conversation_id: int
    neighbourhood_id: int | None
    place: str | None  # name of the neighbourhood
    at: dt.datetime
    answered_at: dt.datetime | None
    last_at: dt.datetime | None
    text: str  # what was said first; may be empty


@dataclass(frozen=True, slots=True)
class Message:
    """Something said in a request."""

    speaker: str  # one of tables.SPEAKERS
    text: str
    at: dt.datetime


@cache
def requests() -> Select[*tuple[Any, ...]]:
    """Select open requests, the oldest first, in the order of Request's fields."""
    first = (
        select(help_messages.c.text)
        .where(help_messages.c.help_request_id == help_requests.c.id, help_messages.c.speaker == "resident")
        .order_by(help_messages.c.id)
        .limit(1)
        .scalar_subquery()
    )
    places = (help_requests.c.conversation_id, help_requests.c.neighbourhood_id, neighbourhoods.c.name)
    times = (help_requests.c.at, help_requests.c.answered_at, help_requests.c.last_at)
    chosen = select(help_requests.c.id, *places, *times, func.coalesce(first, "")).select_from(
        help_requests.outerjoin(neighbourhoods)
    )
    return chosen.where(help_requests.c.status == "open").order_by(help_requests.c.at, help_requests.c.id)


def open_in(connection: Connection, neighbourhood_id: int) -> list[Request]:
    """Return the open requests of a neighbourhood, the oldest first."""
    return [Request(*row) for row in connection.execute(_here(), {"neighbourhood": neighbourhood_id})]


@cache
def _here() -> Select[*tuple[Any, ...]]:
    return requests().where(help_requests.c.neighbourhood_id == bindparam("neighbourhood"))


def all_open(connection: Connection, ward_id: int) -> list[Request]:
    """Return the open requests of the ward, the oldest first."""
    return [Request(*row) for row in connection.execute(requests().where(help_requests.c.ward_id == ward_id))]


def awaited(connection: Connection, conversation_id: int | None, resident_id: int | None) -> bool:
    """Return whether words may come by themselves in this conversation: an answer, or what a member is to know."""
    if own(connection, conversation_id, resident_id):
        return True
    member = (members.c.conversation_id == conversation_id, members.c.until.is_(None))
    return bool(connection.execute(select(exists().where(*member))).scalar())


def request_of(connection: Connection, request_id: int) -> Request | None:
    """Return the request of this number while it is open."""
    row = connection.execute(requests().where(help_requests.c.id == request_id)).first()
    return Request(*row) if row else None


def own(connection: Connection, conversation_id: int | None, resident_id: int | None) -> Request | None:
    """Return the open request of this conversation, or of another one of its resident."""
    theirs: ColumnElement[bool] = conversations.c.id == conversation_id
    if resident_id is not None:
        theirs = or_(theirs, conversations.c.resident_id == resident_id)
    places = select(conversations.c.id).where(theirs)
    row = connection.execute(requests().where(help_requests.c.conversation_id.in_(places))).first()
    return Request(*row) if row else None


def thread(connection: Connection, request_id: int, most: int = 8) -> list[Message]:
    """Return what was said last in a request, oldest first."""
    columns = (help_messages.c.speaker, help_messages.c.text, help_messages.c.at)
    latest = select(*columns).where(help_messages.c.help_request_id == request_id).order_by(help_messages.c.id.desc())
    return [Message(*row) for row in connection.execute(latest.limit(most))][::-1]


def helper_at(connection: Connection, request_id: int) -> int | None:
    """Return the conversation of the member who answered last, None when nobody did or they are no member any more."""
    answers = (help_messages.c.help_request_id == request_id, help_messages.c.speaker == "member")
    latest = select(members.c.conversation_id).join(help_messages, help_messages.c.member_id == members.c.id)
    found: int | None = connection.execute(
        latest.where(*answers, members.c.until.is_(None)).order_by(help_messages.c.id.desc()).limit(1)
    ).scalar()
    return found


def opened_since(connection: Connection, conversation_id: int | None, since: dt.datetime) -> int:
    """Return how many requests a conversation opened since then."""
    here = (help_requests.c.conversation_id == conversation_id, help_requests.c.at >= since)
    found: int = connection.execute(select(func.count()).select_from(help_requests).where(*here)).scalar_one()
    return found


def shown_to_helper(connection: Connection, request_id: int) -> str:
    """Return what the member who answered last was told last (JSON), "" when there is none."""
    place = helper_at(connection, request_id)
    found: str | None = connection.execute(select(conversations.c.reply).where(conversations.c.id == place)).scalar()
    return found or ""


def team(neighbourhood_id: int | None, asking_id: int | None) -> Select[int]:
    """Select the conversations of a neighbourhood's team, but for the member who asks, in whichever conversation."""
    asking, own = conversations.alias("asking"), conversations.alias("own")
    same = or_(asking.c.id == own.c.id, asking.c.resident_id == own.c.resident_id)
    asks = exists().where(own.c.id == members.c.conversation_id, asking.c.id == asking_id, same)
    here = (members.c.neighbourhood_id == neighbourhood_id, members.c.until.is_(None))
    return select(members.c.conversation_id).where(*here, ~asks)


def team_size(connection: Connection, neighbourhood_id: int | None, asking_id: int | None) -> int:
    """Return how many of the team of a neighbourhood can answer whoever asks in this conversation."""
    others = team(neighbourhood_id, asking_id).subquery()
    found: int = connection.execute(select(func.count()).select_from(others)).scalar_one()
    return found


@dataclass(frozen=True, slots=True)
class Answered:
    """A question that a helper answered, from which an entry can be made; nobody knows whose it was."""

    id: int
    question: str  # folded
    answer: str
    at: dt.datetime


def answered(connection: Connection, ward_id: int) -> list[Answered]:
    """Return the answered questions nobody made an entry of or put aside, the latest first."""
    columns = (help_requests.c.id, help_requests.c.question, help_requests.c.answer, help_requests.c.answered_at)
    unused = (help_requests.c.ward_id == ward_id, help_requests.c.used_at.is_(None))
    told = (help_requests.c.question != "", help_requests.c.answer != "")
    found = select(*columns).where(*unused, *told).order_by(help_requests.c.id.desc())
    return [Answered(*row) for row in connection.execute(found)]


def use(connection: Connection, ward_id: int, request_id: int, now: dt.datetime | None) -> bool:
    """Take an answered question off the list: an entry was made of it, or it was put aside. None: put it back."""
    here = (help_requests.c.id == request_id, help_requests.c.ward_id == ward_id)
    return bool(connection.execute(update(help_requests).where(*here).values(used_at=now)).rowcount)
