"""Even pacing: messages leave one by one at equal distances, so that no second ever holds more than the limit."""

import asyncio
import time

SHARE = 0.98
"""Of the limit that is used: clocks and networks are not exact, and a strict server counts what arrives."""
GENTLE_SECONDS = 5.0
"""After a pause asked for by the platform the pace is halved for so long."""


class Pace:
    """Slots in time, one for each message."""

    def __init__(self, per_second: float) -> None:
        self._distance = 1 / (per_second * SHARE)
        self._next = 0.0
        self._gentle_until = 0.0

    async def slot(self) -> None:
        """Wait for the next free slot. What was missed is not made up for: that would be a burst."""
        now = time.monotonic()
        at = max(self._next, now)
        self._next = at + self._distance * (2 if at < self._gentle_until else 1)
        if at > now:
            await asyncio.sleep(at - now)

    def pause(self, seconds: float) -> None:
        """Give no slot for so long, then go on gently."""
        self._next = max(self._next, time.monotonic() + seconds)
        self._gentle_until = self._next + GENTLE_SECONDS
