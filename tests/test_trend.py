"""The trend and the forecast: what can be said of the target's date, and what cannot."""

import pytest

from office.trend import DAY, WEEK, forecast, since, weekly
from storage.journey import Journey
from tests.dialogue import NOON

TODAY = NOON.date()


def people(*by_week: int) -> Journey:
    """Return so many people a week, the last of these weeks ending today; those of long ago are only counted."""
    count = len(by_week)
    came = {TODAY - (count - at) * WEEK + DAY: new for at, new in enumerate(by_week) if new}
    told = {day: new for day, new in came.items() if day >= since(TODAY)}
    return Journey(0, sum(by_week), 0, {}, {}, told)


def test_weeks_add_up_to_everybody() -> None:
    weeks = weekly(people(3, 0, 2), TODAY, 4)
    assert [week.new for week in weeks] == [0, 3, 0, 2]
    assert [week.covered for week in weeks] == [0, 3, 3, 5]
    assert weekly(people(1, 1, 1, 1), TODAY, 2)[0].covered == 3


def test_an_even_pace_gives_one_date() -> None:
    found = forecast(people(5, 5, 5, 5, 5, 5, 5, 5, 5), 20, TODAY)
    assert found.earliest == found.likely == found.latest == TODAY + 4 * WEEK


def test_uneven_weeks_give_a_range_and_very_uneven_ones_no_end() -> None:
    found = forecast(people(5, 4, 6, 5, 4, 6, 5, 4, 6), 20, TODAY)
    dates = [date for date in (found.earliest, found.likely, found.latest) if date]
    assert len(set(dates)) == 3
    assert dates == sorted(dates)
    burst = forecast(people(9, 0, 0, 0, 0, 0, 0, 0, 9), 20, TODAY)
    assert burst.likely
    assert burst.latest is None


@pytest.mark.parametrize(
    ("journey", "missing", "reason"),
    [
        (people(5, 5, 5, 5, 5), None, "no_adults"),
        (people(5, 5, 5, 5, 5), 0, "reached"),
        (people(), 10, "early"),
        (people(5, 5, 5), 10, "early"),
        (people(5, *[0] * 9), 10, "standstill"),
        (people(1, 1, 1, 1, 1, 1), 10_000, "far"),
    ],
)
def test_what_cannot_be_said_is_not_said(journey: Journey, missing: int | None, reason: str) -> None:
    found = forecast(journey, missing, TODAY)
    assert (found.reason, found.likely) == (reason, None)
