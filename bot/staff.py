"""What `hocvuso staff` says: inviting to the office, listing and revoking."""

from collections.abc import Callable
from datetime import datetime

from bot.app import now, opened
from bot.reports import Outcome, say
from bot.served import address
from bot.settings import Settings
from handlers.speech import viet_nam
from office.credentials import name_of
from office.invitation import invite
from office.words import words
from storage import audit, staff
from storage.neighbourhoods import ward_of
from storage.tables import STAFF_ROLES


async def add(settings: Settings, name: str, role: str, clock: Callable[[], datetime] = now) -> Outcome:
    """Invite somebody; return the link they open once within a day."""
    kept = name_of(name)
    if not kept or role not in STAFF_ROLES:
        return say("staff.unusable", roles=words("office")["roles"]), 2
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        link = await invite(database, ward, address(settings), kept, role, clock())
        await database.write(audit.note, ward.id, None, "invited", kept, clock())
    return say("staff.invited", name=kept, role=words("office")["roles"][role], link=link), 0


async def show(settings: Settings, clock: Callable[[], datetime] = now) -> Outcome:
    """Return who may log in and who is invited."""
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        people = await database.read(staff.listed, ward.id, clock())
    return say("staff.people", people=people, said=words("office"), viet_nam=viet_nam), 0


async def revoke(settings: Settings, name: str, clock: Callable[[], datetime] = now) -> Outcome:
    """Let somebody in no more, from this moment on."""
    kept = name_of(name)
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        if not await database.write(staff.revoke, ward.id, kept, clock()):
            return say("staff.unknown", name=name), 1
        await database.write(audit.note, ward.id, None, "revoked", kept, clock())
    return say("staff.revoked", name=kept), 0
