"""Pacing by an account's limit: reminders at even distances, answers at once, never too many in any window."""

import time
from collections import deque
from collections.abc import Callable

SHARE = 0.972
"""Of the limit that all messages use while reminders wait, so that an answer mostly finds a place that is free."""
MADE_UP = 3
"""How many reminders that are late are made up for at half the distance: more would be a burst."""
HURRY = 0.99
"""Of the limit that is used while more than those are late, after a longer stall: answers may then wait for a place."""
OWED = 150
"""How many reminders that are late are made up for at all: the stalls of five seconds, at thirty a second."""
SAFELY = 1.001
"""How much longer than the platform's its windows are taken to be."""
GENTLE_SECONDS = 5.0
"""After a pause asked for by the platform the distances are doubled for so long."""
UNDER_WAY_SECONDS = 0.05
"""How long to wait when everything allowed is still under way."""


class Pace:
    """When the next message may leave.

    A message may reach the platform at any time between leaving and its acknowledgement. So those count towards the
    limit that are under way or were acknowledged within the last window, a second or a minute: then no window by the
    platform's own clock can hold more, however unevenly messages travel.
    """

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic, window: float = 1.0) -> None:
        """Pace messages to at most so many a second, fractions included, counted in windows of so many seconds."""
        self._clock = clock
        self._limit = max(1, int(per_second * window + 1e-6))
        self._window = SAFELY * self._limit / per_second  # the window itself, if the limit is a whole number
        self._distance = 1 / (per_second * SHARE)
        self._under_way = 0
        self._acknowledged: deque[float] = deque()
        self._next = clock()  # when the next reminder is due
        self._spaced = 0.0  # before then it would follow the last one too closely
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
            at = max(at, self._next, self._spaced)
        return max(0.0, at - now)

    def take(self, urgent: bool) -> None:
        """Note that a message leaves. An answer takes the place of a reminder, which leaves one distance later."""
        self._under_way += 1
        now = self._clock()
        distance = self._distance * (2 if now < self._gentle_until else 1)
        late = (now - self._next) / distance
        self._next = max(self._next, now - OWED * distance) + distance
        if not urgent:
            self._spaced = now + distance * (0.5 if late <= MADE_UP else SHARE / HURRY)

    def idle(self) -> None:
        """Note that nothing waits: no reminder is late any more."""
        self._next = max(self._next, self._clock())

    def done(self) -> None:
        """Note that the platform has answered, or that nobody knows."""
        self._under_way -= 1
        self._acknowledged.append(self._clock())

    def pause(self, seconds: float) -> None:
        """Let nothing leave for so long, then go on gently."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)
        self._gentle_until = self._closed_until + GENTLE_SECONDS
        self._next = max(self._next, self._closed_until)
