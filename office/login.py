"""Logging in and out: a name, a password and a code of the authenticator, or a recovery code in its place."""

import asyncio
import datetime as dt
from dataclasses import dataclass, field

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.responses import RedirectResponse, Response

from office.credentials import hashed, is_password, name_of, new_token, recovery_code, step_of
from office.desk import Desk, Page, Visit
from office.gate import HOME, LOGIN, SESSION, Gate
from storage import staff
from storage.staff import Account

LIFE = dt.timedelta(hours=12)
"""Of a session: a working day."""
MINUTES = 15
PER_NAME = RateLimitItemPerMinute(10, MINUTES)
PER_PLACE = RateLimitItemPerMinute(60, MINUTES)
"""Attempts within these minutes for one name, and from one network address, behind which a whole office may sit."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often somebody may try."""

    limiter: FixedWindowRateLimiter = field(default_factory=lambda: FixedWindowRateLimiter(MemoryStorage()))

    async def allows(self, *attempts: tuple[RateLimitItem, str]) -> bool:
        """Count an attempt; return whether it may be looked at."""
        return all([await self.limiter.hit(limit, who) for limit, who in attempts])

    async def forget(self, limit: RateLimitItem, who: str) -> None:
        """Forget the attempts that ended well."""
        await self.limiter.clear(limit, who)


@dataclass(frozen=True, slots=True)
class Login:
    """The pages of logging in and out."""

    desk: Desk
    gate: Gate
    pace: Pace = field(default_factory=Pace)

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page(LOGIN, "", self.show),
            Page(LOGIN, "", self.log_in, "POST"),
            Page(f"{HOME}/dang-xuat", "see", self.log_out, "POST"),
        ]

    async def show(self, visit: Visit) -> Response:
        """Show the form, or the way on for somebody who is logged in."""
        if visit.staff:
            return RedirectResponse(HOME, 303)
        return self.desk.page("login", visit, problem="", name="")

    async def log_in(self, visit: Visit) -> Response:
        """Let somebody in; say no more of what is wrong than that something is."""
        name = name_of(visit.typed("name"))
        place = visit.request.client.host if visit.request.client else ""
        if not await self.pace.allows((PER_PLACE, place), (PER_NAME, name)):
            return self.desk.page("login", visit, 429, problem="too_often", name=name)
        house, now = self.desk.house, self.desk.clock()
        found = await house.database.read(staff.account, house.ward.id, name)
        right = await asyncio.to_thread(is_password, visit.typed("password"), found.password if found else None)
        if not right or found is None or not await self._has_code(found, visit.typed("code")):
            await self.desk.note(visit, "login_failed", staff_id=found.staff.id if found else None)
            return self.desk.page("login", visit, 403, problem="wrong", name=name)
        await self.pace.forget(PER_NAME, name)
        token = new_token()
        await house.database.write(staff.open_session, found.staff.id, hashed(token), now, LIFE)
        await self.desk.note(visit, "logged_in", staff_id=found.staff.id)
        response = RedirectResponse(HOME, 303)
        self.gate.keep(response, SESSION, token)
        return response

    async def log_out(self, visit: Visit) -> Response:
        """End the session; whoever copied the cookie has nothing of it."""
        await self.desk.house.database.write(staff.close_session, hashed(visit.secret))
        await self.desk.note(visit, "logged_out")
        response = RedirectResponse(LOGIN, 303)
        response.delete_cookie(SESSION, path=HOME)
        return response

    async def _has_code(self, found: Account, typed: str) -> bool:
        """Use up the code that was typed, the authenticator's or a recovery code."""
        database = self.desk.house.database
        step = step_of(found.secret, typed, self.desk.clock())
        if step is not None:
            return await database.write(staff.use_step, found.staff.id, step)
        return await database.write(staff.use_recovery_code, found.staff.id, hashed(recovery_code(typed)))
