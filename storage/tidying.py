"""Tidying: what is of no use any more is emptied or deleted, a batch at a time, so that nobody waits."""

import datetime as dt
from collections.abc import Iterator

from sqlalchemy import ColumnElement, Connection, Table, delete, exists, select, update

from storage.campaigns import OPEN
from storage.links import MISSES_KEPT
from storage.tables import (
    campaigns,
    conversations,
    deliveries,
    digests,
    help_messages,
    help_requests,
    invitations,
    link_codes,
    link_misses,
    local_warnings,
    news,
    reminders,
    seen,
    staff_invitations,
    staff_sessions,
    unanswered,
    warned,
)

BATCH = 500
"""Rows of a table in one write: a few milliseconds, between which messages are answered."""
ASIDE_KEPT = dt.timedelta(days=30)
"""How long a question that was put aside can be put back on the office's list."""
DRAFTS_KEPT = dt.timedelta(days=1)
"""How long a message that a member only looked at can still be passed on by a tap."""
REMINDERS_KEPT = dt.timedelta(days=731)
"""How long it is kept who was reminded: a year's report can be made again until the end of the next."""
SETTLED = ("sent", "failed", "gone", "unsure")


def tidy(connection: Connection, texts_until: dt.datetime, questions_until: dt.datetime, now: dt.datetime) -> int:
    """Empty texts that nobody wrote or was sent since `texts_until`, delete questions not asked since the other time.

    Return how many rows were touched; call again until there are none.
    """
    gone = 0
    for table, old in (
        (link_codes, link_codes.c.until < now),
        (link_misses, link_misses.c.at < now - MISSES_KEPT),
        (staff_sessions, staff_sessions.c.expires_at < now),
        (staff_invitations, staff_invitations.c.expires_at < now),
        (invitations, invitations.c.expires_at < texts_until),  # until then whoever comes late is told that it is late
        (digests, digests.c.at < texts_until),
        (unanswered, unanswered.c.last_at < questions_until),
        (unanswered, unanswered.c.aside_at < now - ASIDE_KEPT),
        (local_warnings, (local_warnings.c.status != "approved") & (local_warnings.c.at < questions_until)),
        (local_warnings, local_warnings.c.draft & (local_warnings.c.at < now - DRAFTS_KEPT)),
        (news, news.c.at < texts_until),
        (help_messages, _of_ended() & (help_messages.c.at < texts_until)),
        (help_requests, help_requests.c.at < questions_until),
        *_reminded(now - REMINDERS_KEPT),
    ):
        gone += _delete(connection, table, old)
    return gone + _quiet(connection, texts_until) + _sent(connection, texts_until)


def _reminded(until: dt.datetime) -> Iterator[tuple[Table, ColumnElement[bool]]]:
    """Yield what is old of campaigns and warnings: whom each was for, then, without anybody left, they themselves.

    A series goes from its end, for the first of it holds it together.
    """
    later = campaigns.alias("later")
    over = (campaigns.c.starts_at < until) & campaigns.c.status.not_in(OPEN)
    yield reminders, reminders.c.campaign_id.in_(select(campaigns.c.id).where(over))
    kept = exists().where(reminders.c.campaign_id == campaigns.c.id)
    yield campaigns, over & ~kept & ~exists().where(later.c.campaign_id == campaigns.c.id)
    old = (local_warnings.c.status == "approved") & (local_warnings.c.at < until)
    yield warned, warned.c.local_warning_id.in_(select(local_warnings.c.id).where(old))
    yield local_warnings, old & ~exists().where(warned.c.local_warning_id == local_warnings.c.id)


def _of_ended() -> ColumnElement[bool]:
    """Return whether a message was said in a request that is over."""
    return exists().where(help_requests.c.id == help_messages.c.help_request_id, help_requests.c.status == "done")


def _delete(connection: Connection, table: Table, old: ColumnElement[bool]) -> int:
    (key,) = table.primary_key
    chosen = select(key).where(old).limit(BATCH)
    return connection.execute(delete(table).where(key.in_(chosen), old)).rowcount


def _quiet(connection: Connection, until: dt.datetime) -> int:
    """Empty what quiet conversations were told last, and forget the ids of their messages."""
    old = (conversations.c.seen_at < until) & (conversations.c.reply != "")
    chosen = list(connection.scalars(select(conversations.c.id).where(old).limit(BATCH).with_for_update()))
    if chosen:
        connection.execute(delete(seen).where(seen.c.conversation_id.in_(chosen)))
        connection.execute(update(conversations).where(conversations.c.id.in_(chosen)).values(reply="", event=""))
    return len(chosen)


def _sent(connection: Connection, until: dt.datetime) -> int:
    """Empty messages that were sent or given up; that they were stays, for the counts."""
    old = (deliveries.c.settled_at < until) & deliveries.c.status.in_(SETTLED) & (deliveries.c.reply != "")
    chosen = select(deliveries.c.id).where(old).limit(BATCH)
    return connection.execute(update(deliveries).where(deliveries.c.id.in_(chosen), old).values(reply="")).rowcount
