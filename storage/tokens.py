"""Tokens: the pair a platform account is used with, renewed now and then; the refresh token works only once."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.tables import tokens


@dataclass(frozen=True, slots=True)
class Pair:
    """The tokens of an account; neither is ever shown or logged."""

    access: str
    refresh: str
    expires_at: dt.datetime  # the access token
    changed_at: dt.datetime  # when this pair was obtained
    previous_refresh: str = ""
    failed_at: dt.datetime | None = None  # since when renewing has failed


@dataclass(frozen=True, slots=True)
class Package:
    """How many messages the account's package still pays for, as the platform told last."""

    left: int
    total: int
    at: dt.datetime


def load(connection: Connection, channel: str, account: str) -> Pair | None:
    """Return the account's pair, None before the first."""
    row = connection.execute(
        select(
            tokens.c.access,
            tokens.c.refresh,
            tokens.c.expires_at,
            tokens.c.changed_at,
            tokens.c.previous_refresh,
            tokens.c.failed_at,
        ).where(tokens.c.channel == channel, tokens.c.account == account)
    ).first()
    return Pair(*row) if row else None


def replace(connection: Connection, channel: str, account: str, pair: Pair, refresh: str) -> bool:
    """Keep a new pair in place of the one with this refresh token, "" before the first.

    Return False, keeping nothing, when another process has replaced it in between.
    """
    values = {
        "access": pair.access,
        "refresh": pair.refresh,
        "previous_refresh": refresh,
        "expires_at": pair.expires_at,
        "changed_at": pair.changed_at,
        "failed_at": None,
    }
    if not refresh:
        begin = insert(tokens).values(channel=channel, account=account, **values).on_conflict_do_nothing()
        return bool(connection.execute(begin.returning(tokens.c.account)).first())
    theirs = (tokens.c.channel == channel, tokens.c.account == account, tokens.c.refresh == refresh)
    return connection.execute(update(tokens).where(*theirs).values(**values)).rowcount == 1


def fail(connection: Connection, channel: str, account: str, refresh: str, now: dt.datetime) -> None:
    """Mark that the pair with this refresh token cannot be renewed, since now unless it was marked before."""
    theirs = (tokens.c.channel == channel, tokens.c.account == account, tokens.c.refresh == refresh)
    connection.execute(update(tokens).where(*theirs, tokens.c.failed_at.is_(None)).values(failed_at=now))


def learnt(connection: Connection, channel: str, account: str) -> tuple[str, Package | None]:
    """Return which API takes the account's messages, "" while that is not known, and what its package pays for."""
    columns = (tokens.c.send_api, tokens.c.package_left, tokens.c.package_total, tokens.c.package_at)
    here = (tokens.c.channel == channel, tokens.c.account == account)
    row = connection.execute(select(*columns).where(*here)).first()
    if row is None:
        return "", None
    return row.send_api, None if row.package_at is None else Package(row[1], row[2], row[3])


def learn_api(connection: Connection, channel: str, account: str, send_api: str) -> None:
    """Keep which API takes the account's messages."""
    here = (tokens.c.channel == channel, tokens.c.account == account)
    connection.execute(update(tokens).where(*here).values(send_api=send_api))


def learn_package(connection: Connection, channel: str, account: str, package: Package) -> None:
    """Keep what the account's package pays for."""
    here = (tokens.c.channel == channel, tokens.c.account == account)
    values = {"package_left": package.left, "package_total": package.total, "package_at": package.at}
    connection.execute(update(tokens).where(*here).values(**values))
