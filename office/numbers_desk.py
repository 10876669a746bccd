"""Numbers the office brings in: the sheet of neighbourhoods, and the counters beside our own, side by side."""

import asyncio
import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import UploadFile
from starlette.responses import Response

from handlers.speech import VIET_NAM
from office.cells import MOST_BYTES, Complaint
from office.counter_sheet import CounterSheet, read_counters
from office.desk import Desk, Page, Visit
from office.gate import HOME
from office.marked_sheet import XLSX, marked
from office.neighbourhood_sheet import LONGEST_SOURCE, Sheet, count_of, day_of, explained, read_sheet, typed_as
from storage.counters import Counter, add, add_all, latest
from storage.coverage import coverage, places_of, total
from storage.neighbourhoods import NeighbourhoodRow, save
from storage.places import heirs
from storage.tables import COUNTERS

NUMBERS = f"{HOME}/so-lieu"
MOST_COMPLAINTS = 100


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a sheet that was sent."""

    sheet: Sheet
    before: tuple[NeighbourhoodRow, ...]
    marked: bytes = b""


@dataclass(frozen=True, slots=True)
class NumbersDesk:
    """The pages of numbers."""

    desk: Desk

    def pages(self) -> list[Page]:
        """Return the pages."""
        return [
            Page(NUMBERS, "see", self.show),
            Page(f"{NUMBERS}/bang", "change", self.upload, "POST", MOST_BYTES + 100_000),
            Page(f"{NUMBERS}/dem", "change", self.count, "POST"),
            Page(f"{NUMBERS}/dem-bang", "change", self.count_all, "POST", MOST_BYTES + 100_000),
        ]

    async def show(self, visit: Visit) -> Response:
        """Show adults and the three counters of each neighbourhood."""
        await self.desk.note(visit, "saw", NUMBERS)
        return await self._shown(visit)

    async def upload(self, visit: Visit) -> Response:
        """Take in a sheet, all of it or nothing; or hand it back with what is wrong in a red column."""
        file = visit.form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            return await self._shown(visit, 422, problem="no_file")
        content = await file.read()
        wants_marks = visit.typed("do") == "mark"
        places = await self.desk.house.database.read(places_of, self.desk.house.ward.id)
        known = tuple(places.values())
        ended = await self.desk.house.database.read(heirs, self.desk.house.ward.id)
        found = await asyncio.to_thread(
            _read, content, Path(file.filename).suffix, self._today(), (known, tuple(ended)), wants_marks
        )
        if wants_marks and found.marked:
            attached = {"content-disposition": 'attachment; filename="can-sua.xlsx"'}
            return Response(found.marked, headers=attached, media_type=XLSX)
        if found.sheet.complaints:
            more = max(len(found.sheet.complaints) - MOST_COMPLAINTS, 0)
            wrong = found.sheet.complaints[:MOST_COMPLAINTS]
            return await self._shown(visit, 422, complaints=wrong, more=more, markable=bool(found.sheet.remarks))
        if wants_marks:
            return await self._shown(visit, done="faultless")
        saved = await self.desk.house.database.write(save, self.desk.house.ward.id, found.sheet.rows)
        await self.desk.note(visit, "uploaded", f"{file.filename[:60]}: +{saved.added} ~{saved.changed}")
        return await self._shown(visit, done="saved", saved=saved)

    async def count(self, visit: Visit) -> Response:
        """Add a number that was counted elsewhere."""
        house, kind, code = self.desk.house, visit.typed("kind"), visit.typed("code")
        try:
            source = typed_as(visit.typed("source"), "source")[:LONGEST_SOURCE]
            people = count_of(visit.typed("people").strip())
            date = day_of(visit.typed("date").strip(), self._today())
        except Complaint as complaint:
            return await self._shown(visit, 422, complaints=[explained(complaint)])
        if kind not in COUNTERS or people is None or date is None or not source:
            return await self._shown(visit, 422, problem="incomplete")
        who = visit.staff.id if visit.staff else None
        counter = Counter(kind, people, source, date)
        if not await house.database.write(add, house.ward.id, code, counter, who, self.desk.clock()):
            return await self._shown(visit, 422, problem="incomplete")
        await self.desk.note(visit, "counted", f"{kind} {code or '*'} {people}")
        return await self._shown(visit, done="counted")

    async def count_all(self, visit: Visit) -> Response:
        """Add the numbers of a sheet that were counted elsewhere, all of them or none."""
        house, kind, file = self.desk.house, visit.typed("kind"), visit.form.get("file")
        if not isinstance(file, UploadFile) or not file.filename or kind not in COUNTERS:
            return await self._shown(visit, 422, problem="no_file")
        content, places = await file.read(), await house.database.read(places_of, house.ward.id)
        given = (content, Path(file.filename).suffix, kind, self._today(), tuple(places.values()))
        found = await asyncio.to_thread(_counted, *given)
        if found.complaints:
            more = max(len(found.complaints) - MOST_COMPLAINTS, 0)
            return await self._shown(visit, 422, complaints=found.complaints[:MOST_COMPLAINTS], more=more)
        who = visit.staff.id if visit.staff else None
        await house.database.write(add_all, house.ward.id, found.counters, who, self.desk.clock())
        await self.desk.note(visit, "counted_all", f"{kind} {len(found.counters)} {file.filename[:60]}")
        return await self._shown(visit, done="counted")

    async def _shown(self, visit: Visit, status: int = 200, **about: object) -> Response:
        house, target = self.desk.house, self.desk.target
        rows = await house.database.report(coverage, house.ward.id, house.library.core_topics, target)
        counted = await house.database.read(latest, house.ward.id)
        nothing = {"problem": "", "complaints": (), "more": 0, "markable": False, "done": "", "saved": None}
        values = {"rows": rows, "total": total(rows, target), "counted": counted, "kinds": COUNTERS}
        return self.desk.page("numbers", visit, status, **values, **{**nothing, **about})

    def _today(self) -> dt.date:
        return self.desk.clock().astimezone(VIET_NAM).date()


def _read(
    content: bytes,
    ending: str,
    today: dt.date,
    before: tuple[tuple[NeighbourhoodRow, ...], tuple[str, ...]],
    wants_marks: bool,
) -> Uploaded:
    """Read a sheet that was sent, on a thread: a workbook takes its time."""
    with _as_file(content, ending) as file:
        known, ended = before
        sheet = read_sheet(file, today, known, ended)
        return Uploaded(sheet, known, marked(file, sheet) if wants_marks and sheet.remarks else b"")


def _counted(
    content: bytes, ending: str, kind: str, today: dt.date, known: tuple[NeighbourhoodRow, ...]
) -> CounterSheet:
    """Read a sheet of numbers that was sent, on a thread."""
    with _as_file(content, ending) as file:
        return read_counters(file, kind, today, known)


@contextmanager
def _as_file(content: bytes, ending: str) -> Iterator[Path]:
    """Give a sheet that was sent as a file, for as long as it is read."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"sheet{ending[:10]}"
        file.write_bytes(content)
        yield file
