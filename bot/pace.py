"""Pacing by an account's limit: reminders at even distances, answers at once, never too many in any second."""

import time
from collections import deque
from collections.abc import Callable

SHARE = 0.975
"""Of the limit that reminders use. The rest lets an answer leave between two of them almost without waiting."""
WINDOW_SECONDS = 1.001
GENTLE_SECONDS = 5.0
"""After a pause asked for by the platform the distances are doubled for so long."""
UNDER_WAY_SECONDS = 0.05
"""How long to wait when everything allowed is still under way."""


class Pace:
    """When the next message may leave.

    A message may reach the platform at any time between leaving and its acknowledgement. So those count towards the
    limit that are under way or were acknowledged within the last second: then no second of the platform's own clock
    can hold more, however unevenly messages travel.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Pace messages to at most so many a second, fractions included."""
        self._clock = clock
        self._limit = max(1, int(per_second))
        self._window = WINDOW_SECONDS * self._limit / per_second  # a second, if the limit is a whole number
        self._distance = 1 / (per_second * SHARE)
        self._under_way = 0
        self._acknowledged: deque[float] = deque()
        self._next = 0.0  # reminder
        self._closed_until = 0.0
        self._gentle_until = 0.0

    def wait(self, urgent: bool) -> float:
        """Return seconds until a message may leave, 0 for now. An urgent one minds the limit, not the distances."""
        now = self._clock()
        while self._acknowledged and self._acknowledged[0] <= now - self._window:
            self._acknowledged.popleft()
        at = self._closed_until
        if self._under_way + len(self._acknowledged) >= self._limit:
            at = max(at, self._acknowledged[0] + self._window if self._acknowledged else now + UNDER_WAY_SECONDS)
        if not urgent:
            at = max(at, self._next)
        return max(0.0, at - now)

    def take(self, urgent: bool) -> None:
        """Note that a message leaves. What was missed is not made up for: that would be a burst."""
        self._under_way += 1
        if not urgent:
            now = self._clock()
            distance = self._distance * (2 if now < self._gentle_until else 1)
            late = now - self._next
            self._next = now + distance - (late if late < distance / 2 else 0)

    def done(self) -> None:
        """Note that the platform has answered, or that nobody knows."""
        self._under_way -= 1
        self._acknowledged.append(self._clock())

    def pause(self, seconds: float) -> None:
        """Let nothing leave for so long, then go on gently."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)
        self._gentle_until = self._closed_until + GENTLE_SECONDS
