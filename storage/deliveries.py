"""The outbox: replies and reminders on their way out. Claim, send, settle; recover what a crash left in between."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, ScalarSelect, Select, bindparam, exists, func, select, update

from storage.tables import conversations, deliveries

UNSETTLED = ("queued", "claimed")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one conversation, claimed by a sender."""

    id: int
    conversation_id: int
    address: str
    lane: str  # one of tables.LANES
    reply: str  # JSON
    tries: int  # this one included


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a delivery."""

    id: int
    status: str  # one of tables.DELIVERY_STATUSES; queued: to be tried again when due
    due_at: dt.datetime
    reason: str = ""
    message_id: str = ""  # the platform's, once it has accepted the message


_earlier = deliveries.alias("earlier")


def _claimable(channel: str, account: str, lane: str, now: dt.datetime, most: int) -> Select[int, int, str, str, int]:
    """Select what is due, oldest first; of each conversation only what nothing earlier waits before."""
    overtakes = exists().where(
        _earlier.c.conversation_id == deliveries.c.conversation_id,
        _earlier.c.id < deliveries.c.id,
        _earlier.c.lane == "answer",
        _earlier.c.status.in_(UNSETTLED),
    )
    return (
        select(
            deliveries.c.id,
            deliveries.c.conversation_id,
            conversations.c.address,
            deliveries.c.reply,
            deliveries.c.tries,
        )
        .join(conversations)
        .where(
            deliveries.c.channel == channel,
            deliveries.c.account == account,
            deliveries.c.lane == lane,
            deliveries.c.status == "queued",
            deliveries.c.due_at <= now,
            ~overtakes,
        )
        .order_by(deliveries.c.due_at, deliveries.c.id)
        .limit(most)
        .with_for_update(skip_locked=True, of=deliveries)
    )


def claim(connection: Connection, channel: str, account: str, lane: str, now: dt.datetime, most: int) -> list[Delivery]:
    """Return at most so many deliveries that are due, now this sender's alone."""
    rows = connection.execute(_claimable(channel, account, lane, now, most)).all()
    if rows:
        statement = update(deliveries).where(deliveries.c.id.in_([row.id for row in rows]))
        connection.execute(statement.values(status="claimed", tries=deliveries.c.tries + 1))
    return [Delivery(row.id, row.conversation_id, row.address, lane, row.reply, row.tries + 1) for row in rows]


_settle = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery"), deliveries.c.status == "claimed")
    .values(
        status=bindparam("new_status"),
        due_at=bindparam("new_due_at"),
        reason=bindparam("new_reason"),
        message_id=bindparam("new_message_id"),
        settled_at=bindparam("now"),
    )
)


def settle(connection: Connection, outcomes: Sequence[tuple[Settled, dt.datetime]]) -> None:
    """Record what became of claimed deliveries, each with the time. Whoever blocked us is not written to again."""
    values = [
        {
            "delivery": outcome.id,
            "new_status": outcome.status,
            "new_due_at": outcome.due_at,
            "new_reason": outcome.reason,
            "new_message_id": outcome.message_id,
            "now": now if outcome.status not in UNSETTLED else None,
        }
        for outcome, now in outcomes
    ]
    connection.execute(_settle, values)
    gone = [outcome.id for outcome, _ in outcomes if outcome.status == "gone"]
    if gone:
        theirs = select(deliveries.c.conversation_id).where(deliveries.c.id.in_(gone))
        left = update(conversations).where(conversations.c.id.in_(theirs))
        connection.execute(left.values(gone_at=max(now for _, now in outcomes)))


def recover(connection: Connection, channel: str, account: str) -> None:
    """Free what a sender that died had claimed. To be called by the only sender of the account.

    An answer is sent again, for a second answer is a hiccup; a reminder is not, for a second reminder is spam.
    """
    orphans = update(deliveries).where(
        deliveries.c.channel == channel, deliveries.c.account == account, deliveries.c.status == "claimed"
    )
    connection.execute(orphans.where(deliveries.c.lane == "answer").values(status="queued"))
    reminders = orphans.where(deliveries.c.lane != "answer")
    connection.execute(reminders.values(status="unsure", reason="the program stopped while sending"))


def sent_since(connection: Connection, channel: str, account: str, since: dt.datetime) -> int:
    """Return how many deliveries of an account left since then, may have left, or are about to."""
    ended = func.coalesce(deliveries.c.settled_at, deliveries.c.due_at)
    left = deliveries.c.status.in_(("sent", "unsure")) & (ended >= since)
    statement = (
        select(func.count())
        .select_from(deliveries.join(conversations))  # its index finds an account of few people among many
        .where(conversations.c.channel == channel, conversations.c.account == account)
        .where(left | (deliveries.c.status == "claimed"))
    )
    found: int = connection.execute(statement).scalar_one()
    return found


def _conversation(channel: str, account: str, address: str) -> ScalarSelect[int]:
    """Select the id of the conversation with an address."""
    here = (
        conversations.c.channel == channel,
        conversations.c.account == account,
        conversations.c.address == address,
    )
    return select(conversations.c.id).where(*here).scalar_subquery()


def arrived(
    connection: Connection,
    channel: str,
    account: str,
    address: str,
    messages: Sequence[str],
    now: dt.datetime,
    read: bool,
) -> bool:
    """Record that the platform's messages reached an address, or were read there; the first report counts.

    Return False when nothing is known of them yet, for a delivery there is still being settled.
    """
    theirs = deliveries.c.conversation_id == _conversation(channel, account, address)
    reported = {"delivered_at": func.coalesce(deliveries.c.delivered_at, now)}
    if read:
        reported["read_at"] = func.coalesce(deliveries.c.read_at, now)
    known = update(deliveries).where(theirs, deliveries.c.message_id.in_(messages)).values(**reported)
    if connection.execute(known).rowcount:
        return True
    sending = select(exists().where(theirs, deliveries.c.status == "claimed"))
    return not connection.execute(sending).scalar()


def leave(connection: Connection, channel: str, account: str, address: str, now: dt.datetime) -> None:
    """Record that somebody blocked us or went away, as the platform reports it: they are not written to again."""
    here = update(conversations).where(conversations.c.id == _conversation(channel, account, address))
    connection.execute(here.values(gone_at=now))


def heard_at(connection: Connection, channel: str, account: str, address: str) -> dt.datetime | None:
    """Return when somebody last wrote, None when they never did."""
    heard = select(conversations.c.seen_at).where(conversations.c.id == _conversation(channel, account, address))
    found: dt.datetime | None = connection.execute(heard).scalar()
    return found
