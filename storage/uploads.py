"""Uploads: what a platform keeps of our pictures already, so that each is uploaded once and not with every message."""

import datetime as dt
from typing import NamedTuple

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.tables import uploads


class Upload(NamedTuple):
    """A file a platform keeps."""

    remote: str  # the platform's id of it
    at: dt.datetime  # since when


def known(connection: Connection, channel: str, account: str, content: str) -> Upload | None:
    """Return what the platform keeps of the file with this hash; None: nothing."""
    row = connection.execute(
        select(uploads.c.remote, uploads.c.at).where(
            uploads.c.channel == channel, uploads.c.account == account, uploads.c.content == content
        )
    ).first()
    return Upload(*row) if row else None


def remember(connection: Connection, channel: str, account: str, content: str, remote: str, now: dt.datetime) -> None:
    """Remember what the platform calls the file with this hash; what it called it before is forgotten."""
    key = {"channel": channel, "account": account, "content": content}
    values = {"remote": remote, "at": now}
    statement = insert(uploads).values(**key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
