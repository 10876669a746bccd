"""An invitation: made by the office or on the command line, opened once within a day by the one it is for."""

import asyncio
import datetime as dt
from dataclasses import dataclass

import segno
from starlette.responses import Response

from office import credentials
from office.credentials import LONGEST_PASSWORD, SHORTEST_PASSWORD, hashed
from office.desk import Desk, Page, Visit
from office.gate import HOME
from office.login import PER_PLACE, Pace
from storage import staff
from storage.database import Database
from storage.neighbourhoods import Ward
from storage.staff import Invitation

LIFE = dt.timedelta(hours=24)
PATH = f"{HOME}/moi"


async def invite(database: Database, ward: Ward, site: str, name: str, role: str, now: dt.datetime) -> str:
    """Make an invitation for a name and a role; return its link, which is kept nowhere."""
    token, secret = credentials.new_token(), credentials.new_secret()
    await database.write(staff.invite, ward.id, hashed(token), name, role, secret, now, LIFE)
    return f"{site}{PATH}/{token}"


@dataclass(frozen=True, slots=True)
class InvitationPages:
    """The pages on which somebody invited chooses a password and sets up the authenticator."""

    desk: Desk
    pace: Pace

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [Page(f"{PATH}/{{token}}", "", self.show), Page(f"{PATH}/{{token}}", "", self.accept, "POST")]

    async def show(self, visit: Visit) -> Response:
        """Show the form of an invitation that holds."""
        found = await self._found(visit)
        return self._form(visit, found) if found else self._none(visit)

    async def accept(self, visit: Visit) -> Response:
        """Set up the account; show the recovery codes, this once."""
        house, now = self.desk.house, self.desk.clock()
        found = await self._found(visit)
        if found is None:
            return self._none(visit)
        place = visit.request.client.host if visit.request.client else ""
        if not await self.pace.allows((PER_PLACE, place)):
            return self._form(visit, found, "too_often", 429)
        step = credentials.step_of(found.secret, visit.typed("code"), now)
        problem = _password_problem(visit, found.name) or ("" if step else "wrong_code")
        if problem or step is None:
            return self._form(visit, found, problem, 422)
        kept = await asyncio.to_thread(credentials.hashed_password, visit.typed("password"))
        codes = credentials.new_recovery_codes()
        hashes = [hashed(credentials.recovery_code(code)) for code in codes]
        made = await house.database.write(staff.accept, house.ward.id, _token(visit), kept, hashes, step, now)
        if made is None:
            return self._none(visit)
        await self.desk.note(visit, "joined", staff_id=made.id)
        return self.desk.page("recovery", visit, codes=codes, name=made.name)

    async def _found(self, visit: Visit) -> Invitation | None:
        house = self.desk.house
        return await house.database.read(staff.invitation, house.ward.id, _token(visit), self.desk.clock())

    def _form(self, visit: Visit, found: Invitation, problem: str = "", status: int = 200) -> Response:
        link = credentials.authenticator_link(found.secret, found.name, self.desk.house.ward.name)
        picture = segno.make(link, error="m").svg_data_uri(scale=5, border=4, dark="#000", light="#fff")
        return self.desk.page(
            "invitation",
            visit,
            status,
            found=found,
            picture=picture,
            secret=" ".join(found.secret[at : at + 4] for at in range(0, len(found.secret), 4)),
            problem=problem,
            shortest=SHORTEST_PASSWORD,
        )

    def _none(self, visit: Visit) -> Response:
        return self.desk.page("problem", visit, 404, name="no_invitation")


def _token(visit: Visit) -> str:
    return hashed(visit.request.path_params["token"])


def _password_problem(visit: Visit, name: str) -> str:
    """Return what is wrong with the password chosen; nothing if it is good."""
    password = visit.typed("password")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        return "short"
    if password.casefold() == name.casefold() or len(set(password)) < 4:
        return "weak"
    return "" if password == visit.typed("again") else "differ"
