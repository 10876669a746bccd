"""Completions that look odd: why, and verifying or rejecting them with a note; what was decided can be taken back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from starlette.responses import Response

from office.desk import Desk, Page, Visit
from office.numbers_desk import NUMBERS
from storage.suspicions import MOST, REASONS, Suspicion, judge_each, judged, suspicions
from storage.tables import VERDICTS

SUSPICIONS = f"{NUMBERS}/dang-ngo"
LONGEST_NOTE = 200
BACK = "back"


@dataclass(frozen=True, slots=True)
class Story:
    """Completions that look odd and are decided together, the latest first."""

    found: tuple[Suspicion, ...]

    @property
    def reasons(self) -> list[str]:
        """Why they look odd, each reason once."""
        return [reason for reason in REASONS if any(reason in one.reasons for one in self.found)]

    @property
    def places(self) -> list[str]:
        """The neighbourhoods of the residents, each once; an empty one: not known."""
        return sorted({one.place for one in self.found})


@dataclass(frozen=True, slots=True)
class SuspicionsDesk:
    """The pages of completions that look odd."""

    desk: Desk

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page(SUSPICIONS, "see", self.show),
            Page(SUSPICIONS, "change", self.judge, "POST", most_fields=MOST + 10),
        ]

    async def show(self, visit: Visit) -> Response:
        """Show what looks odd, and what was decided."""
        await self.desk.note(visit, "saw", SUSPICIONS)
        return await self._shown(visit)

    async def judge(self, visit: Visit) -> Response:
        """Verify, reject, or take back what was decided, of as many as are ticked."""
        house, verdict = self.desk.house, visit.typed("verdict")
        typed = [number for number in visit.form.getlist("id") if isinstance(number, str)]
        note = " ".join(visit.typed("note").split())[:LONGEST_NOTE]
        if verdict not in (*VERDICTS, BACK) or not all(map(_is_number, typed)):
            return await self._shown(visit, 422, problem="unknown")
        if not typed:
            return await self._shown(visit, 422, problem="none")
        if verdict == "rejected" and not note:
            return await self._shown(visit, 422, problem="no_note", refused=list(map(int, typed)))
        decided = None if verdict == BACK else verdict
        ids = await house.database.write(judge_each, house.ward.id, map(int, typed), decided)
        if not ids:
            return await self._shown(visit, 422, problem="unknown")
        await self.desk.note(visit, "judged", f"{verdict} {', '.join(map(str, ids))}: {note}".rstrip(": "))
        return await self._shown(visit, done=verdict, ids=ids)

    async def _shown(self, visit: Visit, status: int = 200, **about: object) -> Response:
        house = self.desk.house
        found = await house.database.report(suspicions, house.ward.id, self.desk.clock())
        self.desk.odd.count = len(found)
        visit = replace(visit, waiting={**visit.waiting, "odd": len(found)})
        values = {
            "stories": stories(found),
            "judged": await house.database.report(judged, house.ward.id),
            "titles": {lesson.topic: lesson.title for lesson in house.library},
        }
        nothing: dict[str, object] = {"problem": "", "done": "", "ids": (), "refused": ()}
        return self.desk.page("suspicions", visit, status, **values, **{**nothing, **about})


def stories(found: Iterable[Suspicion]) -> list[Story]:
    """Return those together that one question settles: to who noted them, to the resident, or about a lesson's answers.

    Of a member whose notes came in bursts all are one story, whatever the lesson; likewise of a resident who was fast.
    """
    groups: dict[tuple[object, ...], list[Suspicion]] = {}
    for one in found:
        if "burst" in one.reasons:
            whose: tuple[object, ...] = ("member", one.member_id)
        elif "fast" in one.reasons:
            whose = ("resident", one.resident_id)
        else:
            whose = ("lesson", one.topic, one.place)
        groups.setdefault(whose, []).append(one)
    return [Story(tuple(group)) for group in groups.values()]


def _is_number(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) < 10
