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

from office.cells import MOST_BYTES, Complaint
from office.counter_sheet import CounterSheet, read_counters
from office.desk import Desk, Page, Visit
from office.gate import HOME
from office.marked_sheet import XLSX, marked
from office.neighbourhood_sheet import LONGEST_SOURCE, Sheet, count_of, day_of, explained, read_sheet, typed_as
from office.sheet_changes import changes, written
from storage.counters import Counter, add, add_all, latest
from storage.coverage import coverage, places_of, total
from storage.neighbourhoods import NeighbourhoodRow, save
from storage.places import heirs
from storage.tables import COUNTERS

NUMBERS = f"{HOME}/so-lieu"
MOST_COMPLAINTS = 100
LONGEST_FILE = 60


@dataclass(frozen=True, slots=True)
class Sent:
    """A sheet as it was sent."""

    name: str
    ending: str  # of the file's name
    content: bytes


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a sheet that was sent."""

    sheet: Sheet
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
        """Show what a sheet would change, then take it in, all of it or nothing; or hand it back with a red column."""
        file, house = await _sheet_of(visit), self.desk.house
        if file is None:
            return await self._shown(visit, 422, problem="no_file")
        wants_marks = visit.typed("do") == "mark"
        known = tuple((await house.database.read(places_of, house.ward.id)).values())
        ended = tuple(await house.database.read(heirs, house.ward.id))
        found = await asyncio.to_thread(_read, file, self.desk.today, (known, ended), wants_marks)
        if wants_marks and found.marked:
            attached = {"content-disposition": 'attachment; filename="can-sua.xlsx"'}
            return Response(found.marked, headers=attached, media_type=XLSX)
        if found.sheet.complaints:
            more = max(len(found.sheet.complaints) - MOST_COMPLAINTS, 0)
            wrong = found.sheet.complaints[:MOST_COMPLAINTS]
            return await self._shown(visit, 422, complaints=wrong, more=more, markable=bool(found.sheet.remarks))
        if wants_marks:
            return await self._shown(visit, done="faultless")
        would = changes(known, found.sheet.rows)
        if visit.typed("sure") != "yes":
            return self.desk.page("sheet", visit, would=would, sheet=written(found.sheet.rows), name=file.name)
        await house.database.write(save, house.ward.id, found.sheet.rows)
        await self.desk.note(visit, "uploaded", f"{file.name}: +{len(would.added)} ~{len(would.changed)}")
        return await self._shown(visit, done="saved", saved=would)

    async def count(self, visit: Visit) -> Response:
        """Add a number that was counted elsewhere."""
        house, kind, code = self.desk.house, visit.typed("kind"), visit.typed("code")
        try:
            source = typed_as(visit.typed("source"), "source")[:LONGEST_SOURCE]
            people = count_of(visit.typed("people").strip())
            date = day_of(visit.typed("date").strip(), self.desk.today)
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
        house, kind, file = self.desk.house, visit.typed("kind"), await _sheet_of(visit)
        if file is None or kind not in COUNTERS:
            return await self._shown(visit, 422, problem="no_file")
        places = await house.database.read(places_of, house.ward.id)
        found = await asyncio.to_thread(_counted, file, kind, self.desk.today, tuple(places.values()))
        if found.complaints:
            more = max(len(found.complaints) - MOST_COMPLAINTS, 0)
            return await self._shown(visit, 422, complaints=found.complaints[:MOST_COMPLAINTS], more=more)
        who = visit.staff.id if visit.staff else None
        await house.database.write(add_all, house.ward.id, found.counters, who, self.desk.clock())
        await self.desk.note(visit, "counted_all", f"{kind} {len(found.counters)} {file.name}")
        return await self._shown(visit, done="counted")

    async def _shown(self, visit: Visit, status: int = 200, **about: object) -> Response:
        house, target = self.desk.house, self.desk.target
        rows = await house.database.report(coverage, house.ward.id, house.library.core_topics, target)
        counted = await house.database.read(latest, house.ward.id)
        nothing = {"problem": "", "complaints": (), "more": 0, "markable": False, "done": "", "saved": None}
        values = {"rows": rows, "total": total(rows, target), "counted": counted, "kinds": COUNTERS}
        values["kept"] = visit.refused(status)
        return self.desk.page("numbers", visit, status, **values, **{**nothing, **about})


async def _sheet_of(visit: Visit) -> Sent | None:
    """Return the sheet that was sent: the file, or what was read of it before; none: nothing was chosen."""
    if shown := visit.typed("sheet"):
        return Sent(" ".join(visit.typed("name").split())[:LONGEST_FILE], ".csv", shown.encode())
    file = visit.form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return None
    return Sent(file.filename[:LONGEST_FILE], Path(file.filename).suffix, await file.read())


def _read(
    sent: Sent, today: dt.date, before: tuple[tuple[NeighbourhoodRow, ...], tuple[str, ...]], wants_marks: bool
) -> Uploaded:
    """Read a sheet that was sent, on a thread: a workbook takes its time."""
    with _as_file(sent) as file:
        sheet = read_sheet(file, today, *before)
        return Uploaded(sheet, marked(file, sheet) if wants_marks and sheet.remarks else b"")


def _counted(sent: Sent, kind: str, today: dt.date, known: tuple[NeighbourhoodRow, ...]) -> CounterSheet:
    """Read a sheet of numbers that was sent, on a thread."""
    with _as_file(sent) as file:
        return read_counters(file, kind, today, known)


@contextmanager
def _as_file(sent: Sent) -> Iterator[Path]:
    """Give a sheet that was sent as a file, for as long as it is read."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"sheet{sent.ending[:10]}"
        file.write_bytes(sent.content)
        yield file
