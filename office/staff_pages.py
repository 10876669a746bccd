"""Staff and their traces: who may log in, inviting and revoking, and the audit log."""

from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from office.audit_lines import names, sentence
from office.credentials import name_of
from office.desk import Desk, Page, Visit
from office.gate import HOME
from office.invitation import invite
from storage import audit, staff
from storage.coverage import places_of
from storage.places import changes
from storage.tables import STAFF_ROLES

STAFF = f"{HOME}/can-bo"
MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class StaffPages:
    """The pages about staff."""

    desk: Desk
    cutoff: int  # by which reports name their months

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page(STAFF, "change", self.show),
            Page(STAFF, "change", self.invite, "POST"),
            Page(f"{STAFF}/thu-hoi", "change", self.revoke, "POST"),
            Page(f"{HOME}/nhat-ky", "change", self.log),
        ]

    async def show(self, visit: Visit) -> Response:
        """Show who may log in."""
        return await self._shown(visit)

    async def invite(self, visit: Visit) -> Response:
        """Invite somebody; show the link, this once."""
        name, role = name_of(visit.typed("name")), visit.typed("role")
        if not name or role not in STAFF_ROLES:
            return await self._shown(visit, 422, problem="no_name")
        house = self.desk.house
        link = await invite(house.database, house.ward, self.desk.site, name, role, self.desk.clock())
        await self.desk.note(visit, "invited", name)
        return await self._shown(visit, link=link, invited=name)

    async def revoke(self, visit: Visit) -> Response:
        """Let somebody in no more, from this moment on; not oneself, or nobody could get in any more."""
        name, house = visit.typed("name"), self.desk.house
        if visit.staff and name == visit.staff.name:
            return await self._shown(visit, 422, problem="yourself")
        if await house.database.write(staff.revoke, house.ward.id, name, self.desk.clock()):
            await self.desk.note(visit, "revoked", name)
            return await self._shown(visit, revoked=name)
        return RedirectResponse(STAFF, 303)

    async def log(self, visit: Visit) -> Response:
        """Show the last lines of the audit log."""
        house = self.desk.house
        lines = await house.database.read(audit.latest, house.ward.id, MOST_LINES)
        await self.desk.note(visit, "saw", visit.request.url.path)
        places = {change.code: change.before for change in reversed(await house.database.read(changes, house.ward.id))}
        places |= {row.code: row.name for row in (await house.database.read(places_of, house.ward.id)).values()}
        named = names(house, visit.menu, places, self.cutoff)
        told = [(line, sentence(line, named)) for line in lines]
        return self.desk.page("audit", visit, lines=told, most=MOST_LINES)

    async def _shown(self, visit: Visit, status: int = 200, /, **about: str) -> Response:
        house = self.desk.house
        people = await house.database.read(staff.listed, house.ward.id, self.desk.clock())
        nothing = {"link": "", "invited": "", "revoked": "", "problem": ""}
        return self.desk.page("staff", visit, status, people=people, roles=STAFF_ROLES, **{**nothing, **about})
