"""Pacing by an account's limit: reminders at even distances, answers at once, never too many in any second."""

import time
from collections import deque
from collections.abc import Callable

SHARE = 0.97
"""Of the limit that reminders use. The rest lets an answer leave between two of them without waiting."""
WINDOW_SECONDS = 1.01
"""A second as a strict server counts it, and a little for the way there: what left evenly may arrive less so."""
GENTLE_SECONDS = 5.0
"""After a pause asked for by the platform the distances are doubled for so long."""


class Pace:
    """When the next message may leave."""

    def __init__(self, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Pace messages to at most so many a second, fractions included."""
        self._clock = clock
        self._distance = 1 / (per_second * SHARE)
        self._window = WINDOW_SECONDS if per_second >= 1 else WINDOW_SECONDS / per_second
        self._left: deque[float] = deque(maxlen=max(1, int(per_second)))
        self._next = 0.0  # reminder
        self._closed_until = 0.0
        self._gentle_until = 0.0

    def wait(self, urgent: bool) -> float:
        """Return seconds until a message may leave, 0 for now. An urgent one minds the limit, not the distances."""
        at = self._closed_until
        if len(self._left) == self._left.maxlen:
            at = max(at, self._left[0] + self._window)
        if not urgent:
            at = max(at, self._next)
        return max(0.0, at - self._clock())

    def take(self, urgent: bool) -> None:
        """Note that a message leaves. What was missed is not made up for: that would be a burst."""
        now = self._clock()
        self._left.append(now)
        if not urgent:
            distance = self._distance * (2 if now < self._gentle_until else 1)
            late = now - self._next
            self._next = now + distance - (late if late < distance / 2 else 0)

    def pause(self, seconds: float) -> None:
        """Let nothing leave for so long, then go on gently."""
        self._closed_until = max(self._closed_until, self._clock() + seconds)
        self._gentle_until = self._closed_until + GENTLE_SECONDS
