"""The teams on the command line: inviting somebody, who belongs to them, ending a membership at once."""

from bot.app import now, opened
from bot.reports import Clock, Outcome, say
from bot.served import doors_of
from bot.settings import Settings
from handlers.team import new_invitation
from storage.neighbourhoods import all_of, by_code, ward_of
from storage.neighbours import bursts
from storage.tables import TEAM_ROLES
from storage.team import all_members, revoke
from storage.team import invite as keep


async def invite(settings: Settings, neighbourhood: str, role: str, clock: Clock = now) -> Outcome:
    """Make an invitation to a neighbourhood's team; say the code and the links that carry it."""
    if role not in TEAM_ROLES:
        return say("members.unknown_role", roles=TEAM_ROLES), 2
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        place = await database.read(by_code, ward.id, neighbourhood)
        if place is None:
            return say("prints.unknown_place", code=neighbourhood, places=await database.read(all_of, ward.id)), 2
        code = new_invitation()
        await database.write(keep, place.id, role, code, clock())
    links = [way.link for way in doors_of(settings).ways(code) if way.places]
    return say("members.invitation", place=place, role=role, code=code, links=links), 0


async def members(settings: Settings, ended: int | None, clock: Clock = now) -> Outcome:
    """Say who belongs to the teams; with a number, end that membership first."""
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        if ended is not None and not await database.write(revoke, ended, clock(), ward.id):
            return say("members.unknown", number=ended), 2
        found = await database.read(all_members, ward.id)
        flagged = await database.read(bursts, ward.id)
    return say("members.listed", members=found, ended=ended, bursts=flagged), 0
