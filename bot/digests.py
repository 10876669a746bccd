"""The week's news for the teams: from Friday afternoon on, once for each member, within the hours."""

import datetime as dt

from handlers.digest import news
from handlers.hours import VIET_NAM
from handlers.standing import moment, standings
from handlers.turn import House
from storage import digests

FRIDAY, HOUR = 4, 16
"""The day of the week, counted from Monday, and the hour in Viet Nam from which it is sent."""
LIFE = dt.timedelta(days=5)
"""How long after that it is still sent to whom it could not reach before: until the next is nearer than this one."""


def begun(at: dt.datetime) -> dt.datetime | None:
    """Return since when the news of this week is to be sent; None: there is none to be sent now."""
    here = at.astimezone(VIET_NAM)
    friday = here.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    friday -= dt.timedelta(days=(here.weekday() - FRIDAY) % 7)
    return friday.astimezone(dt.UTC) if friday <= here < friday + LIFE else None


async def send(house: House, at: dt.datetime) -> None:
    """Give the news to every member who is to get it now."""
    since, until = begun(at), house.hours.end(at)
    if since is None or until is None:
        return
    week = since.astimezone(VIET_NAM).date()
    readers = await house.database.read(digests.readers, house.ward.id, week, since, at, house.ways.free_cap)
    found = await standings(house, moment(at), week=True) if readers else {}
    for reader in (reader for reader in readers if reader.code in found):  # not of a neighbourhood that ended
        reply = await news(house, reader.neighbourhood_id, reader.code, found[reader.code])
        await house.database.write(digests.give, reader, week, reply.to_json(), at, until)
