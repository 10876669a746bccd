"""Residents who want to see or erase their data at the office: taken in, found, done; with receipts and clocks."""

import datetime as dt
import secrets
from dataclasses import dataclass, field
from hmac import compare_digest

from limits import RateLimitItemPerMinute
from starlette.responses import RedirectResponse, Response

from faq.text import fold
from handlers.mydata import held
from handlers.speech import VIET_NAM
from office import working_days
from office.cells import Complaint
from office.credentials import form_seal
from office.desk import Desk, Page, Visit
from office.gate import HOME
from office.login import Pace
from office.neighbourhood_sheet import day_of
from storage import links
from storage import requests as stored
from storage.coverage import places_of
from storage.database import Database
from storage.requests import Named, Request
from storage.tables import REQUESTS

REQUESTS_PATH = f"{HOME}/yeu-cau"
ANSWER_DAYS, DONE_DAYS = 2, 15
"""Working days until somebody must be answered, and until all is done."""
PER_MINUTE = RateLimitItemPerMinute(10)
"""Searches of one member of the staff, so that nobody tries out codes."""
MOST_DONE, MOST_FOUND = 50, 10


@dataclass(frozen=True, slots=True)
class Due:
    """A request with its clocks."""

    request: Request
    answer_by: dt.date
    done_by: dt.date
    late: bool


