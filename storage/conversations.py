"""Conversations: one address on one channel, what it was last told, and which events it has sent."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Integer,
    bindparam,
    exists,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well
from sqlalchemy.exc import IntegrityError

from storage.quick import QuickRow
from storage.tables import conversations, neighbourhoods, news, pauses, reminders, residents, seen


class Raced(Exception):
    """Another turn of the same conversation was written in between; nothing of this one was."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a conversation, and of its resident, when a message comes in."""

    conversation_id: int | None = None
    version: int = 0
    reply: str = ""  # as recorded: JSON
    event: str = ""  # the event that was answered so
    seen: bool = False  # whether the event asked about was answered before
    resident_id: int | None = None
    age_band: str | None = None
    counted: bool = False
    reminded: bool = False
    neighbourhood_id: int | None = None
    neighbourhood_code: str | None = None
    neighbourhood_name: str | None = None
    path: str | None = None
    parked: bool = False  # whether they are to be told of reminders that could not be sent
    paused: bool = False  # whether there is a pause, which may be over
    news: bool = False  # whether something waits for the next visit


@dataclass(frozen=True, slots=True)
class Advance:
    """One event answered."""

    conversation_id: int
    version: int  # of the conversation before
    resident_id: int | None  # whose it was then
    learns: bool  # whether something is to be kept that needs their consent to be counted
    event: str
    reply: str  # JSON
    now: dt.datetime


OF_RESIDENT = (
    residents.c.id,
    residents.c.age_band,
    residents.c.counted,
    residents.c.reminded,
    neighbourhoods.c.id,
    neighbourhoods.c.code,
    neighbourhoods.c.name,
    residents.c.path,
)
"""What is known of a resident, in the order of Known's fields."""
_parked: ColumnElement[str] = literal_column(
    "'needs_other_channel'"
)  # no bind: only so the index of these reminders is used
_known = (
    select(  # in the order of Known's fields
        conversations.c.id,
        conversations.c.version,
        conversations.c.reply,
        conversations.c.event,
        exists().where(seen.c.conversation_id == conversations.c.id, seen.c.event == bindparam("event")),
        *OF_RESIDENT,
        exists().where(reminders.c.resident_id == residents.c.id, reminders.c.outcome == _parked),
        exists().where(pauses.c.conversation_id == conversations.c.id),
        exists().where(news.c.conversation_id == conversations.c.id),
    )
    .select_from(conversations.outerjoin(residents).outerjoin(neighbourhoods))
    .where(
        conversations.c.channel == bindparam("channel"),
        conversations.c.account == bindparam("account"),
        conversations.c.address == bindparam("address"),
    )
)


_known_row = QuickRow(_known)


def known(connection: Connection, channel: str, account: str, address: str, event: str) -> Known:
    """Return what is known of this address, and whether this event of it was answered before."""
    values = {"channel": channel, "account": account, "address": address, "event": event}
    row = _known_row(connection, values)
    if row is None:
        return Known()
    conversation, seen_before, resident, place = row[:4], bool(row[4]), (*row[5:7], *map(bool, row[7:9])), row[9:13]
    return Known(*(*conversation, seen_before, *resident, *place, *map(bool, row[13:])))


def seen_at(connection: Connection, conversation_id: int) -> dt.datetime:
    """Return when something was said in a conversation last."""
    at: dt.datetime = connection.execute(_seen_at, {"conversation": conversation_id}).scalar_one()
    return at


_seen_at = select(conversations.c.seen_at).where(conversations.c.id == bindparam("conversation"))
_agreed = (  # read in the write itself, and held until the commit: it may have been taken back on another chat
    select(residents.c.id)
    .where(residents.c.id == conversations.c.resident_id, residents.c.counted)
    .with_for_update(key_share=True)  # no weaker: counting locks the resident so, too, and two cannot both lock more
    .correlate(conversations)
    .exists()
)
_advance = (
    update(conversations)
    .where(
        conversations.c.id == bindparam("conversation"),
        conversations.c.version == bindparam("old_version"),
        conversations.c.resident_id.is_not_distinct_from(bindparam("resident", type_=Integer)),
        bindparam("learns", type_=Boolean).is_(False) | _agreed,
    )
    .values(
        version=conversations.c.version + 1,
        reply=bindparam("reply"),
        event=bindparam("event"),
        seen_at=bindparam("now"),
        gone_at=None,
    )
)
_begin = insert(conversations).on_conflict_do_nothing().returning(conversations.c.id)
_see = insert(seen)


def begin(connection: Connection, channel: str, account: str, address: str, now: dt.datetime) -> int:
    """Return the id of a new conversation. Raise Raced when there is one already."""
    values = {
        "channel": channel,
        "account": account,
        "address": address,
        "version": 0,
        "reply": "",
        "event": "",
        "started_at": now,
        "seen_at": now,
    }
    created: int | None = connection.execute(_begin, values).scalar()
    if created is None:
        raise Raced
    return created


def advance(connection: Connection, advances: Sequence[Advance]) -> None:
    """Record which events were answered with which replies.

    Raise Raced when a conversation has moved on by now, is another resident's, or theirs who took consent back.
    """
    values = [
        {
            "conversation": advance.conversation_id,
            "old_version": advance.version,
            "resident": advance.resident_id,
            "learns": advance.learns,
            "reply": advance.reply,
            "event": advance.event,
            "now": advance.now,
        }
        for advance in advances
    ]
    if connection.execute(_advance, values).rowcount != len(values):
        raise Raced
    try:
        connection.execute(
            _see, [{"conversation_id": advance.conversation_id, "event": advance.event} for advance in advances]
        )
    except IntegrityError as error:
        raise Raced from error


def belong(connection: Connection, conversation_id: int, resident_id: int | None) -> None:
    """Make the conversation this resident's, or nobody's."""
    connection.execute(
        update(conversations).where(conversations.c.id == conversation_id).values(resident_id=resident_id)
    )


def count(connection: Connection, channel: str, account: str) -> int:
    """Return how many conversations our account there has."""
    here = (conversations.c.channel == channel, conversations.c.account == account)
    found: int = connection.execute(select(func.count()).select_from(conversations).where(*here)).scalar_one()
    return found


def opened(connection: Connection, channel: str, account: str, address: str, now: dt.datetime) -> None:
    """Remember that somebody opened a conversation again without a word yet; where there is none, none begins."""
    here = (conversations.c.channel == channel, conversations.c.account == account, conversations.c.address == address)
    connection.execute(update(conversations).where(*here, conversations.c.seen_at < now).values(seen_at=now))


def gone(connection: Connection, channel: str, account: str, address: str, now: dt.datetime) -> None:
    """Remember that nothing can be sent to this address any more; until somebody writes from there again."""
    here = (conversations.c.channel == channel, conversations.c.account == account, conversations.c.address == address)
    connection.execute(update(conversations).where(*here).values(gone_at=now))
