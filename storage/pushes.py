"""Browsers that may be told of a reminder: the address each gave us, one a conversation of the web chat."""

import datetime as dt

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert  # SQLite understands its ON CONFLICT as well

from storage.tables import conversations, pushes


def allow(connection: Connection, channel: str, account: str, address: str, endpoint: str, now: dt.datetime) -> bool:
    """Keep where a visitor's browser is told; return whether there is such a visitor."""
    here = (conversations.c.channel == channel, conversations.c.account == account, conversations.c.address == address)
    found = connection.execute(select(conversations.c.id).where(*here)).scalar()
    if found is None:
        return False
    told = {"endpoint": endpoint, "at": now}
    kept = insert(pushes).values(conversation_id=found, **told)
    connection.execute(kept.on_conflict_do_update(index_elements=["conversation_id"], set_=told))
    return True


def endpoint_of(connection: Connection, channel: str, account: str, address: str) -> str | None:
    """Return where a visitor's browser is told; none: it did not allow it."""
    here = (conversations.c.channel == channel, conversations.c.account == account, conversations.c.address == address)
    found: str | None = connection.execute(select(pushes.c.endpoint).join(conversations).where(*here)).scalar()
    return found


def allowed(connection: Connection, resident_id: int) -> bool:
    """Return whether a browser of a resident may be told."""
    theirs = select(pushes.c.conversation_id).join(conversations).where(conversations.c.resident_id == resident_id)
    return connection.execute(theirs).first() is not None


def forget(connection: Connection, endpoint: str) -> None:
    """Forget an address that is no more."""
    connection.execute(delete(pushes).where(pushes.c.endpoint == endpoint))
