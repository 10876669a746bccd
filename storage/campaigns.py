"""Campaigns: asked for, drafted and approved, planned a part at a time, gone on with in a series, cancelled."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.audience import AIM, Aim, Ways, aim_of, best, held_out, living, meant, verdict, way
from storage.coverage import coverage, places_of, total
from storage.tables import Utc, campaigns, conversations, members, neighbourhoods, reminders, residents
from storage.team_facts import CampaignAsked

CHUNK = 5_000
"""Residents planned in one write, so that answers do not wait for long."""
LIFE = dt.timedelta(days=2)
"""How long after its start a campaign goes on trying; what has not left by then is dropped and counted."""
WEEK = dt.timedelta(days=7)
OPEN = ("draft", "approved", "started")
"""The statuses that can be cancelled."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign that is to be worked on now."""

    id: int
    aim: Aim


@dataclass(frozen=True, slots=True)
class Draft:
    """A campaign as the office writes it down."""

    aim: Aim
    starts_at: dt.datetime
    second_after_days: int | None
    weekly_until: dt.datetime | None
    until_percent: int | None
    held_out_percent: int


def ask(connection: Connection, neighbourhood_id: int, fact: CampaignAsked, now: dt.datetime) -> None:
    """Enter a campaign for a neighbourhood, or ask the office for one for the whole ward.

    One about the same that is still to start, or to be approved, is left as it is.
    """
    ward = select(neighbourhoods.c.ward_id).where(neighbourhoods.c.id == neighbourhood_id).scalar_subquery()
    values = {
        "ward_id": ward,
        "neighbourhood_id": None if fact.wide else neighbourhood_id,
        "member_id": fact.member_id,
        "topic": fact.topic,
        "topics": " ".join(fact.topics),
        "audience": fact.audience,
        "inactive_days": fact.inactive_days,
        "status": "draft" if fact.wide else "approved",
        "starts_at": fact.starts_at,
        "second_after_days": fact.second_after_days,
        "weekly_until": fact.weekly_until,
        "created_at": now,
    }
    connection.execute(insert(campaigns).values(**values).on_conflict_do_nothing())


def next_about(connection: Connection, neighbourhood_id: int, topic: str) -> dt.datetime | None:
    """Return when the neighbourhood is to be reminded of this anyway; None: it is not."""
    here = (campaigns.c.neighbourhood_id == neighbourhood_id, campaigns.c.topic == topic)
    found = select(campaigns.c.starts_at).where(*here, campaigns.c.status == "approved")
    starts_at: dt.datetime | None = connection.execute(found).scalar()
    return starts_at


def draft(connection: Connection, written: Draft, now: dt.datetime) -> int:
    """Return the id of a new campaign of the office, which does nothing until it is approved."""
    aim = written.aim
    values = {
        "ward_id": aim.ward_id,
        "places": " ".join(map(str, aim.places)),
        "topic": aim.topic,
        "topics": " ".join(aim.topics),
        "audience": aim.audience,
        "inactive_days": aim.inactive_days,
        "status": "draft",
        "starts_at": written.starts_at,
        "second_after_days": written.second_after_days,
        "weekly_until": written.weekly_until,
        "until_percent": written.until_percent,
        "held_out_percent": written.held_out_percent,
        "created_at": now,
    }
    made: int = connection.execute(insert(campaigns).values(**values).returning(campaigns.c.id)).scalar_one()
    return made


def approve(connection: Connection, ward_id: int, campaign_id: int, earliest: dt.datetime) -> bool:
    """Let a draft start at its time, not before `earliest`; return whether there was one."""
    waiting = (campaigns.c.ward_id == ward_id, campaigns.c.id == campaign_id, campaigns.c.status == "draft")
    starts = case((campaigns.c.starts_at < earliest, literal(earliest, Utc())), else_=campaigns.c.starts_at)
    approved = update(campaigns).where(*waiting).values(status="approved", starts_at=starts)
    return bool(connection.execute(approved).rowcount)


def cancel(connection: Connection, neighbourhood_id: int, topic: str, now: dt.datetime) -> None:
    """Stop the neighbourhood's campaigns about this, second messages included, and what it asks the office for."""
    theirs = select(members.c.id).where(members.c.neighbourhood_id == neighbourhood_id)
    asked = (campaigns.c.status == "draft") & campaigns.c.member_id.in_(theirs)
    here = (campaigns.c.neighbourhood_id == neighbourhood_id) | asked
    _stop(connection, here & (campaigns.c.topic == topic), now)


def cancel_series(connection: Connection, ward_id: int, campaign_id: int, now: dt.datetime) -> bool:
    """Stop a campaign with all that goes on from it; return whether there was anything to stop."""
    series = select(func.coalesce(campaigns.c.campaign_id, campaigns.c.id)).where(campaigns.c.id == campaign_id)
    own = func.coalesce(campaigns.c.campaign_id, campaigns.c.id) == series.scalar_subquery()
    return _stop(connection, own & (campaigns.c.ward_id == ward_id), now)


