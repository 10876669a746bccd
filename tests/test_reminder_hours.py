"""Reminders and the hours: nothing leaves outside them, what did not fit goes on in the next ones, and expires."""

import datetime as dt

import pytest

from bot.reminding import Reminding
from handlers.core import Core
from handlers.hours import hours
from storage.database import Database
from tests.dialogue import NOON
from tests.test_reminders import HOURS, THREE, Post, campaign, join, outcomes


@pytest.mark.parametrize(
    ("utc", "sent"), [("00:29", False), ("00:30", True), ("04:00", False), ("07:00", True), ("13:30", False)]
)
async def test_nothing_leaves_outside_the_hours(core: Core, utc: str, sent: bool) -> None:
    await join(core, "an")
    day = NOON.date() + dt.timedelta(days=1)
    await campaign(core, NOON)
    post = Post(core, dt.datetime.combine(day, dt.time.fromisoformat(utc), dt.UTC))
    await post.remind()
    assert bool(post.sent()) is sent


async def test_what_the_hours_ended_for_goes_on_in_the_next_ones_and_once(core: Core, database: Database) -> None:
    await join(core, "an")
    await campaign(core)
    await Reminding(core.house, lambda: THREE).step()
    post = Post(core, THREE.replace(hour=13, minute=30))
    await post.remind()
    assert (post.sent(), await outcomes(database)) == ([], {"waiting": 1})
    post.now = THREE + dt.timedelta(days=1)
    await post.remind()
    await post.remind()
    assert (post.sent(), await outcomes(database)) == (["an"], {"sent": 1})


async def test_what_nobody_could_be_told_in_two_days_expires(core: Core, database: Database) -> None:
    await join(core, "an")
    await campaign(core)
    await Reminding(core.house, lambda: THREE).step()
    await Post(core, THREE + dt.timedelta(days=2)).remind()
    assert await outcomes(database) == {"expired": 1}


def test_work_that_does_not_fit_goes_on_in_the_next_hours() -> None:
    before_noon = dt.datetime(2026, 11, 21, 3, 50, tzinfo=dt.UTC)  # 10:50
    assert HOURS.after(before_noon, dt.timedelta(minutes=30)) == dt.datetime(2026, 11, 21, 7, 20, tzinfo=dt.UTC)
    assert HOURS.following(dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)).hour == 0  # 7:30 of the next day


@pytest.mark.parametrize("written", ["", "7:30", "11:00-07:30", "07:30-11:00,10:00-12:00", "mai"])
def test_hours_that_are_none_are_refused(written: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (of whatever was asked first)
        hours(written)
