"""Periods a report is about: months, quarters, half-years and years by the cut-off day, or any two days."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from handlers.speech import VIET_NAM
from office.words import words

DAY = dt.timedelta(days=1)
EARLIEST_YEAR, LATEST_YEAR = 2000, 2100
_SPANS = {"q": 3, "h": 6}
_NAMED = re.compile(r"(\d{4})(?:-(?:(\d{2})|([qh])(\d)))?", re.ASCII)
_ANY = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both included."""

    code: str  # 2026-11, 2026-q4, 2026-h2, 2026, 2026-10-01..2026-11-15
    title: str
    first: dt.date
    last: dt.date
    earlier: dt.date | None = None  # the first day of the one before it, where periods follow each other

    @property
    def start(self) -> dt.datetime:
        """The moment it begins."""
        return _midnight(self.first)

    @property
    def end(self) -> dt.datetime:
        """The moment it is over."""
        return _midnight(self.last + DAY)

    @property
    def before(self) -> dt.datetime:
        """The moment at which the period before it begins; of any two days one just as long."""
        return _midnight(self.earlier) if self.earlier else self.start - (self.end - self.start)


def period_of(code: str, cutoff: int) -> Period | None:
    """Return the period of this code; `cutoff` is the last day of a month's report, 0 the end of the month.

    With 14, as in the decrees on statistics, November goes from 15 October to 14 November. None: it is no period.
    """
    titles = words("report")["periods"]
    if found := _ANY.fullmatch(code):
        try:
            first, last = map(dt.date.fromisoformat, found.groups())
        except ValueError:
            return None
        within = first <= last and first.year >= EARLIEST_YEAR and last.year <= LATEST_YEAR
        title = titles["any"].format(first=_day(first), last=_day(last))
        return Period(code, title, first, last) if within else None
    if (found := _NAMED.fullmatch(code)) is None or not EARLIEST_YEAR < int(found[1]) < LATEST_YEAR:
        return None
    year, month, kind, number = int(found[1]), int(found[2] or 0), found[3], int(found[4] or 0)
    span = _SPANS.get(kind, 12) if not found[2] else 1
    begins = month or (number - 1) * span + 1 if kind or found[2] else 1
    if not 1 <= begins <= 13 - span:
        return None
    title = titles["month" if found[2] else kind or "year"].format(number=month or number, year=year)
    earlier, first = (_cut(year, month, cutoff) + DAY for month in (begins - 1 - span, begins - 1))
    return Period(code, title, first, _cut(year, begins + span - 1, cutoff), earlier)


def offered(today: dt.date, cutoff: int) -> list[Period]:
    """Return the periods somebody is likely to report on now: of each kind the one that is over, then the next."""
    found = []
    for span in ("", "q", "h", "year"):
        under_way = next(period for period in _year_of(today, span, cutoff) if period.first <= today <= period.last)
        earlier = [period for period in _year_of(under_way.first - DAY, span, cutoff) if period.last < under_way.first]
        found += [*earlier[-1:], under_way]
    return found


def months_over(today: dt.date, cutoff: int, since: dt.date | None) -> list[Period]:
    """Return the months that are over and ended on this day or later; without a day the last three.

    With three a report of the last month finds its end, its beginning and that of the month before sealed.
    """
    years = range((since or today).year - 1, today.year + 2)
    named = [f"{year}-{month:02}" for year in years for month in range(1, 13)]
    over = [period for code in named if (period := period_of(code, cutoff)) and period.last < today]
    return [period for period in over if period.last >= since] if since else over[-3:]


def _year_of(day: dt.date, span: str, cutoff: int) -> list[Period]:
    """Return the periods of this span in the years around a day, in their order."""
    codes = {"": [f"-{month:02}" for month in range(1, 13)], "q": ["-q1", "-q2", "-q3", "-q4"], "h": ["-h1", "-h2"]}
    named = [f"{year}{code}" for year in (day.year - 1, day.year, day.year + 1) for code in codes.get(span, [""])]
    return [period for code in named if (period := period_of(code, cutoff))]


def _cut(year: int, month: int, cutoff: int) -> dt.date:
    """Return the last day that is reported with a month; month 0 is December of the year before, and so on."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return dt.date(year, month, cutoff or calendar.monthrange(year, month)[1])


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), VIET_NAM).astimezone(dt.UTC)


def _day(day: dt.date) -> str:
    return f"{day.day}/{day.month}/{day.year}"
