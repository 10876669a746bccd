"""The pace: even, never above the limit, answers first, whatever the platform counts by."""

import random
from dataclasses import dataclass
from itertools import pairwise

import pytest

from bot.pace import MADE_UP, SHARE, Pace


@dataclass
class Time:
    """A clock that is moved by waiting."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def leave(pace: Pace, time: Time, urgent: bool = False, takes: float = 0.006) -> float:
    """Wait until a message may leave; return when it reaches the platform. `takes`: seconds there and back."""
    time.now += pace.wait(urgent)
    pace.take(urgent)
    time.now += takes
    pace.done()
    return time.now - takes / 2


def worst(times: list[float]) -> int:
    """Return the most messages in any one second."""
    return max(sum(begun <= at < begun + 1 for at in times) for begun in times)


def test_reminders_leave_evenly_at_97_percent_of_the_limit() -> None:
    time = Time()
    pace = Pace(30, time)
    times = [leave(pace, time) for _ in range(300)]
    assert worst(times) <= 30
    assert 299 / (times[-1] - times[0]) >= 0.97 * 30


def test_an_answer_hardly_waits_between_reminders_and_the_limit_holds() -> None:
    time = Time()
    pace = Pace(30, time)
    times, waits = [], []
    for number in range(600):
        if number % 15 == 7:  # an answer comes in between two reminders
            time.now += 0.01
            waits.append(pace.wait(urgent=True))
            times.append(leave(pace, time, urgent=True))
        times.append(leave(pace, time))
    assert worst(times) <= 30
    assert max(waits) <= 0.034


def test_after_a_stall_three_at_most_are_made_up_for_and_never_at_once() -> None:
    time = Time()
    pace = Pace(30, time)
    times = [leave(pace, time) for _ in range(60)]
    time.now += 10
    stalled = [leave(pace, time) for _ in range(60)]
    assert worst(times + stalled) <= 30
    assert min(after - before for before, after in pairwise(times + stalled)) >= 0.016
    assert sum(at < stalled[0] + 0.5 for at in stalled) <= 0.5 * 30 * SHARE + 1 + MADE_UP


def test_short_stalls_cost_nothing_of_the_share() -> None:
    time = Time()
    pace = Pace(30, time)
    times = []
    for number in range(900):
        time.now += 0.05 if number % 90 == 89 else 0
        times.append(leave(pace, time))
    assert worst(times) <= 30
    assert 899 / (times[-1] - times[0]) >= 0.97 * 30


def test_a_longer_stall_is_made_up_for_little_by_little() -> None:
    time = Time()
    pace = Pace(30, time)
    times = []
    for number in range(1800):
        time.now += 0.5 if number == 300 else 0
        times.append(leave(pace, time))
    assert worst(times) <= 30
    assert 1799 / (times[-1] - times[0]) >= 0.97 * 30


def test_what_is_not_queued_is_not_owed() -> None:
    time = Time()
    pace = Pace(30, time)
    leave(pace, time)
    time.now += 3600
    pace.idle()
    times = [leave(pace, time) for _ in range(300)]
    assert 299 / (times[-1] - times[0]) <= (SHARE + 0.001) * 30


def test_during_a_campaign_an_answer_waits_a_third_of_a_place_and_the_share_stays() -> None:
    time, chance = Time(), random.Random(7)  # noqa: S311
    pace = Pace(30, time)
    times: list[float] = []
    waits: list[float] = []
    asked = time.now + 1.5
    while len(times) < 3000:
        due = time.now + pace.wait(urgent=False)
        if asked <= due:  # three answers a second, at any moment
            time.now = max(time.now, asked)
            waits.append(pace.wait(urgent=True))
            times.append(leave(pace, time, urgent=True, takes=0.004))
            asked += chance.uniform(0.2, 0.4)
        else:
            times.append(leave(pace, time, takes=0.004))
    assert worst(times) <= 30
    assert 2999 / (times[-1] - times[0]) >= 0.97 * 30
    assert sorted(waits)[len(waits) * 99 // 100] <= 0.0125


def test_answers_alone_never_exceed_the_limit() -> None:
    time = Time()
    pace = Pace(30, time)
    assert worst([leave(pace, time, urgent=True) for _ in range(200)]) <= 30


def test_after_a_pause_it_goes_on_gently() -> None:
    time = Time()
    pace = Pace(30, time)
    leave(pace, time)
    pace.pause(7)
    assert pace.wait(urgent=True) == pytest.approx(7)
    begun = leave(pace, time)
    assert leave(pace, time) - begun == pytest.approx(2 / (30 * SHARE))


def test_whenever_messages_arrive_between_leaving_and_acknowledgement_no_second_holds_too_many() -> None:
    time, chance = Time(), random.Random(7)  # noqa: S311
    pace = Pace(30, time)
    arrived: list[float] = []
    under_way: list[tuple[float, float]] = []  # when acknowledged, when arrived
    for _ in range(2000):
        pause = pace.wait(urgent=chance.random() < 0.2)
        until = time.now + pause
        while under_way and min(under_way)[0] <= until:
            time.now = max(time.now, min(under_way)[0])
            under_way.remove(min(under_way))
            pace.done()
            until = time.now + pace.wait(urgent=False)
        time.now = max(time.now, until)
        if pace.wait(urgent=False):
            continue
        pace.take(urgent=False)
        travel = chance.expovariate(20)
        arrived.append(time.now + travel * chance.random())
        under_way.append((time.now + travel, arrived[-1]))
    assert len(arrived) > 500
    assert worst(arrived) <= 30


def test_a_limit_below_one_a_second_is_kept() -> None:
    time = Time()
    pace = Pace(0.5, time)
    times = [leave(pace, time, urgent=True) for _ in range(5)]
    assert min(after - before for before, after in pairwise(times)) >= 2


def test_where_a_platform_counts_by_the_minute_answers_come_at_once_and_the_limit_holds() -> None:
    time = Time()
    pace = Pace(100 / 60, time, window=60.0)
    times = [leave(pace, time, urgent=True) for _ in range(250)]
    assert times[99] - times[0] < 1
    assert max(sum(begun <= at < begun + 60 for at in times) for begun in times) == 100


def test_where_a_platform_counts_by_the_minute_reminders_leave_evenly_and_answers_between_them() -> None:
    time = Time()
    pace = Pace(100 / 60, time, window=60.0)
    times, waits = [], []
    for number in range(400):
        if number % 30 == 7:
            waits.append(pace.wait(urgent=True))
            times.append(leave(pace, time, urgent=True))
        times.append(leave(pace, time))
    assert max(sum(begun <= at < begun + 60 for at in times) for begun in times) <= 100
    assert len(times) / (times[-1] - times[0]) * 60 >= 97
    assert max(waits) <= 2 * 60 / 100  # two turns of the line
