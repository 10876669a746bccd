"""Pauses: conversations in which a person talks, and the bot holds back until they are done, or silent for a while."""

import datetime as dt

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.tables import conversations, pauses


def pause(connection: Connection, conversation_id: int, pauser: str, until: dt.datetime) -> None:
    """Let the bot hold back in a conversation until then."""
    values = {"pauser": pauser, "until": until}
    statement = insert(pauses).values(conversation_id=conversation_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["conversation_id"], set_=values))


def resume(connection: Connection, conversation_id: int) -> None:
    """Let the bot answer again."""
    connection.execute(delete(pauses).where(pauses.c.conversation_id == conversation_id))


def pauser(connection: Connection, conversation_id: int, now: dt.datetime) -> str | None:
    """Return for whom the bot holds back now, one of tables.PAUSERS."""
    held = select(pauses.c.pauser).where(pauses.c.conversation_id == conversation_id, pauses.c.until > now)
    found: str | None = connection.execute(held).scalar()
    return found


def end_old(connection: Connection, now: dt.datetime) -> None:
    """Forget pauses that are over."""
    connection.execute(delete(pauses).where(pauses.c.until <= now))


def staff_spoke(
    connection: Connection, channel: str, account: str, address: str, now: dt.datetime, until: dt.datetime | None
) -> None:
    """Hold back where somebody of the office talks, until then; none: they are done. A conversation begins with it."""
    here = {"channel": channel, "account": account, "address": address}
    times = {"started_at": now, "seen_at": now}
    begun = insert(conversations).values(**here, **times, version=0, reply="", event="")
    connection.execute(begun.on_conflict_do_nothing())
    found = select(conversations.c.id).where(*(conversations.c[name] == value for name, value in here.items()))
    conversation_id = connection.execute(found).scalar_one()
    if until is None:
        resume(connection, conversation_id)
    else:
        pause(connection, conversation_id, "office", until)
