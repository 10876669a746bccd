"""What was done in a period beside learning alone: classes, reminders, helpers; counts only, of those who count now."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, case, distinct, func, select

from storage.live import HERE, counted_adults
from storage.tables import (
    BASIC,
    attainments,
    attendances,
    campaigns,
    certificates,
    classes,
    members,
    neighbourhoods,
    reminders,
    residents,
    tallies,
)


@dataclass(frozen=True, slots=True)
class Activity:
    """Counts of a period; of members and teams, those at its end."""

    joined: int  # residents who began
    passed: int  # lessons that residents came to have
    observed: int  # residents whom a member saw doing something
    classes: int
    attended: int  # times somebody was in a class
    reminded: int  # reminders sent
    certificates: int
    members: int
    teams: int  # neighbourhoods that have members


def activity(connection: Connection, ward_id: int, start: dt.datetime, end: dt.datetime) -> Activity:
    """Return what was done from one moment until before the other."""

    def within(column: ColumnElement[dt.datetime]) -> ColumnElement[bool]:
        return (column >= start) & (column < end)

    def count(what: ColumnElement[int], *joined: ColumnElement[bool]) -> int:
        found: int = connection.execute(select(what).where(*joined)).scalar_one()
        return found

    counted = counted_adults(ward_id)
    own = residents.c.id == attainments.c.resident_id + 0  # the few that were observed first, then who that is
    here = (neighbourhoods.c.ward_id == ward_id, classes.c.neighbourhood_id == neighbourhoods.c.id)
    in_team = (members.c.since < end) & (members.c.until.is_(None) | (members.c.until >= end))
    team = (neighbourhoods.c.ward_id == ward_id, members.c.neighbourhood_id == neighbourhoods.c.id, in_team)
    joined, passed = _tallied(connection, ward_id, start, end)
    return Activity(
        joined=joined,
        passed=passed,
        observed=count(
            func.count(distinct(attainments.c.resident_id)),
            own,
            counted,
            attainments.c.skill != BASIC,
            within(attainments.c.observed_at),
        ),
        classes=count(func.count(classes.c.id), *here, within(classes.c.at)),
        attended=count(
            func.count(attendances.c.resident_id),
            *here,
            attendances.c.class_id == classes.c.id,
            within(attendances.c.at),
        ),
        reminded=count(
            func.count(reminders.c.id),
            campaigns.c.ward_id == ward_id,
            reminders.c.campaign_id == campaigns.c.id,
            reminders.c.outcome == "sent",
            within(reminders.c.at),
        ),
        certificates=count(
            func.count(certificates.c.code), certificates.c.ward_id == ward_id, within(certificates.c.issued_at)
        ),
        members=count(func.count(members.c.id), *team),
        teams=count(func.count(distinct(members.c.neighbourhood_id)), *team),
    )


def _tallied(connection: Connection, ward_id: int, start: dt.datetime, end: dt.datetime) -> tuple[int, int]:
    """Return how many began, and how many times a resident came to have a topic: a second evidence of it is none."""
    days = [moment.astimezone(HERE).date() for moment in (start, end)]
    topics = tallies.c.skill.not_in(["", BASIC])
    people = (tallies.c.joined, case((topics, tallies.c.covered), else_=0))
    statement = select(*(func.coalesce(func.sum(each), 0) for each in people)).where(
        tallies.c.ward_id == ward_id, tallies.c.day >= days[0], tallies.c.day < days[1]
    )
    joined, passed = connection.execute(statement).one()
    return int(joined), int(passed)
