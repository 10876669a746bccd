"""Local warnings: seen as neighbours will, approved or rejected, undone until they leave; what became of them."""

import datetime as dt
from dataclasses import dataclass, replace

from starlette.responses import RedirectResponse, Response

from handlers.warning import warning
from office.desk import Desk, Page, Visit
from office.gate import HOME
from office.help_desk import number_of
from storage import local_warnings, warning_sending
from storage.coverage import places_of

WARNINGS = f"{HOME}/canh-bao"
GRACE = dt.timedelta(minutes=2)
"""Between approving and the first message, so that it can be undone."""


@dataclass(frozen=True, slots=True)
class WarningsDesk:
    """The pages of local warnings."""

    desk: Desk

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page(WARNINGS, "see", self.show),
            Page(f"{WARNINGS}/{{number}}", "see", self.preview),
            Page(f"{WARNINGS}/duyet", "change", self.approve, "POST"),
            Page(f"{WARNINGS}/khong-duyet", "change", self.reject, "POST"),
            Page(f"{WARNINGS}/hoan-tac", "change", self.undo, "POST"),
        ]

    async def show(self, visit: Visit) -> Response:
        """Show what waits, and what was decided."""
        await self.desk.note(visit, "saw", WARNINGS)
        return await self._shown(visit)

    async def preview(self, visit: Visit) -> Response:
        """Show a warning as neighbours will see it, and how many get it; without one that waits, the list."""
        typed = visit.request.path_params["number"]
        number = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
        house, now = self.desk.house, self.desk.clock()
        found = await house.database.read(local_warnings.warning_of, house.ward.id, number)
        if found is None:
            return await self._shown(visit)
        await self.desk.note(visit, "saw", visit.request.url.path)
        places = await house.database.read(places_of, house.ward.id)
        code = visit.request.query_params.get("noi", "") or found.code or ""
        place_id, place = next(
            ((place_id, row) for place_id, row in places.items() if row.code == code), (found.neighbourhood_id, None)
        )
        said = warning(house.speech, house.library, place.name if place else None, found.kind, found.text)
        ways = replace(house.ways, template=False)
        counts = await house.database.read(warning_sending.reach, place_id, now, ways) if place else {}
        starts = house.hours.following(now + GRACE)
        values = {"said": said, "counts": counts, "starts": starts, "places": list(places.values()), "place": place}
        return self.desk.page("warning", visit, warning=found, **values)

    async def approve(self, visit: Visit) -> Response:
        """Let the neighbours be warned, a little later."""
        house, number = self.desk.house, number_of(visit)
        if not await house.database.write(warning_sending.place_in, house.ward.id, number, visit.typed("place")):
            return await self._shown(visit, 422, problem="no_place")
        starts = self.desk.clock() + GRACE
        if await house.database.write(warning_sending.decide, house.ward.id, number, "approved", starts):
            await self.desk.note(visit, "warned", f"#{number} {visit.typed('place')}")
        return RedirectResponse(f"{WARNINGS}?xong=duyet", 303)

    async def reject(self, visit: Visit) -> Response:
        """Put a warning aside; nobody is told."""
        return await self._decided(visit, "rejected", "khong-duyet")

    async def _decided(self, visit: Visit, status: str, done: str) -> Response:
        house, number = self.desk.house, number_of(visit)
        if await house.database.write(warning_sending.decide, house.ward.id, number, status, None):
            await self.desk.note(visit, status, f"#{number}")
        return RedirectResponse(f"{WARNINGS}?xong={done}", 303)

    async def undo(self, visit: Visit) -> Response:
        """Let a warning wait again, as long as none of it has left."""
        house, number = self.desk.house, number_of(visit)
        if not await house.database.write(warning_sending.undo, house.ward.id, number):
            return await self._shown(visit, 409, problem="left")
        await self.desk.note(visit, "undone", f"#{number}")
        return RedirectResponse(f"{WARNINGS}?xong=hoan-tac", 303)

    async def _shown(self, visit: Visit, status: int = 200, problem: str = "") -> Response:
        house = self.desk.house
        waiting = await house.database.read(local_warnings.pending, house.ward.id)
        decided = await house.database.read(warning_sending.decided, house.ward.id)
        done = visit.request.query_params.get("xong", "")
        values = {"waiting": waiting, "decided": decided, "done": done, "problem": problem}
        return self.desk.page("warnings", visit, status, **values)
