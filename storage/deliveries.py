"""The outbox: replies and reminders on their way out. Claim, send, settle; recover what a crash left in between."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Integer, Row, ScalarSelect, bindparam, case, exists, func, select, update

from storage.audience import said_since, tried_at, void
from storage.tables import conversations, deliveries

UNSETTLED = ("queued", "claimed")
LET_GO = dt.timedelta(minutes=1)
"""How long a reminder waits that a sender had claimed and not begun when it went: it may only be cut off from us, and
still be sending. By then it has noticed, and what it sent is settled."""
LIFE = dt.timedelta(days=1)
"""How long a message is of use where nothing else is said: the next day nobody knows what an answer is about."""
PATIENCE = 8
"""Tries, about two minutes, during which later answers of a conversation wait, so that all come in order; then they
go past, for it may be this one alone that cannot be sent."""
EXPIRED = "expired"
"""The reason of what was dropped because its time was over."""
OUT_OF_REACH = ("window", "quota")
"""The reasons of what a platform does not take: the resident was silent for too long, or the package is spent."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one conversation, claimed by a sender."""

    id: int
    conversation_id: int
    address: str
    lane: str  # one of tables.LANES
    reply: str  # JSON
    tries: int  # this one included
    expires_at: dt.datetime
    claimed_at: dt.datetime
    offers: bool = False  # whether it is what the conversation was offered last once it is sent


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a delivery."""

    id: int
    tries: int  # as claimed: whoever has claimed it again since is not disturbed
    status: str  # one of tables.DELIVERY_STATUSES; queued: to be tried again when due
    due_at: dt.datetime
    reason: str = ""
    messages: int = 0  # that the platform took
    message_id: str = ""  # the platform's, of the last one
    offers: bool = False  # whether it is now what the conversation was offered last: nobody had written before it


_earlier = deliveries.alias("earlier")


_overtakes = exists().where(
    _earlier.c.conversation_id == deliveries.c.conversation_id,
    _earlier.c.id < deliveries.c.id,
    _earlier.c.lane == "answer",
    (_earlier.c.status == "claimed") | ((_earlier.c.status == "queued") & (_earlier.c.tries < PATIENCE)),
)
_claimable = (
    select(
        deliveries.c.id,
        deliveries.c.conversation_id,
        conversations.c.address,
        deliveries.c.reply,
        deliveries.c.tries,
        deliveries.c.created_at,
        deliveries.c.expires_at,
        deliveries.c.offers,
    )
    .join(conversations)
    .where(
        deliveries.c.channel == bindparam("channel"),
        deliveries.c.account == bindparam("account"),
        deliveries.c.lane == bindparam("lane"),
        deliveries.c.status == "queued",
        deliveries.c.due_at <= bindparam("now"),
        ~_overtakes,
    )
    .order_by(deliveries.c.due_at, deliveries.c.id)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True, of=deliveries)
)
"""What is due, oldest first; of each conversation only what nothing earlier waits before."""


def claim(
    connection: Connection,
    channel: str,
    account: str,
    lane: str,
    now: dt.datetime,
    most: int,
    at: dt.datetime | None = None,
) -> list[Delivery]:
    """Return at most so many deliveries that are due, now this sender's alone. What is of no use is dropped.

    Reminders are to be begun in this order, after those claimed before. `at`: now, by a clock that never goes back;
    `recover` finds the order by it.
    """
    asked = {"channel": channel, "account": account, "lane": lane, "now": now, "most": most}
    while True:
        rows = connection.execute(_claimable, asked).all()
        useless = {row.id: EXPIRED for row in rows if _expiry(row) <= now}
        if lane == "campaign" and rows:
            useless = void(connection, [row.id for row in rows], now) | useless
        if not useless:
            break
        for reason in sorted(set(useless.values())):
            ids = [delivery for delivery, why in useless.items() if why == reason]
            dropped = update(deliveries).where(deliveries.c.id.in_(ids))
            connection.execute(dropped.values(status="failed", reason=reason, settled_at=now))
    if rows:
        statement = update(deliveries).where(deliveries.c.id.in_([row.id for row in rows]))
        connection.execute(statement.values(status="claimed", tries=deliveries.c.tries + 1, due_at=at or now))
    return [
        Delivery(
            row.id,
            row.conversation_id,
            row.address,
            lane,
            row.reply,
            row.tries + 1,
            _expiry(row),
            at or now,
            lane == "campaign" or row.offers,
        )
        for row in (sorted(rows, key=attrgetter("id")) if lane == "campaign" else rows)
    ]


def _expiry(row: Row[*tuple[Any, ...]]) -> dt.datetime:
    expires: dt.datetime = row.expires_at or row.created_at + LIFE
    return expires


_settle = (
    update(deliveries)
    .where(deliveries.c.id == bindparam("delivery"), deliveries.c.tries == bindparam("as_claimed"))
    .where(deliveries.c.status.in_(UNSETTLED))
    .values(
        status=bindparam("new_status"),
        due_at=bindparam("new_due_at"),
        reason=bindparam("new_reason"),
        messages=deliveries.c.messages + bindparam("new_messages"),
        message_id=bindparam("new_message_id"),
        settled_at=bindparam("now"),
    )
)


def settle(connection: Connection, outcomes: Sequence[tuple[Settled, dt.datetime]]) -> None:
    """Record what became of claimed deliveries, each with the time. Whoever blocked us is not written to again."""
    values = [
        {
            "delivery": outcome.id,
            "as_claimed": outcome.tries,
            "new_status": outcome.status,
            "new_due_at": outcome.due_at,
            "new_reason": outcome.reason,
            "new_messages": outcome.messages,
            "new_message_id": outcome.message_id,
            "now": now if outcome.status not in UNSETTLED else None,
        }
        for outcome, now in outcomes
    ]
    connection.execute(_settle, values)
    for outcome in (outcome for outcome, _ in outcomes if outcome.offers):
        sent = select(deliveries.c.reply).where(deliveries.c.id == outcome.id).scalar_subquery()
        place = select(deliveries.c.conversation_id).where(deliveries.c.id == outcome.id).scalar_subquery()
        newer = exists().where(deliveries.c.conversation_id == conversations.c.id, deliveries.c.id > outcome.id)
        offered = update(conversations).where(conversations.c.id == place, ~newer)
        connection.execute(offered.values(reply=sent, version=conversations.c.version + 1))
    gone = [outcome.id for outcome, _ in outcomes if outcome.status == "gone"]
    if gone:
        theirs = select(deliveries.c.conversation_id).where(deliveries.c.id.in_(gone))
        left = update(conversations).where(conversations.c.id.in_(theirs))
        connection.execute(left.values(gone_at=max(now for _, now in outcomes)))


def recover(connection: Connection, channel: str, account: str, now: dt.datetime, at_once: int) -> None:
    """Free what a sender that died had claimed. To be called by the only sender of the account.

    An answer is sent again, for a second answer is a hiccup; a reminder is not, for a second reminder is spam. No more
    reminders than `at_once` may have been under way, the first of those claimed; the others never left.
    """
    here = (deliveries.c.channel == channel, deliveries.c.account == account, deliveries.c.status == "claimed")
    orphans = update(deliveries).where(*here)
    connection.execute(orphans.where(deliveries.c.lane == "answer").values(status="queued"))
    claimed = select(deliveries.c.id).where(*here).order_by(deliveries.c.due_at, deliveries.c.id)
    ids = connection.scalars(claimed).all()
    for some, became in (
        (ids[:at_once], {"status": "unsure", "reason": "the program stopped while sending"}),
        (ids[at_once:], {"status": "queued", "due_at": now + LET_GO}),
    ):
        connection.execute(update(deliveries).where(deliveries.c.id.in_(some)).values(became))


def sent_since(connection: Connection, channel: str, account: str, since: dt.datetime) -> int:
    """Return how many messages of an account left since then, may have left, or are about to."""
    status = deliveries.c.status
    perhaps = case((status.in_(("claimed", "unsure")), 1), else_=0)
    statement = (
        select(func.coalesce(func.sum(deliveries.c.messages + perhaps), 0))
        .select_from(deliveries.join(conversations))  # its index finds an account of few people among many
        .where(conversations.c.channel == channel, conversations.c.account == account)
        .where((status == "claimed") | (tried_at >= since))
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
    # asked first: what is settled between the two statements is found by the second one
    sending = connection.execute(select(exists().where(theirs, deliveries.c.status == "claimed"))).scalar()
    known = update(deliveries).where(theirs, deliveries.c.message_id.in_(messages)).values(**reported)
    return bool(connection.execute(known).rowcount) or not sending


def leave(connection: Connection, channel: str, account: str, address: str, now: dt.datetime) -> None:
    """Record that somebody blocked us or went away, as the platform reports it: they are not written to again."""
    here = update(conversations).where(conversations.c.id == _conversation(channel, account, address))
    connection.execute(here.values(gone_at=now))


def heard(connection: Connection, channel: str, account: str, address: str) -> tuple[dt.datetime, int] | None:
    """Return when somebody last wrote, and how many messages they got since; None when they never wrote."""
    here = conversations.c.id == _conversation(channel, account, address)
    row = connection.execute(select(conversations.c.seen_at, said_since()).where(here)).first()
    return (row[0], row[1]) if row else None
