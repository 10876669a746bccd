"""The public coverage page: each neighbourhood's bar toward the target, for everybody to see, small numbers hidden."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from handlers.turn import House
from office.desk import environment
from storage.coverage import SMALL, CoverageRow, coverage, total


@dataclass(frozen=True, slots=True)
class PublicRow:
    """A row as everybody may see it."""

    name: str
    row: CoverageRow
    hidden: bool


class CoveragePage:
    """The page of one ward."""

    def __init__(self, house: House, unit: str, clock: Callable[[], dt.datetime], **always: Any) -> None:
        """Read the template; `always` are the values the page's frame uses."""
        self._house = house
        self._clock = clock
        templates = environment(**always, unit=unit, ward_name=house.ward.name)
        self._template = templates.get_template("coverage.html")

    def routes(self) -> list[BaseRoute]:
        """Return the route of the page."""
        return [Route("/ket-qua", self.show)]

    async def show(self, request: Request) -> Response:
        """Show the coverage of the skill asked for, or of all core skills together."""
        library = self._house.library
        lesson = library.get(request.query_params.get("bai", ""))
        topics = (lesson.topic,) if lesson else library.core_topics
        at = self._clock()
        target = self._house.targets.at(at)
        rows = await self._house.database.report(coverage, self._house.ward.id, topics, target)
        page = self._template.render(
            lesson=lesson,
            lessons=list(library),
            rows=public(rows),
            total=total(rows, target),
            small=SMALL,
            target=target,
            at=at,
        )
        return HTMLResponse(page, headers={"cache-control": "no-store"})


def public(rows: Sequence[CoverageRow]) -> list[PublicRow]:
    """Return the rows with small numbers hidden, the worst covered first, the residents in no neighbourhood last.

    A single hidden number, or a few that are tiny together, could be worked out from the total: the next smallest are
    hidden with them. Where nothing is left to hide them behind, the total is small itself.
    """
    small = [row for row in rows if 0 < row.covered < SMALL]
    others = sorted(
        (row for row in rows if row.covered >= SMALL), key=lambda row: (row.covered, row.code), reverse=True
    )
    while small and others and (len(small) == 1 or sum(row.covered for row in small) < SMALL):
        small.append(others.pop())
    hidden = {row.code for row in small}
    known = sorted((row for row in rows if row.code), key=lambda row: (row.share is None, row.share or 0))
    unknown = [row for row in rows if not row.code]
    return [PublicRow(row.name, row, hidden=row.code in hidden) for row in [*known, *unknown]]
