"""Praise: who agreed to be named by the ward, and who of them came to have all skills in a period."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from storage.facts import Praised
from storage.live import counted_adults
from storage.tables import BASIC, attainments, names, neighbourhoods, residents
from storage.tallies import skills_of


@dataclass(frozen=True, slots=True)
class Praise:
    """Somebody who may be named."""

    name: str
    place: str  # the neighbourhood's name; empty: in none


def agree(connection: Connection, resident_id: int, fact: Praised, now: dt.datetime) -> None:
    """Let the ward name a resident who has told a name, or not any more."""
    agreed = {"praise_version": fact.version, "praise_at": now} if fact.agreed else {}
    values = {"praise_version": None, "praise_at": None, **agreed}
    connection.execute(update(names).where(names.c.resident_id == resident_id).values(values))


def agreed(connection: Connection, resident_id: int) -> bool:
    """Return whether the ward may name a resident."""
    statement = select(names.c.praise_at).where(names.c.resident_id == resident_id)
    return connection.execute(statement).scalar() is not None


def praised(
    connection: Connection, ward_id: int, topics: Sequence[str], start: dt.datetime, end: dt.datetime
) -> list[Praise]:
    """Return who came to have all topics in the period and may be named, in the order in which they did."""
    came = attainments.c.covered_at
    skill = skills_of(connection, ward_id, [topics])[0] or BASIC
    statement = (
        select(names.c.name, neighbourhoods.c.name)
        .select_from(names)
        .join(residents, residents.c.id == names.c.resident_id)
        .join(attainments, (attainments.c.resident_id == residents.c.id) & (attainments.c.skill == skill))
        .outerjoin(neighbourhoods, neighbourhoods.c.id == residents.c.neighbourhood_id)
        .where(counted_adults(ward_id), names.c.praise_at.is_not(None), came >= start, came < end)
        .order_by(came, residents.c.id)
    )
    return [Praise(name, place or "") for name, place in connection.execute(statement)]
