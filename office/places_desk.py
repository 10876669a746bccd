"""Neighbourhoods change: renaming, merging, splitting them in the office, what was changed, and taking it back."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from faq.text import spelled
from handlers.speech import VIET_NAM
from office.cells import Complaint
from office.desk import Desk, Page, Visit
from office.help_desk import number_of
from office.neighbourhood_sheet import LONGEST_SOURCE, code_for, code_of, count_of, day_of, explained, name_of, typed_as
from office.numbers_desk import NUMBERS
from storage.neighbourhoods import NeighbourhoodRow, all_of
from storage.place_effects import Effect, of_merging, of_splitting, of_undoing
from storage.place_undo import undo
from storage.places import Order, adult_history, changes, merge, rename, split

CHANGES = f"{NUMBERS}/thay-doi"
LEAST_PARTS, MOST_PARTS = 2, 10
ACTS = {"doi-ten": "renamed", "nhap": "merged", "tach": "split"}
"""What the audit log calls a change, by the last part of its address."""


@dataclass(frozen=True, slots=True)
class PlacesDesk:
    """The pages of changes."""

    desk: Desk

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page(CHANGES, "see", self.show),
            Page(f"{CHANGES}/doi-ten", "change", self.rename, "POST"),
            Page(f"{CHANGES}/nhap", "change", self.merge, "POST"),
            Page(f"{CHANGES}/tach", "change", self.split, "POST"),
            Page(f"{CHANGES}/hoan-tac", "change", self.undo, "POST"),
        ]

    async def show(self, visit: Visit) -> Response:
        """Show what was changed, and the forms to change more."""
        await self.desk.note(visit, "saw", CHANGES)
        return await self._shown(visit)

    async def rename(self, visit: Visit) -> Response:
        """Give a neighbourhood another name."""
        typed = visit.typed("name")
        return await self._changed(visit, lambda order, code: (rename, code, name_of(typed_as(typed, "name")), order))

    async def merge(self, visit: Visit) -> Response:
        """Merge a neighbourhood into another one, after showing what that means."""
        into = visit.typed("into")
        if visit.typed("sure") != "yes":
            return await self._changed(visit, lambda _order, code: (of_merging, code, into))
        return await self._changed(visit, lambda order, code: (merge, code, into, order))

    async def split(self, visit: Visit) -> Response:
        """Split a neighbourhood into new ones, after showing what that means."""
        typed = visit.typed("parts")
        if visit.typed("sure") != "yes":
            return await self._changed(visit, lambda order, code: (of_splitting, code, _parts(typed, order)))
        return await self._changed(visit, lambda order, code: (split, code, _parts(typed, order), order))

    async def undo(self, visit: Visit) -> Response:
        """Take a change back, after showing what that means."""
        house, number, who = self.desk.house, number_of(visit), visit.staff.id if visit.staff else None
        if visit.typed("sure") != "yes":
            if effect := await house.database.read(of_undoing, house.ward.id, number):
                return self.desk.page("place_undo", visit, effect=effect)
        elif change := await house.database.write(undo, house.ward.id, number, who, self.desk.clock()):
            await self.desk.note(visit, "place_undone", f"{change.kind} {change.code}: {change.source[:60]}")
            return await self._shown(visit, undone=True)
        return await self._shown(visit, 409, problem="not_undone")

    async def _changed(self, visit: Visit, change: Callable[[Order, str], tuple[Any, ...]]) -> Response:
        """Make the change by the document that is named, show what it would mean, or say what is missing."""
        house, code = self.desk.house, visit.typed("code")
        try:
            source = typed_as(visit.typed("source"), "source")[:LONGEST_SOURCE]
            date = day_of(visit.typed("date").strip(), self.desk.clock().astimezone(VIET_NAM).date())
            if date is None or not source:
                return await self._shown(visit, 422, problem="incomplete")
            order = Order(date, source, visit.staff.id if visit.staff else None, self.desk.clock())
            work, *arguments = change(order, code)
        except Complaint as complaint:
            return await self._shown(visit, 422, complaint=explained(complaint))
        run = house.database.read if work in (of_merging, of_splitting) else house.database.write
        seen = await run(work, house.ward.id, *arguments)
        if not seen:
            return await self._shown(visit, 422, problem="impossible")
        about = visit.request.url.path.removeprefix(f"{CHANGES}/")
        if isinstance(seen, Effect):
            return await self._preview(visit, about, seen)
        await self.desk.note(visit, ACTS[about], f"{code[:20]}: {source[:60]}")
        return await self._shown(visit, done=True)

    async def _preview(self, visit: Visit, about: str, effect: Effect) -> Response:
        """Show what a change would mean, with a form that makes it."""
        places = await self.desk.house.database.read(all_of, self.desk.house.ward.id)
        into = next((place.name for place in places if place.code == visit.typed("into")), "")
        typed = {name: visit.typed(name) for name in ("code", "into", "parts", "date", "source")}
        return self.desk.page("place_change", visit, 200, about=about, effect=effect, into=into, typed=typed)

    async def _shown(self, visit: Visit, status: int = 200, **about: object) -> Response:
        house = self.desk.house
        values = {
            "places": await house.database.read(all_of, house.ward.id),
            "changes": await house.database.read(changes, house.ward.id),
            "counts": await house.database.read(adult_history, house.ward.id),
            "kept": visit.refused(status),
        }
        nothing: dict[str, object] = {"problem": "", "complaint": "", "done": False, "undone": False}
        return self.desk.page("places", visit, status, **values, **{**nothing, **about})


def _parts(typed: str, order: Order) -> list[NeighbourhoodRow]:
    """Return the new neighbourhoods, one a line: name; adults; code, the last two of them if they are known."""
    rows = []
    for line in filter(str.strip, typed.splitlines()):
        name, adults, code, *_ = [*(typed_as(part, "name") for part in line.split(";")), "", ""]
        made = code_of(code) or code_for(name)
        if not made:
            raise Complaint("no_code")
        count = count_of(adults)
        rows.append(NeighbourhoodRow(made, name_of(name), count, order.source, _date(order, count)))
    if not LEAST_PARTS <= len(rows) <= MOST_PARTS or any(
        len({key(row) for row in rows}) < len(rows) for key in (lambda row: row.code, lambda row: spelled(row.name))
    ):
        raise Complaint("wrong_parts", least=LEAST_PARTS, most=MOST_PARTS)
    return rows


def _date(order: Order, count: int | None) -> dt.date | None:
    return order.date if count is not None else None
