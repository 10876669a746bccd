"""What the command line says of messages that did not arrive: the list, and trying them once more."""

import datetime as dt
import json
from collections.abc import Sequence

from bot.app import now, opened
from bot.reports import Clock, Outcome, say
from bot.settings import Settings
from handlers.speech import VIET_NAM
from storage.dead_letters import dead_letters, replay

MOST = 1000
"""Messages listed, or tried once more, at a time."""


async def show(settings: Settings, days: int, as_json: bool, clock: Clock = now) -> Outcome:
    """Return the messages of so many days that were given up."""
    async with opened(settings) as database:
        found = await database.report(dead_letters, clock() - dt.timedelta(days=days), MOST)
    if as_json:
        fields = ("id", "channel", "lane", "status", "reason", "again")
        rows = [{**{name: getattr(one, name) for name in fields}, "at": one.at.isoformat()} for one in found]
        return json.dumps(rows, ensure_ascii=False, indent=2), 0
    return say("deliveries.listed", found=found, days=days, most=MOST, zone=VIET_NAM), 0


async def again(settings: Settings, ids: Sequence[int], days: int, clock: Clock = now) -> Outcome:
    """Queue these messages once more, or all of so many days that may be."""
    async with opened(settings) as database:
        found = await database.report(dead_letters, clock() - dt.timedelta(days=days), MOST)
        chosen = list(ids) or [one.id for one in found if one.again]
        queued = await database.write(replay, chosen, clock())
    return say("deliveries.queued", queued=queued, left=len(chosen) - queued), 0 if queued == len(chosen) else 1
