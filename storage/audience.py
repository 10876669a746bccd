"""Whom a campaign means, who of them can be reminded and on which channel, and whether a reminder still may leave."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    ScalarSelect,
    and_,
    case,
    cast,
    distinct,
    exists,
    func,
    null,
    or_,
    select,
    update,
)

from storage.refreshes import is_due
from storage.tables import (
    ADULT_BANDS,
    COVERING,
    campaigns,
    completions,
    conversations,
    deliveries,
    positions,
    pushes,
    reminders,
    residents,
)

PER_WEEK = 2
DAYS = 7
"""Nobody is reminded more often than so on so many days running, today included."""
FREE = dt.timedelta(hours=48)
"""How long after a resident's last word a Zalo OA may write to them at no charge."""
OPEN = dt.timedelta(days=7)
"""How long it may at all; after that only by an approved template."""
tried_at = func.coalesce(deliveries.c.settled_at, deliveries.c.due_at)
"""When a delivery was last tried, or will be."""
WAYS = ("zalo_oa", "zalo_bot", "telegram", "web", "zalo_oa_paid", "zalo_oa_template")
"""How residents can be written to, the best first."""
LEFT = ("queued", "sent", "unsure")
"""Outcomes of reminders that left, may have left, or are about to."""

_before = reminders.alias("before")


@dataclass(frozen=True, slots=True)
class Ways:
    """What the office set up to write to residents by whom a Zalo OA may not write to at no charge."""

    paid: bool = False
    template: bool = False
    push: bool = False  # to browsers that allowed it
    paid_price: int = 0  # of one message, in đồng; 0: not known
    template_price: int = 0
    free_cap: int = 0  # messages at no charge after a resident's last word; 0: as many as there are


FREE_ONLY = Ways()


@dataclass(frozen=True, slots=True)
class Aim:
    """What a campaign is about, and whom it means."""

    ward_id: int
    neighbourhood_id: int | None  # none: those of `places`
    topic: str  # or tables.CONTINUE, tables.REFRESH
    topics: tuple[str, ...]  # who has them all is not reminded
    audience: str  # one of tables.AUDIENCES
    inactive_days: int = 0
    places: tuple[int, ...] = ()  # ids of neighbourhoods; none: the whole ward


def done(aim: Aim, now: dt.datetime) -> ColumnElement[bool]:
    """Return whether a resident has all that the campaign is about, or need not be asked again."""
    if aim.audience == "refresh_due":
        return ~is_due(aim.topics, now)
    theirs = (
        completions.c.resident_id == residents.c.id,
        completions.c.topic.in_(aim.topics),
        COVERING,
    )
    if len(aim.topics) == 1:
        return exists().where(*theirs)
    return select(func.count(distinct(completions.c.topic))).where(*theirs).scalar_subquery() >= len(aim.topics)


def meant(aim: Aim, now: dt.datetime) -> list[ColumnElement[bool]]:
    """Return the conditions by which a resident is one of the audience: adults who have not done it yet."""
    own = (positions.c.resident_id == residents.c.id, positions.c.topic.in_(aim.topics))
    learnt = (completions.c.resident_id == residents.c.id, completions.c.topic.in_(aim.topics))
    started = or_(exists().where(*own), exists().where(*learnt))
    since = now - dt.timedelta(days=aim.inactive_days)
    active = exists().where(conversations.c.resident_id == residents.c.id, conversations.c.seen_at > since)
    kinds = {"not_started": [~started], "started": [started], "inactive": [~active]}
    return [*living(aim), residents.c.age_band.in_(ADULT_BANDS), ~done(aim, now), *kinds.get(aim.audience, [])]


def living(aim: Aim) -> list[ColumnElement[bool]]:
    """Return the conditions by which a resident lives where the campaign is."""
    if aim.neighbourhood_id is None:
        ward = residents.c.ward_id + 0 == aim.ward_id  # by id, not by the index of the ward: planning goes in parts
        return [ward, residents.c.neighbourhood_id.in_(aim.places)] if aim.places else [ward]
    return [residents.c.ward_id == aim.ward_id, residents.c.neighbourhood_id == aim.neighbourhood_id]


def way(now: dt.datetime, ways: Ways) -> ColumnElement[str | None]:
    """Return by which of WAYS somebody is written to in a conversation now, none where by none."""
    channel, seen_at = conversations.c.channel, conversations.c.seen_at
    oa = channel == "zalo_oa"
    unspent = [said_since() < ways.free_cap] if ways.free_cap else []
    paid = [(oa & (seen_at > now - OPEN), "zalo_oa_paid")] if ways.paid else []
    template = [(oa, "zalo_oa_template")] if ways.template else []
    told = exists().where(pushes.c.conversation_id == conversations.c.id).correlate(conversations)
    push = [((channel == "web") & told, "web")] if ways.push else []
    free = (channel.in_(("zalo_bot", "telegram")), channel)
    return case(free, (and_(oa, seen_at > now - FREE, *unspent), "zalo_oa"), *push, *paid, *template, else_=null())


