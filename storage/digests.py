"""The week's news for members of teams: who is still to get it and where; queued once for each, whatever crashes."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage import releasing
from storage.audience import FREE, said_since
from storage.tables import conversations, digests, members, neighbourhoods
from storage.team_facts import DigestWanted

CHANNELS = ("zalo_oa", "zalo_bot", "telegram")
"""Those that members are written to on, the best first; on others they see the news when they come."""


MESSAGES = 2
"""What the news takes on a Zalo OA: the picture and the text."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A member who is to get the news of this week, in this conversation."""

    member_id: int
    neighbourhood_id: int
    code: str  # of the neighbourhood
    conversation_id: int
    sent_to: bool  # whether messages are sent there; if not, they see it when they come


_mine = conversations.alias("mine")
_theirs = or_(conversations.c.id == _mine.c.id, conversations.c.resident_id == _mine.c.resident_id)


def want(connection: Connection, fact: DigestWanted) -> None:
    """Send the news to a member from now on, or no more."""
    connection.execute(update(members).where(members.c.id == fact.member_id).values(digest=fact.wanted))


def readers(
    connection: Connection, ward_id: int, week: dt.date, begun: dt.datetime, now: dt.datetime, free_cap: int
) -> list[Reader]:
    """Return the members who can get the news of this week now: who were members when it began, and did not get it.

    Whoever is in the middle of something is not interrupted, and a Zalo OA is used while it is free only: for so long
    after the member's last word, and for no more than `free_cap` messages (0: any number).
    """
    had = exists().where(digests.c.member_id == members.c.id, digests.c.week == week)
    columns = (conversations.c.id, conversations.c.channel, conversations.c.seen_at, conversations.c.gone_at)
    open_oa = conversations.c.seen_at > now - FREE
    free = and_(open_oa, said_since() + MESSAGES <= free_cap) if free_cap else open_oa
    usable = or_(conversations.c.channel != "zalo_oa", free).label("usable")
    statement = (
        select(
            members.c.id.label("member"), neighbourhoods.c.id.label("place"), neighbourhoods.c.code, *columns, usable
        )
        .join(neighbourhoods, neighbourhoods.c.id == members.c.neighbourhood_id)
        .join(_mine, _mine.c.id == members.c.conversation_id)
        .join(conversations, _theirs)
        .where(neighbourhoods.c.ward_id == ward_id, members.c.until.is_(None), members.c.digest)
        .where(members.c.since <= begun, ~had)
        .order_by(members.c.id)
    )
    found: dict[int, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in connection.execute(statement):
        found[row.member].append(row)
    reached = ((rows, _place(rows, now)) for rows in found.values())
    return [
        Reader(rows[0].member, rows[0].place, rows[0].code, place.id, place.channel in CHANNELS)
        for rows, place in reached
        if place is not None
    ]


def _place(rows: Sequence[Row[*tuple[Any, ...]]], now: dt.datetime) -> Row[*tuple[Any, ...]] | None:
    """Return the conversation in which somebody gets it; the best channel, else where they see it when they come."""
    if any(row.seen_at > now - releasing.HERE for row in rows):
        return None
    here = [row for row in rows if row.gone_at is None and row.usable]
    rank = {channel: place for place, channel in enumerate(CHANNELS)}
    here.sort(key=lambda row: row.seen_at, reverse=True)
    return min(here, key=lambda row: rank.get(row.channel, len(rank)), default=None)


def give(
    connection: Connection, reader: Reader, week: dt.date, reply: str, now: dt.datetime, until: dt.datetime
) -> bool:
    """Queue the news (JSON) for a member, to leave until then, or put it on show; return whether it was the first."""
    still = select(members.c.id).where(members.c.id == reader.member_id, members.c.until.is_(None), members.c.digest)
    if connection.execute(still.with_for_update(read=True)).first() is None:
        return False
    once = insert(digests).values(member_id=reader.member_id, week=week, at=now).on_conflict_do_nothing()
    if connection.execute(once.returning(digests.c.id)).first() is None:
        return False
    if reader.sent_to:
        releasing.queue(connection, [(reader.conversation_id, reply)], now, until)
    else:
        shown = update(conversations).where(conversations.c.id == reader.conversation_id)
        connection.execute(shown.values(reply=reply, version=conversations.c.version + 1))
    return True
