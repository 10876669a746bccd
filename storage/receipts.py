"""Receipts: what became of campaigns, of the reminders of one resident, and what reminding was worth."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, case, exists, func, or_, select, update

from storage.audience import AIM, Aim, aim_of
from storage.facts import RemindedHere
from storage.tables import (
    COVERING,
    campaigns,
    completions,
    members,
    neighbourhoods,
    refreshes,
    reminders,
    residents,
)

EFFECT_AFTER = dt.timedelta(days=7)
"""How long after the start it is looked at who has done it."""
SPARED = ("not_agreed", "often", "needs_other_channel", "shown")
"""Outcomes of those who could not be reminded: they tell nothing about what reminding is worth."""
TO_SEND = ("waiting", "queued", "sent", "failed", "gone", "unsure", "expired", "cancelled")
"""Outcomes of reminders that were to leave."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a campaign so far."""

    id: int
    series_id: int  # of the first campaign of the series
    number: int  # in the series
    aim: Aim
    status: str
    starts_at: dt.datetime
    second_after_days: int | None
    weekly_until: dt.datetime | None
    until_percent: int | None
    held_out_percent: int
    asked_by: str  # the neighbourhood whose team asked for it; "": the office
    counts: Mapping[str, int]  # reminders by outcome; together all that were planned

    @property
    def topic(self) -> str:
        """What it is about."""
        return self.aim.topic

    @property
    def second(self) -> bool:
        """Whether it is a second message."""
        return self.number % 2 == 1

    @property
    def planned(self) -> int:
        """How many residents it means."""
        return sum(self.counts.values())

    @property
    def to_send(self) -> int:
        """How many were to be reminded."""
        return sum(self.counts.get(outcome, 0) for outcome in TO_SEND)


@dataclass(frozen=True, slots=True)
class Group:
    """Some residents, and how many of them did what the campaign is about."""

    people: int
    did: int


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder that a resident got."""

    topic: str
    at: dt.datetime


def receipts(connection: Connection, neighbourhood_id: int, most: int = 9) -> list[Receipt]:
    """Return the latest campaigns of a neighbourhood, with those its team asked the office for, the newest first."""
    theirs = select(members.c.id).where(members.c.neighbourhood_id == neighbourhood_id)
    own = or_(campaigns.c.neighbourhood_id == neighbourhood_id, campaigns.c.member_id.in_(theirs))
    return _receipts(connection, own, most)


def of_ward(connection: Connection, ward_id: int, most: int) -> list[Receipt]:
    """Return the latest campaigns of a ward, the newest first."""
    return _receipts(connection, campaigns.c.ward_id == ward_id, most)


def receipt(connection: Connection, ward_id: int, campaign_id: int) -> Receipt | None:
    """Return what became of one campaign of the ward."""
    return next(
        iter(_receipts(connection, (campaigns.c.ward_id == ward_id) & (campaigns.c.id == campaign_id), 1)), None
    )


def of_series(connection: Connection, ward_id: int, series_id: int, most: int) -> list[Receipt]:
    """Return the latest campaigns of one series of the ward, the newest first."""
    own = func.coalesce(campaigns.c.campaign_id, campaigns.c.id) == series_id
    return _receipts(connection, own & (campaigns.c.ward_id == ward_id), most)


def _receipts(connection: Connection, those: ColumnElement[bool], most: int) -> list[Receipt]:
    series = func.coalesce(campaigns.c.campaign_id, campaigns.c.id).label("series_id")
    names = ("status", "starts_at", "second_after_days", "weekly_until", "until_percent", "held_out_percent")
    columns = (campaigns.c.id, series, campaigns.c.number, *(campaigns.c[name] for name in (*AIM, *names)))
    asked = select(*columns, neighbourhoods.c.name.label("asked_by")).select_from(
        campaigns.outerjoin(members, members.c.id == campaigns.c.member_id).outerjoin(
            neighbourhoods, neighbourhoods.c.id == members.c.neighbourhood_id
        )
    )
    found = connection.execute(asked.where(those).order_by(campaigns.c.id.desc()).limit(most)).all()
    counts = _counts(connection, [row.id for row in found])
    return [
        Receipt(
            row.id,
            row.series_id,
            row.number,
            aim_of(row),
            asked_by=row.asked_by or "",
            counts=counts.get(row.id, {}),
            **{name: row._mapping[name] for name in names},
        )
        for row in found
    ]


def _counts(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Return how many reminders of each campaign have which outcome."""
    counted = select(reminders.c.campaign_id, reminders.c.outcome, func.count()).where(reminders.c.campaign_id.in_(ids))
    counts: dict[int, dict[str, int]] = {}
    for campaign, outcome, count in connection.execute(counted.group_by(reminders.c.campaign_id, reminders.c.outcome)):
        counts.setdefault(campaign, {})[outcome] = count
    return counts


def effect(connection: Connection, of: Receipt) -> tuple[Group, Group]:
    """Return those who were to be reminded and those held out, and how many of each did it within a week.

    Whoever did it before the reminder left counts among the first: so nobody is chosen by what they did.
    """
    within = (of.starts_at, of.starts_at + EFFECT_AFTER)
    topics = completions.c.topic.in_(of.aim.topics), COVERING
    learnt = exists().where(completions.c.resident_id == residents.c.id, *topics, completions.c.at.between(*within))
    asked = exists().where(refreshes.c.resident_id == residents.c.id, refreshes.c.at.between(*within))
    did = asked if of.aim.audience == "refresh_due" else learnt
    held = reminders.c.outcome == "held_out"
    counted = (
        select(held, func.count(), func.coalesce(func.sum(case((did, 1), else_=0)), 0))
        .select_from(reminders.join(residents))
        .where(reminders.c.campaign_id == of.id, reminders.c.outcome.not_in(SPARED))
        .group_by(held)
    )
    groups = {bool(row[0]): Group(row[1], row[2]) for row in connection.execute(counted)}
    return groups.get(False, Group(0, 0)), groups.get(True, Group(0, 0))


def parked(connection: Connection, resident_id: int) -> list[Aim]:
    """Return what a resident could not be reminded of, the newest first, each once."""
    columns = [campaigns.c[name] for name in AIM]
    theirs = (reminders.c.resident_id == resident_id, reminders.c.outcome == "needs_other_channel")
    rows = connection.execute(select(*columns).join(reminders).where(*theirs).order_by(reminders.c.id.desc()))
    return list({aim.topic: aim for aim in map(aim_of, rows)}.values())


def unpark(connection: Connection, resident_id: int, fact: RemindedHere, now: dt.datetime) -> None:
    """Enter that a resident was told of what they could not be reminded of, or has done it."""
    theirs = (reminders.c.resident_id == resident_id, reminders.c.outcome == "needs_other_channel")
    for topics, outcome in ((fact.topics, "shown"), (fact.done, "done")):
        about = select(campaigns.c.id).where(campaigns.c.topic.in_(topics))
        told = update(reminders).where(*theirs, reminders.c.campaign_id.in_(about))
        connection.execute(told.values(outcome=outcome, at=now))


def reminded(connection: Connection, resident_id: int, most: int) -> tuple[int, list[Reminded]]:
    """Return how many reminders a resident got, and the latest of them."""
    got = (reminders.c.resident_id == resident_id, reminders.c.outcome.in_(("sent", "unsure", "shown")))
    count: int = connection.execute(select(func.count()).select_from(reminders).where(*got)).scalar_one()
    latest = select(campaigns.c.topic, reminders.c.at).join(campaigns).where(*got).order_by(reminders.c.id.desc())
    return count, [Reminded(*row) for row in connection.execute(latest.limit(most))]