def said_since() -> ScalarSelect[int]:
    """Select how many messages a conversation got since its resident's last word."""
    theirs = (deliveries.c.conversation_id == conversations.c.id, tried_at >= conversations.c.seen_at)
    return (
        select(func.coalesce(func.sum(deliveries.c.messages), 0))
        .where(*theirs)
        .correlate(conversations)
        .scalar_subquery()
    )


def best(now: dt.datetime, ways: Ways) -> ScalarSelect[int]:
    """Select the conversation in which a resident is reminded, none where nothing can be sent to them."""
    theirs = (conversations.c.resident_id == residents.c.id, conversations.c.gone_at.is_(None))
    found = way(now, ways)
    rank = case({name: place for place, name in enumerate(WAYS)}, value=found)
    reached = select(conversations.c.id).where(*theirs, found.is_not(None))
    return reached.order_by(rank, conversations.c.seen_at.desc()).limit(1).correlate(residents).scalar_subquery()


def verdict(now: dt.datetime, ways: Ways, *more: tuple[ColumnElement[bool], str]) -> ColumnElement[str]:
    """Return `waiting` where one of the audience may be reminded, else the outcome that says why not.

    `more`: further reasons, looked at last.
    """
    recent = (_before.c.resident_id == residents.c.id, _before.c.outcome.in_(LEFT), _before.c.at >= _since(now))
    often = select(func.count()).select_from(_before).where(*recent).correlate(residents).scalar_subquery() >= PER_WEEK
    return case(
        (~(residents.c.counted & residents.c.reminded), "not_agreed"),
        (best(now, ways).is_(None), "needs_other_channel"),
        (often, "often"),
        *more,
        else_="waiting",
    )


def _since(now: dt.datetime) -> dt.datetime:
    """Return when the first of DAYS began in Viet Nam, seven hours ahead of UTC."""
    ahead = dt.timedelta(hours=7)
    today = (now + ahead).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - ahead - dt.timedelta(days=DAYS - 1)


def held_out(series_id: int, percent: int) -> ColumnElement[bool]:
    """Return whether a resident is left alone in a series: drawn by a hash, so always the same ones."""
    prime = 2_147_483_647
    mixed = (cast(residents.c.id, BigInteger) * 48_271 + series_id * 16_807 + 1) % prime
    return (mixed * mixed) % prime % 100 < percent


def void(connection: Connection, delivery_ids: Sequence[int], now: dt.datetime) -> dict[int, str]:
    """Return which of the deliveries are reminders that may not leave any more, each with the outcome."""
    columns = (campaigns.c.id, *(campaigns.c[name] for name in AIM), campaigns.c.status, reminders.c.delivery_id)
    theirs = select(*columns).join(reminders, reminders.c.campaign_id == campaigns.c.id)
    rows = connection.execute(theirs.where(reminders.c.delivery_id.in_(delivery_ids)).order_by(campaigns.c.id)).all()
    found: dict[int, str] = {}
    for _, group in groupby(rows, attrgetter("id")):
        members = list(group)
        ids = [row.delivery_id for row in members]
        if members[0].status == "cancelled":
            found |= dict.fromkeys(ids, "cancelled")
            continue
        agreed = residents.c.counted & residents.c.reminded
        reason = case((~agreed, "not_agreed"), (done(aim_of(members[0]), now), "done"), else_="").label("why")
        one = select(reminders.c.delivery_id, reason).join(residents).where(reminders.c.delivery_id.in_(ids))
        found |= {row.delivery_id: row.why for row in connection.execute(one) if row.why}
    return found


AIM = ("ward_id", "neighbourhood_id", "topic", "topics", "audience", "inactive_days", "places")
"""The columns of a campaign that make its aim."""


def aim_of(row: object) -> Aim:
    """Return the aim of a row that has these columns."""
    ward, neighbourhood, topic, topics, audience, days, places = attrgetter(*AIM)(row)
    return Aim(ward, neighbourhood, topic, tuple(topics.split()), audience, days, tuple(map(int, places.split())))


def withdraw(connection: Connection, resident_id: int, now: dt.datetime) -> None:
    """Take the reminders to a resident that have not left out of the outbox: they asked for none, or were merged."""
    theirs = select(conversations.c.id).where(conversations.c.resident_id == resident_id)
    queued = (deliveries.c.lane == "campaign", deliveries.c.status == "queued")
    stopped = update(deliveries).where(deliveries.c.conversation_id.in_(theirs), *queued)
    connection.execute(stopped.values(status="failed", reason="not_agreed", settled_at=now))
