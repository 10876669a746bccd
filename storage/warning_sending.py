"""Local warnings on their way: approved or rejected by the office, planned, let into the outbox, counted."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, case, exists, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or

from storage.audience import Ways, best
from storage.campaigns import LIFE
from storage.deliveries import EXPIRED
from storage.local_warnings import LocalWarning, warnings
from storage.releasing import AT_ONCE, HERE
from storage.tables import ADULT_BANDS, OUTCOMES, conversations, deliveries, local_warnings, neighbourhoods, residents
from storage.tables import warned as warned_people


@dataclass(frozen=True, slots=True)
class Decided:
    """A warning the office has decided about."""

    warning: LocalWarning
    status: str  # one of tables.WARNING_STATUSES
    starts_at: dt.datetime | None
    can_be_undone: bool
    counts: Mapping[str, int]  # neighbours by outcome


def decide(connection: Connection, ward_id: int, warning_id: int, status: str, starts_at: dt.datetime | None) -> bool:
    """Approve a warning, to be sent from then on, or reject it; return whether it was waiting for that."""
    pending = (local_warnings.c.status == "pending", ~local_warnings.c.draft)
    return _set(connection, ward_id, warning_id, *pending, status=status, starts_at=starts_at)


def undo(connection: Connection, ward_id: int, warning_id: int) -> bool:
    """Let a warning wait for the office again; return whether none of it had left."""
    undoable = (local_warnings.c.status != "pending", local_warnings.c.planned_at.is_(None))
    return _set(connection, ward_id, warning_id, *undoable, status="pending", starts_at=None)


def _set(
    connection: Connection,
    ward_id: int,
    warning_id: int,
    *conditions: ColumnElement[bool],
    status: str,
    starts_at: dt.datetime | None,
) -> bool:
    here = (local_warnings.c.id == warning_id, local_warnings.c.ward_id == ward_id)
    changed = update(local_warnings).where(*here, *conditions).values(status=status, starts_at=starts_at)
    return bool(connection.execute(changed).rowcount)


def place_in(connection: Connection, ward_id: int, warning_id: int, code: str) -> bool:
    """Say in which neighbourhood a warning is to be heard; return whether both are the ward's."""
    here = (neighbourhoods.c.ward_id == ward_id, neighbourhoods.c.code == code)
    place = connection.execute(select(neighbourhoods.c.id).where(*here)).scalar()
    own = (local_warnings.c.id == warning_id, local_warnings.c.ward_id == ward_id)
    placed = update(local_warnings).where(*own, local_warnings.c.status == "pending")
    return place is not None and bool(connection.execute(placed.values(neighbourhood_id=place)).rowcount)


def _verdict(now: dt.datetime, ways: Ways) -> ColumnElement[str]:
    """Return `waiting` where a neighbour may be warned, else why not. A warning is not counted as a reminder."""
    return case(
        (~(residents.c.counted & residents.c.reminded), "not_agreed"),
        (best(now, ways).is_(None), "needs_other_channel"),
        else_="waiting",
    )


def _adults(neighbourhood_id: int | None) -> tuple[ColumnElement[bool], ...]:
    return (residents.c.neighbourhood_id == neighbourhood_id, residents.c.age_band.in_(ADULT_BANDS))


def reach(connection: Connection, neighbourhood_id: int | None, now: dt.datetime, ways: Ways) -> dict[str, int]:
    """Return how many neighbours would have which outcome."""
    people = select(_verdict(now, ways).label("outcome")).where(*_adults(neighbourhood_id)).subquery()
    counted = select(people.c.outcome, func.count()).group_by(people.c.outcome)
    return dict(connection.execute(counted).all())


def under_way(connection: Connection, ward_id: int, now: dt.datetime) -> list[LocalWarning]:
    """Return the warnings that something is to be done for now."""
    left = exists().where(
        warned_people.c.local_warning_id == local_warnings.c.id, warned_people.c.outcome.in_(("waiting", "queued"))
    )
    due = (local_warnings.c.status == "approved", local_warnings.c.starts_at <= now)
    statement = warnings(ward_id).where(*due, local_warnings.c.planned_at.is_(None) | left)
    return [LocalWarning(*row) for row in connection.execute(statement)]


