"""What `hocvuso api-token` says: letting another system read the figures, and ending it."""

from bot.app import now, opened
from bot.reports import Clock, Outcome, say
from bot.settings import Settings
from handlers.speech import viet_nam
from office.api import SCOPES
from office.credentials import hashed, name_of, new_token
from storage import api_tokens, audit
from storage.neighbourhoods import ward_of


async def add(settings: Settings, name: str, scope: str, clock: Clock = now) -> Outcome:
    """Make a token; it is shown this once."""
    kept, scopes = name_of(name), sorted({part.strip() for part in scope.split(",")})
    if not kept or not set(scopes) <= set(SCOPES):
        return say("api_tokens.unusable", scopes=SCOPES), 2
    token = new_token()
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        if not await database.write(api_tokens.add, ward.id, kept, hashed(token), " ".join(scopes), clock()):
            return say("api_tokens.taken", name=kept), 1
        await database.write(audit.note, ward.id, None, "token_made", kept, clock())
    return say("api_tokens.added", name=kept, scopes=scopes, token=token), 0


async def show(settings: Settings) -> Outcome:
    """Return which systems may read what."""
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        systems = await database.read(api_tokens.listed, ward.id)
    return say("api_tokens.listed", systems=systems, viet_nam=viet_nam), 0


async def revoke(settings: Settings, name: str, clock: Clock = now) -> Outcome:
    """Let a system read no more, from this moment on."""
    kept = name_of(name)
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        if not await database.write(api_tokens.revoke, ward.id, kept, clock()):
            return say("api_tokens.unknown", name=name), 1
        await database.write(audit.note, ward.id, None, "token_revoked", kept, clock())
    return say("api_tokens.revoked", name=kept), 0
