"""Local warnings: scam messages residents passed on to the team, waiting to be approved or rejected."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, insert, select, update

from storage.help_facts import Warned
from storage.tables import local_warnings, neighbourhoods, residents


@dataclass(frozen=True, slots=True)
class LocalWarning:
    """A scam message somebody passed on."""

    id: int
    neighbourhood_id: int | None
    code: str | None  # of the neighbourhood
    neighbourhood: str | None  # its name
    text: str
    kind: str
    at: dt.datetime


def pass_on(
    connection: Connection, ward_id: int, resident_id: int | None, conversation_id: int, fact: Warned, now: dt.datetime
) -> None:
    """Keep the message for the team, under the neighbourhood of whoever passed it on, if that is known.

    A member's draft replaces the one before.
    """
    if fact.draft:
        own = (local_warnings.c.conversation_id == conversation_id, local_warnings.c.draft)
        connection.execute(delete(local_warnings).where(*own))
    where = select(residents.c.neighbourhood_id).where(residents.c.id == resident_id).scalar_subquery()
    values = {
        "ward_id": ward_id,
        "neighbourhood_id": where,
        "conversation_id": conversation_id,
        "text": fact.text,
        "kind": fact.kind,
        "draft": fact.draft,
        "at": now,
    }
    connection.execute(insert(local_warnings).values(values))


def warnings(ward_id: int) -> Select[*tuple[Any, ...]]:
    """Select the messages passed on, oldest first, in the order of LocalWarning's fields."""
    place = (local_warnings.c.neighbourhood_id, neighbourhoods.c.code, neighbourhoods.c.name)
    said = (local_warnings.c.text, local_warnings.c.kind, local_warnings.c.at)
    chosen = select(local_warnings.c.id, *place, *said).join_from(local_warnings, neighbourhoods, isouter=True)
    own = (local_warnings.c.ward_id == ward_id, ~local_warnings.c.draft)
    return chosen.where(*own).order_by(local_warnings.c.id)


def pending(connection: Connection, ward_id: int) -> list[LocalWarning]:
    """Return the messages nobody has decided about, oldest first."""
    waiting = warnings(ward_id).where(local_warnings.c.status == "pending")
    return [LocalWarning(*row) for row in connection.execute(waiting)]


def warning_of(connection: Connection, ward_id: int, warning_id: int) -> LocalWarning | None:
    """Return the message of this number while nobody has decided about it."""
    return next((one for one in pending(connection, ward_id) if one.id == warning_id), None)


def drafted(connection: Connection, conversation_id: int | None) -> bool:
    """Return whether a member looked at a message lately that can be passed on."""
    draft = exists().where(local_warnings.c.conversation_id == conversation_id, local_warnings.c.draft)
    return bool(connection.execute(select(draft)).scalar())


def confirm(connection: Connection, neighbourhood_id: int, conversation_id: int, now: dt.datetime) -> None:
    """Pass on the message a member looked at last, as one that goes round in their neighbourhood."""
    draft = (local_warnings.c.conversation_id == conversation_id, local_warnings.c.draft)
    values = {"draft": False, "neighbourhood_id": neighbourhood_id, "at": now}
    connection.execute(update(local_warnings).where(*draft).values(**values))
