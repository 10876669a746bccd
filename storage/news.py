"""What people are told without having written: through the outbox, or at their next visit where nothing can be sent."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from storage.deliveries import UNSETTLED
from storage.tables import conversations, deliveries, news

CHANNELS = ("zalo_oa", "zalo_bot", "telegram")
"""Those that messages are sent on."""
LIFE = dt.timedelta(days=2)
"""How long the outbox tries: an answer is worth having late."""


@dataclass(frozen=True, slots=True)
class News:
    """Something that waits for the next visit."""

    id: int
    reply: str  # JSON


def tell(connection: Connection, conversation_ids: Sequence[int], reply: str, now: dt.datetime) -> int:
    """Tell these conversations the reply; return how many there are to be told.

    What can be sent becomes what the conversation was offered last as soon as it was.
    """
    columns = (conversations.c.id, conversations.c.channel, conversations.c.account)
    chosen = conversations.c.id.in_(conversation_ids) & conversations.c.gone_at.is_(None)
    rows = connection.execute(select(*columns).where(chosen).order_by(conversations.c.id)).all()
    common = {"lane": "answer", "reply": reply, "status": "queued", "offers": True}
    times = {"due_at": now, "created_at": now, "expires_at": now + LIFE}
    sent = [
        {"conversation_id": row.id, "channel": row.channel, "account": row.account, **common, **times}
        for row in rows
        if row.channel in CHANNELS
    ]
    kept = [{"conversation_id": row.id, "reply": reply, "at": now} for row in rows if row.channel not in CHANNELS]
    if sent:
        connection.execute(insert(deliveries), sent)
    if kept:
        connection.execute(insert(news), kept)
    return len(rows)


def waiting(connection: Connection, conversation_id: int) -> list[News]:
    """Return what waits for the next visit, oldest first."""
    statement = select(news.c.id, news.c.reply).where(news.c.conversation_id == conversation_id).order_by(news.c.id)
    return [News(*row) for row in connection.execute(statement)]


def shown(connection: Connection, ids: Sequence[int]) -> None:
    """Forget what was shown."""
    connection.execute(delete(news).where(news.c.id.in_(ids)))


def put_on_show(connection: Connection, conversation_id: int, version: int, reply: str, ids: Sequence[int]) -> None:
    """Let the reply, in which the news stand, be what is on show; nothing changes when the conversation moved on."""
    here = (conversations.c.id == conversation_id, conversations.c.version == version)
    if connection.execute(update(conversations).where(*here).values(reply=reply, version=version + 1)).rowcount:
        shown(connection, ids)


def unsay(connection: Connection, conversation_ids: Sequence[int], commands: Sequence[str], all_of_it: bool) -> None:
    """Take back from these conversations what holds one of the commands: what has not been sent or shown yet.

    `all_of_it`: what was sent, and what is on show, is emptied as well.
    """
    if not conversation_ids or not commands:
        return

    def holds(column: ColumnElement[str]) -> ColumnElement[bool]:
        return or_(*(column.contains(f'"{command}"', autoescape=True) for command in commands))

    connection.execute(delete(news).where(news.c.conversation_id.in_(conversation_ids), holds(news.c.reply)))
    told = (deliveries.c.conversation_id.in_(conversation_ids), holds(deliveries.c.reply))
    under_way = deliveries.c.status.in_(UNSETTLED if all_of_it else ("queued",))
    connection.execute(delete(deliveries).where(*told, under_way))
    if all_of_it:
        connection.execute(update(deliveries).where(*told).values(reply=""))
        on_show = (conversations.c.id.in_(conversation_ids), holds(conversations.c.reply))
        connection.execute(update(conversations).where(*on_show).values(reply="", version=conversations.c.version + 1))
