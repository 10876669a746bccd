"""How the program is doing: what waits, what failed, how old things are, how many; never anything of one person."""

import datetime as dt
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from sqlalchemy import Connection, Engine, Select, create_engine, func, make_url, select, text

from storage.tables import VALID, completions, conversations, deliveries, residents, tokens, wards

RECENT = 10_000
"""How many of the latest deliveries are looked at for failures: all of them would take seconds after some years."""
PATIENCE_SECONDS = 3
"""How long a server is waited for, to be reached and to answer."""

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


@dataclass(frozen=True, slots=True)
class Pulse:
    """What tells whether answers leave."""

    waiting_since: dt.datetime | None  # when the oldest answer was queued that has not left
    token_changed_at: dt.datetime | None  # when the Zalo account's token pair was obtained
    token_expires_at: dt.datetime | None
    token_failed_at: dt.datetime | None  # since when renewing it has failed


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted."""

    waiting: Mapping[tuple[str, str], int]  # deliveries to be sent, by channel and lane
    waiting_since: dt.datetime | None  # as above
    residents: int
    completions: Mapping[str, int]  # by grade


@dataclass(frozen=True, slots=True)
class Trouble:
    """How many deliveries of a channel ended in the same way."""

    channel: str
    status: str  # "failed" or "unsure"
    reason: str
    count: int


def pulse(connection: Connection, channels: Sequence[str], account: str) -> Pulse:
    """Return the pulse; of these channels what waits, and of the Zalo account the token pair."""
    own = (tokens.c.channel == "zalo_oa", tokens.c.account == account)
    pair = connection.execute(select(tokens.c.changed_at, tokens.c.expires_at, tokens.c.failed_at).where(*own)).first()
    return Pulse(
        waiting_since=connection.execute(_waiting_since(channels)).scalar(),
        token_changed_at=pair.changed_at if pair else None,
        token_expires_at=pair.expires_at if pair else None,
        token_failed_at=pair.failed_at if pair else None,
    )


def heard(connection: Connection) -> dict[str, dt.datetime]:
    """Return when the last message came, by channel; this goes through all conversations."""
    last = select(conversations.c.channel, func.max(conversations.c.seen_at)).group_by(conversations.c.channel)
    return dict(connection.execute(last).all())


def figures(connection: Connection, channels: Sequence[str]) -> Figures:
    """Return what is counted; of these channels what waits."""
    waiting = (
        select(deliveries.c.channel, deliveries.c.lane, func.count())
        .where(deliveries.c.status == "queued", deliveries.c.channel.in_(channels))
        .group_by(deliveries.c.channel, deliveries.c.lane)
    )
    graded = select(completions.c.grade, func.count()).where(VALID).group_by(completions.c.grade)
    return Figures(
        waiting={(channel, lane): count for channel, lane, count in connection.execute(waiting)},
        waiting_since=connection.execute(_waiting_since(channels)).scalar(),
        residents=connection.execute(select(func.count()).select_from(residents)).scalar_one(),
        completions=dict(connection.execute(graded).all()),
    )


def _waiting_since(channels: Sequence[str]) -> Select[dt.datetime | None]:
    """Select since when the oldest answer has waited. Reminders may wait: they leave one after the other."""
    return select(func.min(deliveries.c.created_at)).where(
        deliveries.c.status == "queued", deliveries.c.lane == "answer", deliveries.c.channel.in_(channels)
    )


def troubles(connection: Connection, since: dt.datetime) -> list[Trouble]:
    """Return what ended badly since then among the latest deliveries, the most frequent first."""
    latest = select(func.max(deliveries.c.id)).scalar_subquery()
    count = func.count()
    statement = (
        select(deliveries.c.channel, deliveries.c.status, func.coalesce(deliveries.c.reason, ""), count)
        .where(deliveries.c.id > latest - RECENT, deliveries.c.created_at >= since)
        .where(deliveries.c.status.in_(("failed", "unsure")))
        .group_by(deliveries.c.channel, deliveries.c.status, deliveries.c.reason)
        .order_by(count.desc(), deliveries.c.channel, deliveries.c.status, deliveries.c.reason)
    )
    return [Trouble(*row) for row in connection.execute(statement)]


def ward_codes(connection: Connection) -> dict[str, int]:
    """Return the ids of all wards by their codes."""
    return dict(connection.execute(select(wards.c.code, wards.c.id)).all())


def missing(url: str) -> bool:
    """Return whether the database is a file that is not there yet."""
    file = make_url(url).database
    return make_url(url).get_backend_name() == "sqlite" and not (file and Path(file).is_file())


def glance(url: str, work: Callable[[Connection, *Ts], T], *arguments: *Ts) -> T:
    """Return what `work` reads in a database that is not open in this process.

    Nothing is made, brought up to date or left behind. OperationalError: it cannot be reached or is not there.
    """
    kind = make_url(url).get_backend_name()
    engine = _of_file(url) if kind == "sqlite" else create_engine(url, connect_args={"connect_timeout": 3})
    try:
        with engine.connect() as connection:
            if kind != "sqlite":
                connection.execute(text("SET TRANSACTION READ ONLY"))
                connection.execute(text(f"SET LOCAL statement_timeout = '{PATIENCE_SECONDS}s'"))
            return work(connection, *arguments)
    finally:
        engine.dispose()


def _of_file(url: str) -> Engine:
    file = Path(make_url(url).database or "").absolute()
    # without a log beside it nobody has the file open: then none is made, which would belong to whoever looks
    closed = "" if file.with_name(f"{file.name}-wal").exists() else "&immutable=1"
    address = f"{file.as_uri()}?mode=ro{closed}"
    return create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True, timeout=PATIENCE_SECONDS))
