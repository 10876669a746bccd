"""What is done for neighbours by itself: teams are told who waits, silent conversations end, warnings are sent."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from bot.repeating import repeating
from handlers import help_words
from handlers.turn import House
from handlers.warning import warning
from storage import helping, warning_sending

EVERY_SECONDS = 5.0


class Tending:
    """Looks after requests for help and local warnings; any number of processes may do so."""

    def __init__(self, house: House, clock: Callable[[], dt.datetime]) -> None:
        self._house = house
        self._clock = clock

    async def step(self) -> None:
        """Do what is due now."""
        house, now = self._house, self._clock()
        if await house.database.read(helping.due, house.ward.id, now):
            ping = help_words.question(house.speech, "").to_json()
            goodbye = help_words.goodbye(house.speech, silent=True).to_json()
            await house.database.write(helping.look_after, house.ward.id, ping, goodbye, now)
        ways = replace(house.ways, template=False)  # whose words are fixed
        for one in await house.database.read(warning_sending.under_way, house.ward.id, now):
            said = warning(house.speech, house.library, one.neighbourhood, one.kind, one.text).to_json()
            await house.database.write(warning_sending.warn, one.id, said, now, house.hours.end(now), ways)


def tending(house: House, clock: Callable[[], dt.datetime]) -> AbstractAsyncContextManager[None]:
    """Tend in the background."""
    return repeating(EVERY_SECONDS, Tending(house, clock).step)
