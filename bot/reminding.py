"""Reminders on their way: what is due is planned and let into the outbox within the hours allowed; the week's news."""

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from bot import digests
from bot.repeating import repeating
from handlers.reminder import replies
from handlers.turn import House
from storage import campaigns, releasing
from storage.campaigns import Campaign

EVERY_SECONDS = 1.0


class Reminding:
    """Works on the campaigns that are open; any number of processes may do so."""

    def __init__(self, house: House, clock: Callable[[], dt.datetime]) -> None:
        self._house = house
        self._clock = clock

    async def step(self) -> None:
        """Do what is due now."""
        for campaign in await self._house.database.read(campaigns.open_at, self._clock()):
            await self._house.database.write(releasing.collect, campaign.id, self._clock())
            if until := self._house.hours.end(self._clock()):
                await self._remind(campaign, until)

    async def tell(self) -> None:
        """Send the teams the week's news when it is time."""
        await digests.send(self._house, self._clock())

    async def _remind(self, campaign: Campaign, until: dt.datetime) -> None:
        """Plan what is still to be planned, and let the next reminders leave."""
        write, ways = self._house.database.write, self._house.ways
        while await write(campaigns.plan, campaign.id, self._clock(), ways):
            pass
        said = replies(self._house.speech, self._house.library, campaign.aim.topic)
        if said:  # a lesson that was taken out of the library is waited for, until the campaign is over
            texts = [reply.to_json() for reply in said]
            await write(releasing.release, campaign.id, texts, self._clock(), until, ways)


def reminding(house: House, clock: Callable[[], dt.datetime]) -> AbstractAsyncContextManager[None]:
    """Remind in the background."""
    reminders = Reminding(house, clock)
    return repeating(EVERY_SECONDS, reminders.step, reminders.tell)
