"""The neighbourhoods' teams: who belongs to them, inviting somebody, ending a membership at once."""

from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from handlers.team import new_invitation
from office.desk import Desk, Page, Visit
from office.gate import HOME
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
        ]

    async def show(self, visit: Visit) -> Response:
        """Show the members by neighbourhood; of nobody a name is known."""
        return await self._shown(visit)

    async def invite(self, visit: Visit) -> Response:
        """Make an invitation to a team; show its code and links, this once."""
        house, role = self.desk.house, visit.typed("role")
        place = await house.database.read(by_code, house.ward.id, visit.typed("code"))
        if place is None or role not in TEAM_ROLES:
            return await self._shown(visit, 422, problem=True)
        code = new_invitation()
        await house.database.write(team.invite, place.id, role, code, self.desk.clock())
        await self.desk.note(visit, "team_invited", f"{place.code} {role}")
        links = [way.link for way in self.doors.ways(code) if way.places]
        return await self._shown(visit, invited=place.name, role=role, code=code, links=links)

    async def revoke(self, visit: Visit) -> Response:
        """End a membership, from this moment on."""
        number, house = visit.typed("number"), self.desk.house
        if number.isascii() and number.isdecimal() and len(number) < 10:
            ended = await house.database.write(team.revoke, int(number), self.desk.clock(), house.ward.id)
            if ended:
                await self.desk.note(visit, "team_revoked", number)
        return RedirectResponse(TEAMS, 303)

    async def _shown(self, visit: Visit, status: int = 200, /, **about: object) -> Response:
        house = self.desk.house
        members = await house.database.read(team.all_members, house.ward.id)
        places = await house.database.read(all_of, house.ward.id)
        nothing = {"problem": False, "invited": "", "role": "", "code": "", "links": ()}
        without = [place.name for place in places if place.code not in {member.code for member in members}]
        values = {"members": members, "places": places, "roles": TEAM_ROLES, "without": without}
        return self.desk.page("teams", visit, status, **values, **{**nothing, **about})
