"""The sample ward's way into the office: a link that the program prints at its start, and neither password nor code."""

import asyncio
import datetime as dt
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from office.credentials import hashed, hashed_password, new_secret, new_token
from office.desk import Desk, Page, Visit
from office.gate import HOME, LOGIN, SESSION, Gate
from office.login import LIFE
from office.words import words
from storage import staff
from storage.database import Database
from storage.neighbourhoods import Ward

DOOR = f"{HOME}/xem-thu"


async def open_door(database: Database, ward: Ward, now: dt.datetime) -> str:
    """Return the path by which whoever knows it is in the office for a working day; for invented people only."""
    invitation, key = hashed(new_token()), new_token()
    name, nobodys = words("office")["sample_name"], await asyncio.to_thread(hashed_password, new_token())
    await database.write(staff.invite, ward.id, invitation, name, "office", new_secret(), now, LIFE)
    made = await database.write(staff.accept, ward.id, invitation, nobodys, [hashed(new_token())], 0, now)
    if made:
        await database.write(staff.open_session, made.id, hashed(key), now, LIFE)
    return f"{DOOR}/{key}"


@dataclass(frozen=True, slots=True)
class SampleDoor:
    """The page behind that link. It must not be there in a real ward."""

    desk: Desk
    gate: Gate

    def pages(self) -> list[Page]:
        """Return the page."""
        return [Page(f"{DOOR}/{{key}}", "", self.enter)]

    async def enter(self, visit: Visit) -> Response:
        """Let the holder of the key in."""
        key, desk = visit.request.path_params["key"], self.desk
        known = await desk.house.database.read(staff.session_staff, desk.house.ward.id, hashed(key), desk.clock())
        response = RedirectResponse(HOME if known else LOGIN, 303)
        if known:
            self.gate.keep(response, SESSION, key)
        return response
