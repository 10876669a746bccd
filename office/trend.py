"""The trend: how many came to be covered in each week, and when the target is arrivals if it goes on like that."""

import datetime as dt
import statistics
from dataclasses import dataclass

from storage.journey import Journey

WEEKS = 10
PACE_WEEKS = 8
"""So many weeks make up the present pace."""
LEAST_WEEKS = 4
"""With fewer weeks behind us a pace is a guess."""
FARTHEST_WEEKS = 260
"""Five years: beyond that nothing goes on as it is."""
ERRORS = 2
"""The range spans so many standard errors of the weekly mean to either side: about 95 of 100 times."""
WEEK = dt.timedelta(days=7)
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days up to this one."""

    end: dt.date
    new: int
    covered: int  # at its end


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the target would be arrivals, or why that cannot be said: arrivals, no_adults, early, standstill, far."""

    reason: str = ""
    earliest: dt.date | None = None
    likely: dt.date | None = None
    latest: dt.date | None = None  # none: the weeks differ so much that it cannot be said


def since(today: dt.date) -> dt.date:
    """Return the first day that the trend needs."""
    return today - WEEKS * WEEK + DAY


def weekly(journey: Journey, today: dt.date, weeks: int = WEEKS) -> list[Week]:
    """Return the last weeks, oldest first; the last of them ends today."""
    found = []
    for back in range(weeks - 1, -1, -1):
        end = today - back * WEEK
        later = sum(people for day, people in journey.days.items() if day > end)
        new = sum(people for day, people in journey.days.items() if end - WEEK < day <= end)
        found.append(Week(end, new, journey.covered - later))
    return found


def forecast(journey: Journey, missing: int | None, today: dt.date) -> Forecast:
    """Return when so many more would be covered at the pace of the last weeks."""
    if missing is None:
        return Forecast("no_adults")
    if missing == 0:
        return Forecast("reached")
    known = _known(journey, today)
    if known < LEAST_WEEKS:
        return Forecast("early")
    new = [week.new for week in weekly(journey, today, known)]
    pace = statistics.mean(new)
    if pace <= 0:
        return Forecast("standstill")
    if missing / pace > FARTHEST_WEEKS:
        return Forecast("far")
    error = ERRORS * statistics.stdev(new) / len(new) ** 0.5
    slow = pace - error
    latest = _after(today, missing / slow) if slow > 0 and missing / slow <= FARTHEST_WEEKS else None
    return Forecast("", _after(today, missing / (pace + error)), _after(today, missing / pace), latest)


def _known(journey: Journey, today: dt.date) -> int:
    """Return how many weeks it is since somebody came to be covered first, at most PACE_WEEKS."""
    if journey.covered > sum(journey.days.values()):  # somebody came before the days that are told
        return PACE_WEEKS
    return min(PACE_WEEKS, (today - min(journey.days, default=today)).days // 7)


def _after(today: dt.date, weeks: float) -> dt.date:
    return today + dt.timedelta(days=int(weeks * 7))