def warn(
    connection: Connection, warning_id: int, reply: str, now: dt.datetime, until: dt.datetime | None, ways: Ways
) -> None:
    """Count what has left; within the hours, until then, let the next neighbours be told the reply (JSON)."""
    held = select(local_warnings).where(local_warnings.c.id == warning_id).with_for_update()
    row = connection.execute(held).first()
    if row is None or row.status != "approved":
        return
    over = row.starts_at + LIFE <= now
    _collect(connection, warning_id, over)
    if until is None or over:
        return
    if row.planned_at is None:
        columns = (literal(warning_id), residents.c.id, _verdict(now, ways))
        people = select(*columns).where(*_adults(row.neighbourhood_id))
        names = ["local_warning_id", "resident_id", "outcome"]
        connection.execute(insert_or(warned_people).from_select(names, people).on_conflict_do_nothing())
        connection.execute(update(local_warnings).where(local_warnings.c.id == warning_id).values(planned_at=now))
    _release(connection, _next(warning_id, now, ways), reply, now, until)


def _next(warning_id: int, now: dt.datetime, ways: Ways) -> Select[int, str, int]:
    here = exists().where(conversations.c.resident_id == residents.c.id, conversations.c.seen_at > now - HERE)
    columns = (warned_people.c.id, _verdict(now, ways).label("verdict"), best(now, ways).label("place"))
    waiting = (warned_people.c.local_warning_id == warning_id, warned_people.c.outcome == "waiting")
    return select(*columns).join(residents).where(*waiting, ~here).order_by(warned_people.c.id).limit(AT_ONCE)


def _release(
    connection: Connection, chosen: Select[int, str, int], reply: str, now: dt.datetime, until: dt.datetime
) -> None:
    places = conversations.c.id, conversations.c.channel, conversations.c.account
    for one in connection.execute(chosen).all():
        delivery = None
        if one.verdict == "waiting":
            place = connection.execute(select(*places).where(conversations.c.id == one.place)).one()
            values = {"conversation_id": place.id, "channel": place.channel, "account": place.account}
            times = {"due_at": now, "created_at": now, "expires_at": until}
            queued = insert(deliveries).values(**values, **times, lane="campaign", reply=reply, status="queued")
            delivery = connection.execute(queued.returning(deliveries.c.id)).scalar_one()
        told = update(warned_people).where(warned_people.c.id == one.id)
        outcome = "queued" if delivery else one.verdict
        connection.execute(told.values(outcome=outcome, delivery_id=delivery))


def _collect(connection: Connection, warning_id: int, over: bool) -> None:
    """Count what became of what is in the outbox; what its hours ended for waits for the next ones."""
    own = update(warned_people).where(warned_people.c.local_warning_id == warning_id)
    status, reason = deliveries.c.status, deliveries.c.reason
    became = case(
        ((status == "failed") & (reason == EXPIRED), "expired" if over else "waiting"),
        ((status == "failed") & reason.in_(OUTCOMES), reason),
        else_=status,
    )
    settled = status.in_(("sent", "failed", "gone", "unsure"))
    theirs = (deliveries.c.id == warned_people.c.delivery_id, settled)
    queued = own.where(warned_people.c.outcome == "queued")
    connection.execute(
        queued.where(exists().where(*theirs)).values(outcome=select(became).where(*theirs).scalar_subquery())
    )
    connection.execute(queued.where(warned_people.c.delivery_id.is_(None)).values(outcome="gone"))
    if over:
        connection.execute(own.where(warned_people.c.outcome == "waiting").values(outcome="expired"))


def decided(connection: Connection, ward_id: int, most: int = 20) -> list[Decided]:
    """Return the warnings decided about last, the newest first, each with its receipt."""
    columns = (local_warnings.c.status, local_warnings.c.starts_at, local_warnings.c.planned_at)
    latest = warnings(ward_id).add_columns(*columns).where(local_warnings.c.status != "pending").order_by(None)
    rows = connection.execute(latest.order_by(local_warnings.c.id.desc()).limit(most)).all()
    counted = select(warned_people.c.local_warning_id, warned_people.c.outcome, func.count())
    ids = [row.id for row in rows]
    counted = counted.where(warned_people.c.local_warning_id.in_(ids))
    counts: dict[int, dict[str, int]] = {}
    for warning, outcome, count in connection.execute(
        counted.group_by(warned_people.c.local_warning_id, warned_people.c.outcome)
    ):
        counts.setdefault(warning, {})[outcome] = count
    return [
        Decided(LocalWarning(*row[:-3]), row.status, row.starts_at, row.planned_at is None, counts.get(row.id, {}))
        for row in rows
    ]
