"""Reminders on their way: let into the outbox little by little, and counted when they have left."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, case, exists, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.audience import LEFT, Ways, aim_of, best, done, verdict
from storage.campaigns import LIFE, held
from storage.deliveries import EXPIRED, OUT_OF_REACH
from storage.tables import OUTCOMES, campaigns, conversations, deliveries, reminders, residents

AT_ONCE = 100
"""Reminders let into the outbox in one write."""
HERE = dt.timedelta(minutes=10)
"""Whoever wrote so lately is in the middle of something, and is not interrupted."""
APART = dt.timedelta(hours=12)
"""Between two reminders to one person, of whichever campaigns: the later one waits for another day."""
_lately = reminders.alias("lately")


def release(
    connection: Connection,
    campaign_id: int,
    replies: Sequence[str],
    now: dt.datetime,
    until: dt.datetime,
    ways: Ways,
    most: int = AT_ONCE,
) -> None:
    """Let the next reminders into the outbox, where they are of use until then; whoever may not have one is counted.

    The replies (JSON) take turns: somebody's next reminder of the series reads otherwise.
    """
    row = held(connection, campaign_id, "started")
    if row is None:
        return
    aim = aim_of(row)
    here = exists().where(conversations.c.resident_id == residents.c.id, conversations.c.seen_at > now - HERE)
    fresh = exists().where(
        _lately.c.resident_id == residents.c.id, _lately.c.outcome.in_(LEFT), _lately.c.at > now - APART
    )
    waiting = (
        select(
            reminders.c.id,
            reminders.c.resident_id,
            case((done(aim, now), "done"), else_=verdict(now, ways)).label("verdict"),
            best(now, ways).label("place"),
        )
        .join(residents)
        .where(reminders.c.campaign_id == campaign_id, reminders.c.outcome == "waiting", ~here, ~fresh)
        .order_by(reminders.c.id)
        .limit(most)
    )
    found = connection.execute(waiting).all()
    going = [one for one in found if one.verdict == "waiting"]
    texts = [replies[(one.resident_id + row.number) % len(replies)] for one in going]
    ids = queue(connection, [(one.place, text) for one, text in zip(going, texts, strict=True)], now, until)
    outcomes = [{"reminder": one.id, "new": one.verdict, "delivery": None} for one in found if one.verdict != "waiting"]
    outcomes += [
        {"reminder": one.id, "new": "queued", "delivery": given} for one, given in zip(going, ids, strict=True)
    ]
    if outcomes:
        kept = update(reminders).where(reminders.c.id == bindparam("reminder"))
        values = {"outcome": bindparam("new"), "delivery_id": bindparam("delivery"), "at": now}
        connection.execute(kept.values(values), outcomes)


def queue(
    connection: Connection, messages: Sequence[tuple[int, str]], now: dt.datetime, until: dt.datetime
) -> Sequence[int]:
    """Queue one message for each conversation; return the ids of the deliveries, in this order."""
    if not messages:
        return []
    columns = (conversations.c.id, conversations.c.channel, conversations.c.account)
    places = select(*columns).where(conversations.c.id.in_([conversation for conversation, _ in messages]))
    known = {row.id: row for row in connection.execute(places)}
    values = [
        {
            "conversation_id": conversation,
            "channel": known[conversation].channel,
            "account": known[conversation].account,
            "lane": "campaign",
            "reply": reply,
            "status": "queued",
            "due_at": now,
            "created_at": now,
            "expires_at": until,
        }
        for conversation, reply in messages
    ]
    queued = insert(deliveries).returning(deliveries.c.id, sort_by_parameter_order=True)
    return connection.scalars(queued, values).all()


def collect(connection: Connection, campaign_id: int, now: dt.datetime) -> None:
    """Count what became of the reminders in the outbox; what its hours ended for waits for the next ones."""
    campaign = connection.execute(select(campaigns).where(campaigns.c.id == campaign_id).with_for_update()).one()
    over = campaign.status != "started" or campaign.starts_at + LIFE <= now
    if over:
        _drop(connection, campaign_id, now)
    reason, status = deliveries.c.reason, deliveries.c.status
    became = case(
        ((status == "failed") & (reason == EXPIRED), "expired" if over else "waiting"),
        ((status == "failed") & reason.in_(OUT_OF_REACH), "needs_other_channel"),
        ((status == "failed") & reason.in_(OUTCOMES), reason),
        else_=status,
    )
    settled = status.in_(("sent", "failed", "gone", "unsure"))
    theirs = select(became).where(deliveries.c.id == reminders.c.delivery_id, settled).scalar_subquery()
    queued = (reminders.c.campaign_id == campaign_id, reminders.c.outcome == "queued")
    known = exists().where(deliveries.c.id == reminders.c.delivery_id, settled)
    connection.execute(update(reminders).where(*queued, known).values(outcome=theirs))
    connection.execute(update(reminders).where(*queued, reminders.c.delivery_id.is_(None)).values(outcome="gone"))
    own = update(reminders).where(reminders.c.campaign_id == campaign_id)
    if over:
        connection.execute(own.where(reminders.c.outcome == "waiting").values(outcome="expired"))
    left = exists().where(reminders.c.campaign_id == campaign_id, reminders.c.outcome.in_(("waiting", "queued")))
    ended = update(campaigns).where(campaigns.c.id == campaign_id, campaigns.c.status == "started", ~left)
    connection.execute(ended.values(status="done"))


def _drop(connection: Connection, campaign_id: int, now: dt.datetime) -> None:
    """Drop what is past its time in the outbox although nobody claims it: its platform is not set up any more."""
    own = (reminders.c.campaign_id == campaign_id, reminders.c.outcome == "queued")
    late = (deliveries.c.status == "queued", deliveries.c.expires_at <= now)
    dropped = update(deliveries).where(deliveries.c.id.in_(select(reminders.c.delivery_id).where(*own)), *late)
    connection.execute(dropped.values(status="failed", reason=EXPIRED, settled_at=now))
