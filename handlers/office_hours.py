"""When a volunteer or a clerk can be expected to answer: weekdays in Viet Nam, public holidays aside."""

import datetime as dt

from handlers.hours import VIET_NAM, hours

WINDOWS = hours("07:30-11:30,13:30-17:00").windows
LATE = dt.timedelta(hours=4)
"""Working hours after which a request is the office's concern."""


def working(at: dt.datetime) -> bool:
    """Return whether offices are open then."""
    local = at.astimezone(VIET_NAM)
    return local.weekday() < 5 and any(begin <= local.time() < end for begin, end in WINDOWS)


def worked(since: dt.datetime, until: dt.datetime) -> dt.timedelta:
    """Return how much of the time between was working time."""
    first, last = since.astimezone(VIET_NAM), until.astimezone(VIET_NAM)
    total = dt.timedelta()
    for number in range((last.date() - first.date()).days + 1):
        day = first.date() + dt.timedelta(days=number)
        for begin, end in WINDOWS if day.weekday() < 5 else ():
            opened = max(first, dt.datetime.combine(day, begin, VIET_NAM))
            closed = min(last, dt.datetime.combine(day, end, VIET_NAM))
            total += max(closed - opened, dt.timedelta())
    return total


def late(asked_at: dt.datetime, answered_at: dt.datetime | None, now: dt.datetime) -> bool:
    """Return whether a request has waited too long without an answer."""
    return answered_at is None and worked(asked_at, now) >= LATE
