"""Taking back what became of a neighbourhood: what was moved goes back, what came since stays where it is."""

import datetime as dt

from sqlalchemy import ColumnElement, Connection, Table, delete, exists, func, or_, select, update

from storage import campaigns
from storage.live import HERE
from storage.places import MOVED, Change, Count, changes, end, give, moved_id
from storage.tables import adult_counts, conversations, members, neighbourhoods, place_changes, place_moves

_c = neighbourhoods.c
NO_COUNT: Count = (None, "", None)


def undo(connection: Connection, ward_id: int, change_id: int, staff_id: int | None, now: dt.datetime) -> Change | None:
    """Take a change back and return it; None: it cannot be, or cannot any more.

    What it moved goes back, unless it has been moved elsewhere since. What came to the other one of a merger stays
    there; the parts of a split one are merged into it again.
    """
    change = to_undo(connection, ward_id, change_id, hold=True)
    if change is None:
        return None
    place, *others = change.places
    if change.kind == "renamed":
        connection.execute(update(neighbourhoods).where(_c.id == place).values(name=change.before))
    else:
        _move_back(connection, ward_id, change, now)
    if change.kind == "merged" and (count := count_before(connection, change)):
        give(connection, others[0], count)
    marked = update(place_changes).where(place_changes.c.id == change.id).values(undone_at=now, undone_by=staff_id)
    connection.execute(marked)
    return change


def to_undo(connection: Connection, ward_id: int, change_id: int, hold: bool = False) -> Change | None:
    """Return a change that can be taken back, its neighbourhoods held until the commit where asked; None: it cannot."""
    found = next((one for one in changes(connection, ward_id) if one.id == change_id), None)
    if found and hold:
        connection.execute(select(_c.id).where(_c.id.in_(found.places)).order_by(_c.id).with_for_update())
        return to_undo(connection, ward_id, change_id)  # as it is now that nobody else changes them
    return None if found is None or found.obstacle else found


def going_back(table: Table, change: Change) -> ColumnElement[bool]:
    """Return which rows go back: those that are still where they were moved, and after a split all of the parts'."""
    here, others = table.c.neighbourhood_id, change.places[1:]
    if change.kind == "merged":
        return _moved(table, change) & here.in_(others)
    return here.in_(others) | (_moved(table, change) & here.is_(None))


def working_again(change: Change) -> ColumnElement[bool]:
    """Return whose work in the team a split ended and who is in no team now, whichever way they write."""
    now, own, other = members.alias("now"), conversations.alias("own"), conversations.alias("other")
    same = or_(own.c.id == other.c.id, own.c.resident_id == other.c.resident_id)
    theirs = (own.c.id == members.c.conversation_id) & (other.c.id == now.c.conversation_id) & same
    return _moved(members, change) & members.c.until.is_not(None) & ~exists().where(theirs, now.c.until.is_(None))


def count_before(connection: Connection, change: Change) -> Count | None:
    """Return the count of adults that a merger replaced; None: a newer one was typed in since, which stays."""
    c, other = adult_counts.c, change.places[1]
    now = select(_c.adults, func.coalesce(_c.adults_source, ""), _c.adults_date).where(_c.id == other)
    counts = select(c.adults, c.source, c.date).where(c.neighbourhood_id == other).order_by(c.id.desc())
    given = counts.where(c.id == change.adult_count_id)
    if connection.execute(now).one() != connection.execute(given).one():
        return None
    before = connection.execute(counts.where(c.id < change.adult_count_id)).first()
    return (before.adults, before.source, before.date) if before else NO_COUNT


def _move_back(connection: Connection, ward_id: int, change: Change, now: dt.datetime) -> None:
    place, *others = change.places
    end(connection, place, None, None)
    for table in MOVED:
        connection.execute(update(table).where(going_back(table, change)).values(neighbourhood_id=place))
    c = place_moves.c
    own = c.place_change_id == change.id
    moved = select(c.campaign_id, c.before).where(own, c.campaign_id.is_not(None)).order_by(c.id)
    then = change.at or now
    campaigns.move_back(connection, place, [(one, was) for one, was in connection.execute(moved)], then, now)
    if change.kind == "split":
        connection.execute(update(members).where(working_again(change)).values(until=None))
        for part in others:
            end(connection, part, now.astimezone(HERE).date(), place)
            campaigns.move(connection, ward_id, part, [place], now)
    connection.execute(delete(place_moves).where(own))


def _moved(table: Table, change: Change) -> ColumnElement[bool]:
    return table.c.id.in_(select(moved_id(table)).where(place_moves.c.place_change_id == change.id))
