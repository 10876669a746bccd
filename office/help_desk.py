"""Residents who would like help from a person: who waits, the late ones first; answered or closed by the office."""

import datetime as dt
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from faq.secret import looks_secret
from handlers import help_words
from handlers.office_hours import LATE, late
from office.desk import Desk, Page, Visit
from office.gate import HOME
from storage import help_requests, helping
from storage.help_requests import Message, Request

HELP = f"{HOME}/loi-nho"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request as it is listed."""

    request: Request
    said: list[Message]
    late: bool
    helpers: int  # how many belong to the team of its neighbourhood

    @property
    def rank(self) -> tuple[bool, bool, dt.datetime]:
        """Its place in the list: late, then waiting, then answered; the oldest first."""
        return (not self.late, self.request.answered_at is not None, self.request.at)


@dataclass(frozen=True, slots=True)
class HelpDesk:
    """The pages of requests for help."""

    desk: Desk

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page(HELP, "change", self.show),
            Page(f"{HELP}/tra-loi", "change", self.answer, "POST"),
            Page(f"{HELP}/xong", "change", self.close, "POST"),
        ]

    async def show(self, visit: Visit) -> Response:
        """Show who waits."""
        await self.desk.note(visit, "saw", HELP)
        return await self._shown(visit)

    async def answer(self, visit: Visit) -> Response:
        """Tell somebody the answer, in their chat."""
        text, number = visit.typed("text").strip()[: help_words.LONGEST], number_of(visit)
        problem = "empty" if not text else "secret" if looks_secret(help_words.PHONE.sub(" ", text)) else ""
        if problem:
            return await self._shown(visit, 422, problem=problem, failed=number, typed=text)
        house = self.desk.house
        told = help_words.answer(house.speech, number, text, None).to_json()
        kept, at = help_words.passed_on(text), self.desk.clock()
        if not await house.database.write(helping.answer_from_office, house.ward.id, number, kept, told, at):
            return await self._shown(visit, 409, problem="over")
        await self.desk.note(visit, "answered", f"#{number}")
        return RedirectResponse(f"{HELP}?xong=tra-loi", 303)

    async def close(self, visit: Visit) -> Response:
        """End a request; whoever asked is told."""
        house, number = self.desk.house, number_of(visit)
        told = help_words.goodbye(house.speech).to_json()
        if await house.database.write(helping.close_from_office, house.ward.id, number, told, self.desk.clock()):
            await self.desk.note(visit, "closed", f"#{number}")
        return RedirectResponse(f"{HELP}?xong=khep", 303)

    async def _shown(
        self, visit: Visit, status: int = 200, problem: str = "", failed: int = 0, typed: str = ""
    ) -> Response:
        house, now = self.desk.house, self.desk.clock()
        found = []
        for request in await house.database.read(help_requests.all_open, house.ward.id):
            said = await house.database.read(help_requests.thread, request.id)
            place = (request.neighbourhood_id, request.conversation_id)
            helpers = await house.database.read(help_requests.team_size, *place)
            is_late = late(request.at, request.answered_at, now)
            found.append(Waiting(request, said, is_late, helpers))
        values = {"problem": problem, "failed": failed, "typed": typed, "hours": int(LATE.total_seconds() // 3600)}
        done = visit.request.query_params.get("xong", "")
        return self.desk.page("help", visit, status, found=sorted(found, key=lambda one: one.rank), done=done, **values)


def number_of(visit: Visit) -> int:
    """Return the number a form names, 0 where it names none."""
    typed = visit.typed("number")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
