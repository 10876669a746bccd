"""Conversations: one address on one channel, what it was last told, and which events it has sent."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, exists, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well
from sqlalchemy.exc import IntegrityError

from storage.tables import conversations, neighbourhoods, residents, seen


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


_known = (
    select(
        conversations.c.id.label("conversation_id"),
        conversations.c.version,
        conversations.c.reply,
        conversations.c.event,
        exists().where(seen.c.conversation_id == conversations.c.id, seen.c.event == bindparam("event")).label("seen"),
        residents.c.id.label("resident_id"),
        residents.c.age_band,
        residents.c.counted,
        residents.c.reminded,
        neighbourhoods.c.id.label("neighbourhood_id"),
        neighbourhoods.c.code.label("neighbourhood_code"),
        neighbourhoods.c.name.label("neighbourhood_name"),
    )
    .select_from(conversations.outerjoin(residents).outerjoin(neighbourhoods))
    .where(
        conversations.c.channel == bindparam("channel"),
        conversations.c.account == bindparam("account"),
        conversations.c.address == bindparam("address"),
    )
)


def known(connection: Connection, channel: str, account: str, address: str, event: str) -> Known:
    """Return what is known of this address, and whether this event of it was answered before."""
    values = {"channel": channel, "account": account, "address": address, "event": event}
    row = connection.execute(_known, values).first()
    if row is None:
        return Known()
    fields = row._mapping
    return Known(
        **{
            **fields,
            "seen": bool(fields["seen"]),
            "counted": bool(fields["counted"]),
            "reminded": bool(fields["reminded"]),
        }
    )


_advance = (
    update(conversations)
    .where(conversations.c.id == bindparam("conversation"), conversations.c.version == bindparam("old_version"))
    .values(
        version=conversations.c.version + 1,
        reply=bindparam("reply"),
        event=bindparam("event"),
        seen_at=bindparam("now"),
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


def advance(
    connection: Connection, conversation_id: int, version: int, event: str, reply: str, now: dt.datetime
) -> None:
    """Record that this event was answered with this reply. Raise Raced when the version is another by now."""
    values = {
        "conversation": conversation_id,
        "old_version": version,
        "reply": reply,
        "event": event,
        "now": now,
    }
    if connection.execute(_advance, values).rowcount != 1:
        raise Raced
    try:
        connection.execute(_see, {"conversation_id": conversation_id, "event": event})
    except IntegrityError as error:
        raise Raced from error


def belong(connection: Connection, conversation_id: int, resident_id: int | None) -> None:
    """Make the conversation this resident's, or nobody's."""
    connection.execute(
        update(conversations).where(conversations.c.id == conversation_id).values(resident_id=resident_id)
    )