def reopen(connection: Connection, ward_id: int, campaign_id: int) -> bool:
    """Make a cancelled campaign of the office a draft again, where it had not begun; return whether it could be."""
    again = update(campaigns).where(*_not_begun(ward_id, campaign_id)).values(status="draft")
    return bool(connection.execute(again).rowcount)


def can_reopen(connection: Connection, ward_id: int, campaign_id: int) -> bool:
    """Return whether a campaign was cancelled before it began."""
    return connection.execute(select(campaigns.c.id).where(*_not_begun(ward_id, campaign_id))).first() is not None


def _not_begun(ward_id: int, campaign_id: int) -> tuple[ColumnElement[bool], ...]:
    """Return what holds for a campaign that the office wrote and cancelled before it began."""
    c, later = campaigns.c, campaigns.alias("later")
    office = (c.ward_id == ward_id, c.neighbourhood_id.is_(None), c.member_id.is_(None), c.campaign_id.is_(None))
    begun = (c.planned_to > 0) | exists().where(later.c.campaign_id == c.id)
    return (c.id == campaign_id, c.status == "cancelled", *office, ~begun)


def move(
    connection: Connection, ward_id: int, place: int, heirs: Sequence[int], now: dt.datetime
) -> list[tuple[int, str]]:
    """Let open campaigns mean the heirs of a neighbourhood that is no more.

    A team's go on where there is one heir that is not reminded of the same already; where there are several, its work
    has ended. Return the ids of those that were changed, with what they were: the places of an office's, the status
    of a team's.
    """
    c = campaigns.c
    here = (c.ward_id == ward_id, c.status.in_(OPEN))
    own = select(c.id, c.status).where(c.neighbourhood_id == place, *here).order_by(c.id)
    before: list[tuple[int, str]] = [(identity, status) for identity, status in connection.execute(own)]
    for identity, places in connection.execute(select(c.id, c.places).where(*here, c.places != "").order_by(c.id)):
        meant_here = [int(one) for one in places.split()]
        if place in meant_here:
            before.append((identity, places))
            moved = dict.fromkeys(new for one in meant_here for new in (heirs if one == place else [one]))
            connection.execute(update(campaigns).where(c.id == identity).values(places=" ".join(map(str, moved))))
    if len(heirs) > 1:
        _stop(connection, c.neighbourhood_id == place, now)
        return before
    already = select(c.topic).where(c.neighbourhood_id == heirs[0], c.status == "approved")
    _stop(connection, (c.neighbourhood_id == place) & (c.status == "approved") & c.topic.in_(already), now)
    connection.execute(update(campaigns).where(c.neighbourhood_id == place, *here).values(neighbourhood_id=heirs[0]))
    return before


def move_back(
    connection: Connection, place: int, moved: Sequence[tuple[int, str]], then: dt.datetime, now: dt.datetime
) -> None:
    """Let the campaigns that were moved or stopped then be what they were, with what goes on from them.

    A stopped one that should have begun meanwhile, or would be over by now, stays stopped.
    """
    c = campaigns.c
    for identity, before in moved:
        row = connection.execute(select(campaigns).where(c.id == identity)).one()
        series = func.coalesce(c.campaign_id, c.id) == _series(row)
        if row.neighbourhood_id is None:
            meant_here = update(campaigns).where(series, c.places == row.places, c.status.in_(OPEN))
            connection.execute(meant_here.values(places=before))
        elif row.neighbourhood_id != place:
            theirs = update(campaigns).where(series, c.neighbourhood_id == row.neighbourhood_id)
            connection.execute(theirs.values(neighbourhood_id=place))
        else:
            in_time = c.starts_at > (now if before == "approved" else now - LIFE)
            again = update(campaigns).where(c.id == identity, in_time).values(status=before)
            if connection.execute(again).rowcount:
                stopped = (reminders.c.campaign_id == identity, reminders.c.outcome == "cancelled")
                waiting = update(reminders).where(*stopped, reminders.c.at == then)
                connection.execute(waiting.values(outcome="waiting", at=now))


def _stop(connection: Connection, those: ColumnElement[bool], now: dt.datetime) -> bool:
    """Stop open campaigns; what has left cannot be taken back."""
    stopped = update(campaigns).where(those, campaigns.c.status.in_(OPEN))
    ids = connection.scalars(stopped.values(status="cancelled").returning(campaigns.c.id)).all()
    waiting = update(reminders).where(reminders.c.campaign_id.in_(ids), reminders.c.outcome == "waiting")
    connection.execute(waiting.values(outcome="cancelled", at=now))
    return bool(ids)


