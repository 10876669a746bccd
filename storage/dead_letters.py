"""Dead letters: messages that did not arrive, or perhaps not, and are not tried any more; and trying them once more."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select, update

from storage.deliveries import EXPIRED, LIFE
from storage.tables import conversations, deliveries


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that was given up. Whose it is and what it says are nobody's business."""

    id: int
    channel: str
    lane: str  # one of tables.LANES
    status: str  # "failed", or "unsure": it may have arrived
    reason: str
    at: dt.datetime  # when it was queued
    again: bool  # whether it may be tried once more


def _again() -> ColumnElement[bool]:
    """Select what may be tried once more: nothing late or emptied, no reminder that may have arrived."""
    failed = (deliveries.c.status == "failed") & (deliveries.c.reason != EXPIRED)
    unsure = (deliveries.c.status == "unsure") & (deliveries.c.lane == "answer")
    return (failed | unsure) & conversations.c.gone_at.is_(None) & (deliveries.c.reply != "")


def dead_letters(connection: Connection, since: dt.datetime, most: int) -> list[DeadLetter]:
    """Return at most so many messages queued since then and given up, the latest first."""
    columns = (deliveries.c.id, deliveries.c.channel, deliveries.c.lane, deliveries.c.status)
    statement = (
        select(*columns, func.coalesce(deliveries.c.reason, ""), deliveries.c.created_at, _again())
        .join(conversations)
        .where(deliveries.c.status.in_(("failed", "unsure")), deliveries.c.created_at >= since)
        .order_by(deliveries.c.id.desc())
        .limit(most)
    )
    return [DeadLetter(*row) for row in connection.execute(statement)]


def replay(connection: Connection, ids: Sequence[int], now: dt.datetime) -> int:
    """Queue these once more, as if they were new, as far as they may be; return how many."""
    chosen = select(deliveries.c.id).join(conversations).where(deliveries.c.id.in_(ids), _again())
    anew = update(deliveries).where(deliveries.c.id.in_(chosen))
    values = {"status": "queued", "tries": 0, "due_at": now, "expires_at": now + LIFE, "settled_at": None}
    return connection.execute(anew.values(**values)).rowcount