@dataclass(frozen=True, slots=True)
class RequestsDesk:
    """The pages of requests about data."""

    desk: Desk
    pace: Pace = field(default_factory=Pace)

    def pages(self) -> list[Page]:
        """Return the pages."""
        one = f"{REQUESTS_PATH}/{{receipt}}"
        return [
            Page(REQUESTS_PATH, "change", self.show),
            Page(REQUESTS_PATH, "change", self.receive, "POST"),
            Page(one, "change", self.show_one),
            Page(f"{one}/tim", "change", self.search, "POST"),
            Page(f"{one}/tai", "change", self.take, "POST"),
            Page(f"{one}/xoa", "change", self.erase, "POST"),
            Page(f"{one}/dong", "change", self.close, "POST"),
        ]

    async def show(self, visit: Visit) -> Response:
        """Show the open requests, the late ones in red, and those that were done last."""
        return await self._list(visit)

    async def receive(self, visit: Visit) -> Response:
        """Take a request in; lead to where it is done."""
        kind = visit.typed("kind")
        try:
            day = day_of(visit.typed("day").strip(), self._today()) or self._today()
        except Complaint:
            return await self._list(visit, 422, problem="day")
        if kind not in REQUESTS:
            return await self._list(visit, 422, problem="kind")
        receipt = secrets.token_hex(4).upper()
        at = dt.datetime.combine(day, dt.time(12), VIET_NAM).astimezone(dt.UTC)
        at = min(at, self.desk.clock())
        who = visit.staff.id if visit.staff else None
        database, ward = self._stored
        await database.write(stored.receive, ward, kind, receipt, who, at)
        await self.desk.note(visit, "received", receipt)
        return RedirectResponse(f"{REQUESTS_PATH}/{receipt}", 303)

    async def show_one(self, visit: Visit) -> Response:
        """Show a request and the ways to find whose it is."""
        return await self._one(visit)

    async def search(self, visit: Visit) -> Response:
        """Find the resident by the code in their chat, or by neighbourhood and name; show the least."""
        if visit.staff and not await self.pace.allows((PER_MINUTE, str(visit.staff.id))):
            return await self._one(visit, 429, problem="too_fast")
        digits = "".join(sign for sign in visit.typed("code") if sign.isascii() and sign.isdigit())
        await self.desk.note(visit, "searched", visit.request.path_params["receipt"])
        if digits:
            found = await self.desk.house.database.read(links.owner, digits, self.desk.clock())
            people = [] if found is None else [Named(found, "", "", spoken=False)]
        else:
            people = await self._called(visit.typed("place"), visit.typed("name"))
        shown = [(person, _mark(visit, person.resident_id)) for person in people[:MOST_FOUND]]
        return await self._one(visit, found=shown, searched=True, more=len(people) > MOST_FOUND)

    async def take(self, visit: Visit) -> Response:
        """Give all that is held of a resident as a file, the same words as in the chat; that does the request."""
        receipt, resident_id = visit.request.path_params["receipt"], _marked(visit)
        database, ward = self._stored
        known = await database.read(stored.known_of, ward, resident_id) if resident_id else None
        if known is None or (due := await self._due(receipt)) is None or due.request.done_at:
            return self.desk.page("problem", visit, 404, name="no_request")
        house = self.desk.house
        text = house.speech.say("mydata.held", **await held(house, known)).replace("**", "")
        await database.write(stored.close, ward, receipt, "given", self.desk.clock())
        await self.desk.note(visit, "exported", receipt)
        attached = {"content-disposition": f'attachment; filename="du-lieu-{receipt}.txt"'}
        return Response(
            f"\ufeff{text}\n".replace("\n", "\r\n"), media_type="text/plain; charset=utf-8", headers=attached
        )

    async def erase(self, visit: Visit) -> Response:
        """Ask once more; then erase a resident with everything."""
        receipt, resident_id = visit.request.path_params["receipt"], _marked(visit)
        database, ward = self._stored
        if not resident_id or await self._due(receipt) is None:
            return self.desk.page("problem", visit, 404, name="no_request")
        if visit.typed("sure") != "yes":
            return await self._one(visit, erasing=visit.typed("who"))
        if not await database.write(stored.erase, ward, receipt, resident_id, self.desk.clock()):
            return self.desk.page("problem", visit, 404, name="no_request")
        await self.desk.note(visit, "erased", receipt)
        return RedirectResponse(f"{REQUESTS_PATH}/{receipt}", 303)

    async def close(self, visit: Visit) -> Response:
        """Note that they were answered, end a request that nothing can be done about, or open such a one again."""
        receipt, outcome = visit.request.path_params["receipt"], visit.typed("outcome")
        database, ward = self._stored
        if outcome == "answered":
            await database.write(stored.answer, ward, receipt, self.desk.clock())
        elif outcome in ("not_found", "withdrawn"):
            await database.write(stored.close, ward, receipt, outcome, self.desk.clock())
        elif outcome != "reopened" or not await database.write(stored.reopen, ward, receipt):
            return await self._one(visit, 422)
        await self.desk.note(visit, "answered_request", f"{receipt} {outcome}")
        return RedirectResponse(f"{REQUESTS_PATH}/{receipt}", 303)

    async def _called(self, code: str, name: str) -> list[Named]:
        """Return who of a neighbourhood is called so; nobody by a single letter."""
        house, words = self.desk.house, fold(name).split()
        if len("".join(words)) < 2:
            return []
        people = await house.database.read(stored.named, house.ward.id, code)
        return [person for person in people if set(words) <= set(fold(f"{person.name} {person.house}").split())]

    async def _list(self, visit: Visit, status: int = 200, problem: str = "") -> Response:
        house = self.desk.house
        still, done = await house.database.read(stored.requests, house.ward.id, MOST_DONE)
        shown = {"open_ones": [self._clocked(one) for one in still], "done": done, "kinds": REQUESTS}
        return self.desk.page("requests", visit, status, **shown, problem=problem, today=self._today())

    async def _one(self, visit: Visit, status: int = 200, /, **about: object) -> Response:
        due = await self._due(visit.request.path_params["receipt"])
        if due is None:
            return self.desk.page("problem", visit, 404, name="no_request")
        house = self.desk.house
        places = (await house.database.read(places_of, house.ward.id)).values()
        nothing = {"found": [], "searched": False, "more": False, "erasing": "", "problem": ""}
        return self.desk.page("request", visit, status, due=due, places=places, **{**nothing, **about})

    async def _due(self, receipt: str) -> Due | None:
        house = self.desk.house
        found = await house.database.read(stored.request_of, house.ward.id, receipt)
        return self._clocked(found) if found else None

    def _clocked(self, request: Request) -> Due:
        """Return a request with the days until which things must be done, and whether one of them has passed."""
        received = request.received_at.astimezone(VIET_NAM).date()
        answer_by, done_by = (working_days.after(received, days) for days in (ANSWER_DAYS, DONE_DAYS))
        today = self._today()
        late = request.done_at is None and (today > done_by or (request.answered_at is None and today > answer_by))
        return Due(request, answer_by, done_by, late)

    @property
    def _stored(self) -> tuple[Database, int]:
        """Where everything is kept, and the id of the ward."""
        return self.desk.house.database, self.desk.house.ward.id

    def _today(self) -> dt.date:
        return self.desk.clock().astimezone(VIET_NAM).date()


def _mark(visit: Visit, resident_id: int) -> str:
    """Return how a form names somebody who was found: for this request and this log-in only."""
    receipt = visit.request.path_params["receipt"]
    return f"{resident_id}.{form_seal(f'{visit.secret} {receipt} {resident_id}')}"


def _marked(visit: Visit) -> int | None:
    """Return whom a form names; none: nobody who was found here."""
    number = visit.typed("who").partition(".")[0]
    if not (number.isascii() and number.isdecimal() and len(number) < 12):
        return None
    right = compare_digest(visit.typed("who").encode(), _mark(visit, int(number)).encode())
    return int(number) if right else None
