"""The neighbourhoods' teams: who belongs to them, inviting somebody, ending a membership at once."""

from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from handlers.team import new_invitation
from office.desk import Desk, Page, Visit
from office.gate import HOME
from office.help_desk import number_of
from office.posters import Doors
from storage import team
from storage.neighbourhoods import all_of, by_code
from storage.tables import TEAM_ROLES

TEAMS = f"{HOME}/to"


@dataclass(frozen=True, slots=True)
class TeamsDesk:
    """The pages about teams."""

    desk: Desk
    doors: Doors

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page(TEAMS, "change", self.show),
            Page(TEAMS, "change", self.invite, "POST"),
            Page(f"{TEAMS}/thoi", "change", self.revoke, "POST"),
            Page(f"{TEAMS}/hoan-tac", "change", self.restore, "POST"),
        ]

    async def show(self, visit: Visit) -> Response:
        """Show the members by neighbourhood; of nobody a name is known."""
        return await self._shown(visit, ended=visit.request.query_params.get("thoi", ""))

    async def invite(self, visit: Visit) -> Response:
        """Make an invitation to a team; show its code and links, this once."""
        house, role = self.desk.house, visit.typed("role")
        place = await house.database.read(by_code, house.ward.id, visit.typed("code"))
        if place is None or role not in TEAM_ROLES:
            return await self._shown(visit, 422, problem="wrong")
        code = new_invitation()
        await house.database.write(team.invite, place.id, role, code, self.desk.clock())
        await self.desk.note(visit, "team_invited", f"{place.code} {role}")
        links = [way.link for way in self.doors.ways(code) if way.places]
        return await self._shown(visit, invited=place.name, role=role, code=code, links=links)

    async def revoke(self, visit: Visit) -> Response:
        """End a membership, from this moment on."""
        number, house = number_of(visit), self.desk.house
        if not await house.database.write(team.revoke, number, self.desk.clock(), house.ward.id):
            return RedirectResponse(TEAMS, 303)
        await self.desk.note(visit, "team_revoked", str(number))
        return RedirectResponse(f"{TEAMS}?thoi={number}", 303)

    async def restore(self, visit: Visit) -> Response:
        """Take the end of a membership back, as long as that can be done."""
        number, house = number_of(visit), self.desk.house
        if not await house.database.write(team.restore, number, self.desk.clock(), house.ward.id):
            return await self._shown(visit, 409, problem="over")
        await self.desk.note(visit, "team_restored", str(number))
        return await self._shown(visit, restored=number)

    async def _shown(self, visit: Visit, status: int = 200, /, **about: object) -> Response:
        house = self.desk.house
        members = await house.database.read(team.all_members, house.ward.id)
        places = await house.database.read(all_of, house.ward.id)
        nothing = {"problem": "", "invited": "", "role": "", "code": "", "links": (), "ended": "", "restored": 0}
        without = [place.name for place in places if place.code not in {member.code for member in members}]
        values = {"members": members, "places": places, "roles": TEAM_ROLES, "without": without}
        return self.desk.page("teams", visit, status, **values, **{**nothing, **about})
