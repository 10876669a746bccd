"""One resident, several conversations: codes that join them, and what is merged when they do."""

import datetime as dt

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.audience import withdraw
from storage.conversations import Raced, belong
from storage.facts import Linked, LinkOffered
from storage.tables import (
    VALID,
    attempts,
    attendances,
    certificates,
    completions,
    consents,
    conversations,
    link_codes,
    link_misses,
    names,
    observations,
    place_moves,
    positions,
    refreshes,
    reminders,
    residents,
    warned,
)

GOOD_FOR = dt.timedelta(minutes=10)
MISSES_KEPT = dt.timedelta(days=1)


def offer(connection: Connection, resident_id: int, fact: LinkOffered, now: dt.datetime) -> None:
    """Keep the code, the resident's only one. Raise Raced when somebody else has the same: another is made then."""
    gone = (link_codes.c.resident_id == resident_id) | (link_codes.c.until <= now)
    connection.execute(delete(link_codes).where(gone))
    statement = insert(link_codes).values(code=fact.code, resident_id=resident_id, until=now + GOOD_FOR)
    if connection.execute(statement.on_conflict_do_nothing().returning(link_codes.c.code)).scalar() is None:
        raise Raced


def owner(connection: Connection, code: str, now: dt.datetime) -> int | None:
    """Return the resident who was given this code, while it is good."""
    statement = select(link_codes.c.resident_id).where(link_codes.c.code == code, link_codes.c.until > now)
    found: int | None = connection.execute(statement).scalar()
    return found


def miss(connection: Connection, conversation_id: int, now: dt.datetime) -> None:
    """Count a wrong code."""
    connection.execute(delete(link_misses).where(link_misses.c.at < now - MISSES_KEPT))
    connection.execute(insert(link_misses).values(conversation_id=conversation_id, at=now))


def misses(connection: Connection, conversation_id: int | None, since: dt.datetime) -> tuple[int, int]:
    """Return how many wrong codes this conversation, and all together, have typed since."""
    own = func.count().filter(link_misses.c.conversation_id == conversation_id)
    row = connection.execute(select(own, func.count()).where(link_misses.c.at > since)).one()
    return row[0], row[1]


def channels_of(connection: Connection, resident_id: int) -> list[str]:
    """Return the channels of the resident's conversations, the first joined first."""
    statement = select(conversations.c.channel).where(conversations.c.resident_id == resident_id)
    return [row[0] for row in connection.execute(statement.order_by(conversations.c.id))]


def link(connection: Connection, resident_id: int | None, conversation_id: int, fact: Linked, now: dt.datetime) -> int:
    """Make the conversation the code's owner's, and two residents one. Raise Raced when the code was used meanwhile."""
    used = delete(link_codes).where(link_codes.c.code == fact.code, link_codes.c.until > now)
    kept: int | None = connection.execute(used.returning(link_codes.c.resident_id)).scalar()
    if kept is None:
        raise Raced
    if resident_id is None:
        belong(connection, conversation_id, kept)
    elif resident_id != kept:
        if spoken(connection, kept):  # what they say themselves goes before what was noted for them
            kept, resident_id = resident_id, kept
        merge(connection, kept, resident_id, now)
    connection.execute(update(names).where(names.c.resident_id == kept, names.c.spoken).values(spoken=False))
    return kept


def spoken(connection: Connection, resident_id: int) -> bool:
    """Return whether a member added this resident, who has not written by themselves."""
    added = select(names.c.resident_id).where(names.c.resident_id == resident_id, names.c.spoken)
    return connection.execute(added).first() is not None


def merge(connection: Connection, kept: int, merged: int, now: dt.datetime) -> None:
    """Make two residents one, the first."""
    withdraw(connection, merged, now)
    _merge(connection, kept, merged)


def _merge(connection: Connection, kept: int, merged: int) -> None:
    """Give all that hangs on one resident to the other; of what both have, one stays."""
    theirs = completions.alias()
    counted = (theirs.c.resident_id == kept, theirs.c.verdict.is_distinct_from("rejected"))
    both = (theirs.c.topic == completions.c.topic, theirs.c.grade == completions.c.grade)
    doubled = select(theirs.c.id).where(*counted, *both).exists()
    connection.execute(delete(completions).where(completions.c.resident_id == merged, VALID, doubled))
    for table, same in (
        (positions, ("topic",)),
        (refreshes, ("day",)),
        (observations, ("topic",)),
        (attendances, ("class_id",)),
        (reminders, ("campaign_id",)),
        (warned, ("local_warning_id",)),
    ):
        keys = [table.c[name] for name in same]
        other = select(*keys).where(table.c.resident_id == kept).subquery()
        equal = [table.c[name] == other.c[name] for name in same]
        doubled = select(other).where(*equal).correlate(table).exists()
        connection.execute(delete(table).where(table.c.resident_id == merged, doubled))
    connection.execute(delete(attempts).where(attempts.c.resident_id == merged, attempts.c.finished_at.is_(None)))
    for table in (
        completions,
        positions,
        refreshes,
        reminders,
        warned,
        attempts,
        certificates,
        observations,
        attendances,
        consents,
        conversations,
        place_moves,
    ):
        connection.execute(update(table).where(table.c.resident_id == merged).values(resident_id=kept))
    if not connection.execute(select(names.c.resident_id).where(names.c.resident_id == kept)).first():
        connection.execute(update(names).where(names.c.resident_id == merged).values(resident_id=kept))
    before = connection.execute(select(residents).where(residents.c.id == merged)).one()
    missing = {"neighbourhood_id": before.neighbourhood_id, "age_band": before.age_band, "path": before.path}
    for name, value in missing.items():
        blank = (residents.c.id == kept) & residents.c[name].is_(None)
        connection.execute(update(residents).where(blank).values({name: value}))
    earlier = (residents.c.id == kept) & (residents.c.created_at > before.created_at)
    connection.execute(update(residents).where(earlier).values(created_at=before.created_at))
    connection.execute(delete(residents).where(residents.c.id == merged))
