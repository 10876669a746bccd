"""Reports in the office: choose a period, read what is in it, take it away as Word, Excel, PDF or CSV."""

import asyncio
import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

from office.appendix import appendices, praises, related
from office.desk import Desk, Page, Visit
from office.gate import HOME
from office.period import Period, offered, period_of
from office.report import Report, read_report
from office.report_files import KINDS, made
from office.report_text import about, sentences, shown, typed_text
from office.typesetting import Unprintable

REPORTS = f"{HOME}/bao-cao"


@dataclass(frozen=True, slots=True)
class Reporting:
    """How the ward reports."""

    cutoff: int = 14  # the last day of a month's report, 0: of the month
    template: Path | None = None  # the office's own Word file


@dataclass(frozen=True, slots=True)
class ReportsDesk:
    """The pages of reports."""

    desk: Desk
    reporting: Reporting

    def pages(self) -> list[Page]:
        """Return the pages."""
        files = f"{REPORTS}/tai/{{kind}}"
        return [
            Page(REPORTS, "see", self.show),
            Page(files, "export", self.take),
            Page(files, "export", self.take, "POST"),
        ]

    async def show(self, visit: Visit) -> Response:
        """Show the report of the period asked for; where none is, of the month that is over and due."""
        today = self.desk.today
        periods = offered(today, self.reporting.cutoff)
        asked = self._asked(visit)
        period = asked or periods[0]
        report = await self._report(period)
        await self.desk.note(visit, "saw", f"{REPORTS} {period.code}")
        return self.desk.page(
            "report",
            visit,
            200 if asked or not visit.request.query_params else 422,
            report=report,
            periods=periods,
            today=today,
            unknown=not asked and bool(visit.request.query_params),
            about=about(report),
            sentences=sentences(report),
            praises=praises(report),
            appendices=appendices(report),
            shown=shown,
        )

    async def take(self, visit: Visit) -> Response:
        """Give the report of a period as a file, with the sentences as they were changed in the form, if it is one."""
        kind, period = visit.request.path_params["kind"], self._asked(visit)
        if kind not in KINDS or period is None:
            return self.desk.page("problem", visit, 404, name="no_report")
        report = await self._report(period)
        told = typed_text(visit.typed("told")) if "told" in visit.form else None
        try:
            content = await asyncio.to_thread(made, report, kind, self.reporting.template, told)
        except Unprintable:
            return self.desk.page("problem", visit, 503, name="no_print")
        await self.desk.note(visit, "exported", f"{period.code} {kind}")
        attached = {"content-disposition": f'attachment; filename="{report.file_name(kind)}"'}
        return Response(content, media_type=KINDS[kind], headers=attached)

    def _asked(self, visit: Visit) -> Period | None:
        """Return the period of the address: a code, or two days as they are typed."""
        given = visit.request.query_params
        days = [_iso(given.get(name, "")) for name in ("tu", "den")]
        return period_of(f"{days[0]}..{days[1]}" if any(days) else given.get("ky", ""), self.reporting.cutoff)

    async def _report(self, period: Period) -> Report:
        house = self.desk.house
        skills = {lesson.topic: lesson.title for lesson in house.library if lesson.core}
        given = (house.ward, self.desk.unit, skills, house.targets.on(period.last), period, self.desk.clock())
        return await house.database.report(read_report, *given, related(house.library))


def _iso(typed: str) -> str:
    """Return a day typed as 15/10/2026 the way periods name it; nothing if it is none."""
    try:
        return dt.datetime.strptime(typed.strip(), "%d/%m/%Y").date().isoformat()  # noqa: DTZ007  a day has no zone
    except ValueError:
        return ""
