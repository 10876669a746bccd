"""Counting live from the ledger: what the tallies are held against, and the way where a skill has none."""

import datetime as dt
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, Subquery, and_, case, distinct, func, select

from storage.tables import ADULT_BANDS, COVERING_GRADES, VALID, completions, residents
from storage.tallies import Tally

HERE = dt.timezone(dt.timedelta(hours=7))
"""Viet Nam, as the triggers have it."""


def counted_adults(ward_id: int) -> ColumnElement[bool]:
    """Return which residents of a ward count: adults who agree to it now."""
    return and_(residents.c.ward_id == ward_id, residents.c.counted, residents.c.age_band.in_(ADULT_BANDS))


def counted(
    connection: Connection, ward_id: int, topics: Sequence[str], until: dt.datetime | None = None
) -> Mapping[int | None, Tally]:
    """Return who joined, learned and is covered in each neighbourhood, by its id; by None those in no neighbourhood."""
    ledger = ledger_of(topics, until)
    wanted = len(set(topics))
    joined = func.count() if until is None else _count_where(residents.c.created_at < until)
    statement = (
        select(
            residents.c.neighbourhood_id,
            joined,
            _count_where(ledger.c.topics == wanted),
            _count_where(ledger.c.covering == wanted),
        )
        .select_from(residents.outerjoin(ledger, ledger.c.resident_id == residents.c.id))
        .where(counted_adults(ward_id))
        .group_by(residents.c.neighbourhood_id)
    )
    return {place: Tally(*people) for place, *people in connection.execute(statement)}


def ledger_of(topics: Sequence[str], until: dt.datetime | None = None) -> Subquery:
    """Return how many of the topics each resident has, with any evidence and with evidence that covers."""
    covering = case((completions.c.grade.in_(COVERING_GRADES), completions.c.topic))
    statement = (
        select(
            completions.c.resident_id,
            func.count(distinct(completions.c.topic)).label("topics"),
            func.count(distinct(covering)).label("covering"),
        )
        .where(completions.c.topic.in_(topics), VALID)
        .group_by(completions.c.resident_id)
    )
    return (statement.where(completions.c.at < until) if until else statement).subquery()


def _count_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
