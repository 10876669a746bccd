"""The office's first page: where the ward stands on the way to the target, the worst first; and one neighbourhood."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from handlers.speech import VIET_NAM
from lessons.model import Lesson
from office.desk import Desk, Page, Visit
from office.figures import Figures, figures
from office.gate import HOME
from office.trend import forecast, since, weekly
from storage.counters import latest
from storage.coverage import CoverageRow
from storage.tables import COUNTERS

NOWHERE = "-"
"""Stands for the residents in no neighbourhood where a code is written; no code looks like it."""


@dataclass(frozen=True, slots=True)
class CoverageDesk:
    """The pages of coverage."""

    desk: Desk

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [Page(HOME, "see", self.show), Page(f"{HOME}/noi/{{code}}", "see", self.show_place)]

    async def show(self, visit: Visit) -> Response:
        """Show the coverage of the skill asked for, or of all core skills together with each beside it."""
        lesson = self._lesson(visit)
        core = [] if lesson else [other for other in self.desk.house.library if other.core]
        found = await self._figures(lesson, None, [(other.topic,) for other in core])
        assert found is not None  # noqa: S101  of the whole ward there always are some
        await self.desk.note(visit, "saw", lesson.topic if lesson else HOME)
        shown = {"lessons": list(self.desk.house.library), "core": core, "rows": worst_first(found.rows)}
        return await self._page("desk", visit, found, lesson, **shown)

    async def show_place(self, visit: Visit) -> Response:
        """Show one neighbourhood: every skill, and the way to the one asked for."""
        lesson, library = self._lesson(visit), self.desk.house.library
        code = visit.request.path_params["code"].removeprefix(NOWHERE)
        lessons = sorted(library, key=lambda other: not other.core)
        found = await self._figures(lesson, code, [library.core_topics, *((other.topic,) for other in lessons)])
        if found is None:
            return self.desk.page("problem", visit, 404, name="no_place")
        await self.desk.note(visit, "saw", visit.request.url.path)
        basic, *rows = found.of(code)
        return await self._page(
            "place", visit, found, lesson, basic=basic, skills=list(zip(lessons, rows, strict=True))
        )

    async def _figures(
        self, lesson: Lesson | None, code: str | None, skills: Sequence[Sequence[str]]
    ) -> Figures | None:
        house, target = self.desk.house, self.desk.target
        topics = (lesson.topic,) if lesson else house.library.core_topics
        return await house.database.report(figures, house.ward.id, topics, target, since(self._today()), code, skills)

    async def _page(self, name: str, visit: Visit, found: Figures, lesson: Lesson | None, **shown: Any) -> Response:
        today = self._today()
        ahead = forecast(found.journey, found.total.missing, today)
        weeks = weekly(found.journey, today)
        counted = await self.desk.house.database.read(latest, self.desk.house.ward.id)
        shown |= {"weeks": weeks, "forecast": ahead, "counted": counted, "kinds": COUNTERS}
        return self.desk.page(name, visit, found=found, lesson=lesson, **shown)

    def _today(self) -> dt.date:
        return self.desk.clock().astimezone(VIET_NAM).date()

    def _lesson(self, visit: Visit) -> Lesson | None:
        return self.desk.house.library.get(visit.request.query_params.get("bai", ""))


def worst_first(rows: Sequence[CoverageRow]) -> list[CoverageRow]:
    """Return the rows with the least covered first, then those without adults, last the residents in none."""
    return sorted(rows, key=lambda row: (not row.code, row.share is None, row.share or 0))
