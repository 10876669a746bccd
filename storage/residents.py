"""Residents: who is learning, what they agreed to, where they live; and forgetting them."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from storage import helping
from storage.audience import withdraw
from storage.conversations import belong
from storage.facts import AgeTold, Consented, Erased, PathChosen, Placed
from storage.neighbourhoods import heir
from storage.tables import (
    consents,
    conversations,
    data_requests,
    deliveries,
    link_misses,
    local_warnings,
    members,
    news,
    pauses,
    pushes,
    residents,
)


@dataclass(frozen=True, slots=True)
class Consent:
    """An answer to a consent question, as it was given."""

    purpose: str
    agreed: bool
    version: str
    guardian: bool
    at: dt.datetime


def create(connection: Connection, ward_id: int, now: dt.datetime) -> int:
    """Return the id of a new resident of the ward."""
    statement = insert(residents).values(ward_id=ward_id, created_at=now).returning(residents.c.id)
    created: int = connection.execute(statement).scalar_one()
    return created


def consent(connection: Connection, resident_id: int, fact: Consented, channel: str, now: dt.datetime) -> None:
    """Keep the answer as proof, and let it hold from now on."""
    values = {
        "resident_id": resident_id,
        "purpose": fact.purpose,
        "agreed": fact.agreed,
        "version": fact.version,
        "guardian": fact.guardian,
        "channel": channel,
        "at": now,
    }
    connection.execute(insert(consents), values)
    column = {"count": "counted", "remind": "reminded"}[fact.purpose]
    connection.execute(update(residents).where(residents.c.id == resident_id).values({column: fact.agreed}))
    if not fact.agreed:
        withdraw(connection, resident_id, now)


def tell_age(connection: Connection, resident_id: int, fact: AgeTold) -> None:
    """Set the resident's age band."""
    connection.execute(update(residents).where(residents.c.id == resident_id).values(age_band=fact.age_band))


def place(connection: Connection, resident_id: int, fact: Placed) -> None:
    """Set where the resident lives."""
    statement = update(residents).where(residents.c.id == resident_id)
    connection.execute(statement.values(neighbourhood_id=heir(connection, fact.neighbourhood_id)))


def choose_path(connection: Connection, resident_id: int, fact: PathChosen) -> None:
    """Set the path through the lessons that the resident chose."""
    connection.execute(update(residents).where(residents.c.id == resident_id).values(path=fact.audience))


def erase(
    connection: Connection, resident_id: int | None, conversation_id: int, fact: Erased, now: dt.datetime
) -> None:
    """Delete the resident with all that hangs on them; of this conversation only the bare address stays.

    Conversations on other channels go as a whole. What remains as proof is a receipt without a name.
    """
    helping.forget(connection, conversation_id, resident_id)
    for table in (deliveries, link_misses, local_warnings, members, news, pauses, pushes):
        connection.execute(delete(table).where(table.c.conversation_id == conversation_id))
    if resident_id is not None:
        other = (conversations.c.resident_id == resident_id) & (conversations.c.id != conversation_id)
        connection.execute(delete(conversations).where(other))
        belong(connection, conversation_id, None)
        connection.execute(delete(residents).where(residents.c.id == resident_id))
    values = {"kind": "erase", "receipt": fact.receipt, "received_at": now, "done_at": now}
    connection.execute(insert(data_requests), values)


def consents_of(connection: Connection, resident_id: int) -> list[Consent]:
    """Return every consent answer the resident gave, oldest first."""
    statement = (
        select(
            consents.c.purpose,
            consents.c.agreed,
            consents.c.version,
            consents.c.guardian,
            consents.c.at,
        )
        .where(consents.c.resident_id == resident_id)
        .order_by(consents.c.id)
    )
    return [Consent(*row) for row in connection.execute(statement)]
