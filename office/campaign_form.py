"""The form of a new campaign: what was typed, and what follows from it or is wrong with it."""

import datetime as dt
from dataclasses import dataclass

from starlette.datastructures import FormData

from handlers import due
from handlers.campaign import INACTIVE_DAYS, SECOND_AFTER_DAYS
from handlers.hours import VIET_NAM, Hours
from handlers.turn import House
from storage.audience import Aim
from storage.campaigns import Draft
from storage.tables import CONTINUE, REFRESH

EVENTS = (CONTINUE, REFRESH)
AUDIENCES = ("not_passed", "not_started", "started", "inactive")
DAYS = ("today", "tomorrow", "other")
LONGEST_AHEAD = dt.timedelta(days=366)
HELD_OUT_PERCENT = 10
HALF_AN_HOUR = dt.timedelta(minutes=30)


class Wrong(Exception):
    """Something typed cannot be used; the message is the name of what is said about it."""


@dataclass(frozen=True, slots=True)
class Form:
    """What was typed, or is there to begin with."""

    topic: str = CONTINUE
    audience: str = "not_passed"
    places: frozenset[str] = frozenset()  # their codes; none: the whole ward
    day: str = "today"
    date: str = ""
    time: str = ""
    twice: bool = True
    weekly_until: str = ""
    until_target: bool = False
    hold_out: bool = False

    @classmethod
    def of(cls, sent: FormData) -> "Form":
        """Return what was sent."""

        def typed(name: str) -> str:
            value = sent.get(name, "")
            return value.strip() if isinstance(value, str) else ""

        places = frozenset(value for value in sent.getlist("noi") if isinstance(value, str))
        said = (typed("bai"), typed("ai"), places, typed("ngay"), typed("ngay-khac"), typed("gio"))
        return cls(*said, bool(typed("hai")), typed("tuan"), bool(typed("dich")), bool(typed("giu")))


def read(form: Form, house: House, places: dict[int, str], target_percent: int, now: dt.datetime) -> Draft:
    """Return the campaign that was typed; `places` are the codes by id. Raise Wrong when something cannot be used."""
    starts = _start(form, house.hours, now)
    until = _end_of_day(_date(form.weekly_until, "no_end")) if form.weekly_until else None
    if until and not starts < until < starts + LONGEST_AHEAD:
        raise Wrong("no_end")
    aim = _aim(form, house, places)
    percent = target_percent if until and form.until_target and aim.topic != REFRESH else None
    second = SECOND_AFTER_DAYS if form.twice else None
    return Draft(aim, starts, second, until, percent, HELD_OUT_PERCENT if form.hold_out else 0)


def _aim(form: Form, house: House, places: dict[int, str]) -> Aim:
    """Return whom the campaign means."""
    ids = tuple(identity for identity, code in places.items() if code in form.places)
    if len(ids) != len(form.places):
        raise Wrong("no_place")
    if form.audience not in AUDIENCES:
        raise Wrong("no_audience")
    core = house.library.core_topics
    if form.topic == REFRESH:
        return Aim(house.ward.id, None, REFRESH, tuple(due.topics(house.library)), "refresh_due", places=ids)
    if form.topic != CONTINUE and house.library.get(form.topic) is None:
        raise Wrong("no_topic")
    topics = core if form.topic == CONTINUE else (form.topic,)
    days = INACTIVE_DAYS if form.audience == "inactive" else 0
    return Aim(house.ward.id, None, form.topic, topics, form.audience, days, ids)


def _start(form: Form, hours: Hours, now: dt.datetime) -> dt.datetime:
    """Return when it is to start: at once where today is meant and the time is over, within the hours allowed."""
    today = now.astimezone(VIET_NAM).date()
    if form.day not in DAYS:
        raise Wrong("no_day")
    date = _date(form.date, "no_day") if form.day == "other" else today + dt.timedelta(days=form.day == "tomorrow")
    if not dt.timedelta() <= date - today <= LONGEST_AHEAD:
        raise Wrong("no_day")
    if form.time and form.time not in times(hours):
        raise Wrong("no_time")
    time = dt.time.fromisoformat(form.time) if form.time else dt.time()
    starts = dt.datetime.combine(date, time, VIET_NAM).astimezone(dt.UTC)
    return hours.following(max(starts, now))


def _date(typed: str, problem: str) -> dt.date:
    """Return a day typed as 21/11/2026."""
    try:
        return dt.datetime.strptime(typed, "%d/%m/%Y").date()  # noqa: DTZ007  a day has no zone
    except ValueError:
        raise Wrong(problem) from None


def _end_of_day(date: dt.date) -> dt.datetime:
    return dt.datetime.combine(date, dt.time(23, 59), VIET_NAM).astimezone(dt.UTC)


def times(hours: Hours) -> list[str]:
    """Return the times to choose from: every half hour that reminders may leave in."""
    day = dt.datetime(2026, 1, 1, tzinfo=VIET_NAM)
    all_day = (day + number * HALF_AN_HOUR for number in range(48))
    return [f"{at:%H:%M}" for at in all_day if hours.end(at)]