def expected(connection: Connection, aim: Aim, now: dt.datetime, ways: Ways) -> tuple[dict[str, int], dict[str, int]]:
    """Return how many residents of the audience would have which outcome, and how many are reached by which way.

    It looks at everybody at once: a second for a big ward.
    """
    outcome, place = verdict(now, ways).label("outcome"), best(now, ways).label("at")
    people = select(outcome, place).where(*meant(aim, now)).subquery()
    joined = people.outerjoin(conversations, conversations.c.id == people.c.at)
    found = select(people.c.outcome, way(now, ways).label("way")).select_from(joined).subquery()
    counted = select(found.c.outcome, found.c.way, func.count()).group_by(found.c.outcome, found.c.way)
    outcomes: dict[str, int] = {}
    reached: dict[str, int] = {}
    for name, by, count in connection.execute(counted):
        outcomes[name] = outcomes.get(name, 0) + count
        if name == "waiting":
            reached[by] = count
    return outcomes, reached


def open_at(connection: Connection, now: dt.datetime) -> list[Campaign]:
    """Return the campaigns that have something to be done now."""
    begun = (campaigns.c.status == "approved") & (campaigns.c.starts_at <= now)
    ended = (campaigns.c.status == "cancelled") & exists().where(  # what was in the outbox is still to be counted
        reminders.c.campaign_id == campaigns.c.id, reminders.c.outcome == "queued"
    )
    columns = (campaigns.c.id, *(campaigns.c[name] for name in AIM))
    found = select(*columns).where(begun | (campaigns.c.status == "started") | ended).order_by(campaigns.c.id)
    return [Campaign(row.id, aim_of(row)) for row in connection.execute(found)]


def held(connection: Connection, campaign_id: int, status: str) -> Row[Any] | None:
    """Return a campaign of this status; no other process works on any of them until the commit."""
    under_way = campaigns.c.status.in_(("approved", "started"))
    connection.execute(select(campaigns.c.id).where(under_way).order_by(campaigns.c.id).with_for_update())
    return connection.execute(
        select(campaigns).where(campaigns.c.id == campaign_id, campaigns.c.status == status)
    ).first()


def plan(connection: Connection, campaign_id: int, now: dt.datetime, ways: Ways, most: int = CHUNK) -> bool:
    """Plan the reminders of the next residents; return whether there are more. With the last ones it has started."""
    row = held(connection, campaign_id, "approved")
    if row is None or row.starts_at > now:
        return False
    aim, own = aim_of(row), update(campaigns).where(campaigns.c.id == campaign_id)
    if row.until_percent and not row.planned_to and _reached(connection, aim, row.until_percent):
        connection.execute(own.values(status="reached"))
        return False
    here = [residents.c.id > row.planned_to, *living(aim)]
    part = select(residents.c.id).where(*here).order_by(residents.c.id).limit(most).subquery()
    last: int | None = connection.execute(select(func.max(part.c.id))).scalar()
    if last is None:
        connection.execute(own.values(status="started"))
        _go_on(connection, row, now)
        return False
    spared = (held_out(_series(row), row.held_out_percent), "held_out")
    columns = (literal(campaign_id), residents.c.id, verdict(now, ways, spared), literal(now, Utc()))
    audience = select(*columns).where(residents.c.id > row.planned_to, residents.c.id <= last, *meant(aim, now))
    names = ["campaign_id", "resident_id", "outcome", "at"]
    connection.execute(insert(reminders).from_select(names, audience).on_conflict_do_nothing())
    connection.execute(own.values(planned_to=last))
    return True


def _series(row: Row[Any]) -> int:
    """Return the id of the first campaign of the series."""
    first: int = row.campaign_id or row.id
    return first


def _reached(connection: Connection, aim: Aim, percent: int) -> bool:
    """Return whether so many of the adults meant have what the campaign is about."""
    rows = zip(places_of(connection, aim.ward_id), coverage(connection, aim.ward_id, aim.topics, percent), strict=False)
    meant_here = aim.places or ((aim.neighbourhood_id,) if aim.neighbourhood_id else ())
    chosen = [row for place, row in rows if not meant_here or place in meant_here]
    return total(chosen, percent).missing == 0


def _go_on(connection: Connection, row: Row[Any], now: dt.datetime) -> None:
    """Enter what follows from a campaign that has started, each a campaign that looks anew at who needs it.

    A second message to those who have not done it by then, and the next week's beginning: with the second message
    where it is not entered yet, for a neighbourhood has one campaign at a time about the same before it.
    """
    after, second = dt.timedelta(days=row.second_after_days or 0), row.number % 2
    if row.second_after_days is not None and not second:
        _follow(connection, row, 1, row.starts_at + after, now)
    week = row.starts_at + WEEK - (after if second else dt.timedelta())
    if row.weekly_until is not None and week <= row.weekly_until:
        _follow(connection, row, 2 - second, week, now)


def _follow(connection: Connection, row: Row[Any], ahead: int, starts_at: dt.datetime, now: dt.datetime) -> None:
    copied = ("member_id", "second_after_days", "weekly_until", "until_percent", "held_out_percent", *AIM)
    values = {name: row._mapping[name] for name in copied}
    place = {"campaign_id": _series(row), "number": row.number + ahead}
    entered = insert(campaigns).values(**values, **place, status="approved", starts_at=starts_at, created_at=now)
    connection.execute(entered.on_conflict_do_nothing())
