"""Completions that look odd: why, and verifying or rejecting them with a note; what was decided can be taken back."""

from dataclasses import dataclass, replace

from starlette.responses import Response

from office.desk import Desk, Page, Visit
from office.numbers_desk import NUMBERS
from storage.suspicions import judge, judged, suspicions
from storage.tables import VERDICTS

SUSPICIONS = f"{NUMBERS}/dang-ngo"
LONGEST_NOTE = 200
BACK = "back"


@dataclass(frozen=True, slots=True)
class SuspicionsDesk:
    """The pages of completions that look odd."""

    desk: Desk

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [Page(SUSPICIONS, "see", self.show), Page(SUSPICIONS, "change", self.judge, "POST")]

    async def show(self, visit: Visit) -> Response:
        """Show what looks odd, and what was decided."""
        await self.desk.note(visit, "saw", SUSPICIONS)
        return await self._shown(visit)

    async def judge(self, visit: Visit) -> Response:
        """Verify, reject, or take back what was decided."""
        house, verdict, number = self.desk.house, visit.typed("verdict"), visit.typed("id")
        note = " ".join(visit.typed("note").split())[:LONGEST_NOTE]
        if verdict not in (*VERDICTS, BACK) or not (number.isascii() and number.isdigit() and len(number) < 10):
            return await self._shown(visit, 422, problem="unknown")
        if verdict == "rejected" and not note:
            return await self._shown(visit, 422, problem="no_note")
        if not await house.database.write(judge, house.ward.id, int(number), None if verdict == BACK else verdict):
            return await self._shown(visit, 422, problem="unknown")
        await self.desk.note(visit, "changed", f"completion {number} {verdict}: {note}".rstrip(": "))
        return await self._shown(visit, done=verdict)

    async def _shown(self, visit: Visit, status: int = 200, **about: object) -> Response:
        house = self.desk.house
        found = await house.database.report(suspicions, house.ward.id, self.desk.clock())
        self.desk.odd.count = len(found)
        visit = replace(visit, waiting={**visit.waiting, "odd": len(found)})
        values = {
            "found": found,
            "judged": await house.database.report(judged, house.ward.id),
            "titles": {lesson.topic: lesson.title for lesson in house.library},
        }
        nothing: dict[str, object] = {"problem": "", "done": ""}
        return self.desk.page("suspicions", visit, status, **values, **{**nothing, **about})
