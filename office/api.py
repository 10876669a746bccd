"""The figures for other systems to read: JSON and its CSV twins, by a token; from the queries the pages use."""

import csv
import io
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

from limits import RateLimitItemPerMinute
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from office.campaign_table import as_csv as campaigns_as_csv
from office.campaign_table import as_json as campaigns_as_json
from office.campaign_table import listed as campaigns_listed
from office.coverage_table import SEPARATOR, CoverageTable, as_csv, as_json, harmless
from office.credentials import hashed
from office.desk import Desk
from office.login import Pace
from office.period import period_of
from office.report import COLUMNS, Report, read_report
from office.report_files import as_csv as report_csv
from office.words import words
from storage import audit
from storage.api_tokens import System, system_of
from storage.coverage import coverage, places_of

ROOT = "/api/v1"
SCOPES = ("coverage", "completions", "neighbourhoods", "campaigns")
"""What a token may be good for; each is the name of an address."""
PER_MINUTE = RateLimitItemPerMinute(60)
Answer = tuple[str, str]
"""A document as JSON and as CSV."""


class Bad(Exception):
    """Something about the request that the other system must change."""

    def __init__(self, status: int, code: str, **about: str) -> None:
        """Keep the status, and by which name the sentence is found."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.about = about


@dataclass(frozen=True, slots=True)
class Api:
    """The addresses of one ward's figures."""

    desk: Desk
    cutoff: int
    pace: Pace = field(default_factory=Pace)

    def routes(self) -> list[BaseRoute]:
        """Return the routes."""
        shown = dict(
            zip(SCOPES, (self._coverage, self._completions, self._neighbourhoods, self._campaigns), strict=True)
        )
        return [
            Route(f"{ROOT}/openapi.yaml", describe),
            *(
                Route(f"{ROOT}/{scope}{ending}", self._behind(scope, ending, show))
                for scope, show in shown.items()
                for ending in ("", ".csv")
            ),
        ]

    def _behind(
        self, scope: str, ending: str, show: Callable[[Mapping[str, str]], Awaitable[Answer]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answered(request: Request) -> Response:
            try:
                await self._may(request, scope)
                as_written, as_sheet = await show(_given(request, PARAMETERS[scope]))
            except Bad as bad:
                said = words("api")["errors"][bad.code].format(**bad.about)
                headers = {401: {"www-authenticate": "Bearer"}, 429: {"retry-after": "60"}}.get(bad.status, {})
                return JSONResponse({"error": bad.code, "message": said}, bad.status, PRIVATE | headers)
            if ending:
                return Response(as_sheet, media_type="text/csv; charset=utf-8", headers=PRIVATE)
            return Response(as_written, media_type="application/json", headers=PRIVATE)

        return answered

    async def _may(self, request: Request, scope: str) -> System:
        """Return which system asks; raise Bad when it may not."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        house, now = self.desk.house, self.desk.clock()
        known = kind.lower() == "bearer" and token.strip()
        system = await house.database.read(system_of, house.ward.id, hashed(token.strip())) if known else None
        if system is None:
            raise Bad(401, "no_token")
        if not await self.pace.allows((PER_MINUTE, str(system.id))):
            raise Bad(429, "too_fast")
        if scope not in system.scopes:
            raise Bad(403, "not_yours", scope=scope)
        await house.database.write(audit.note, house.ward.id, None, "read", f"{system.name} {request.url.path}", now)
        return system

    async def _coverage(self, given: Mapping[str, str]) -> Answer:
        house, skill = self.desk.house, given.get("skill", "")
        lesson = house.library.get(skill)
        if "skill" in given and lesson is None:
            raise Bad(400, "no_skill")
        topics = (lesson.topic,) if lesson else house.library.core_topics
        rows = await house.database.report(coverage, house.ward.id, topics, self.desk.target)
        about = (self.desk.unit, lesson.title if lesson else "", topics, self.desk.target, self.desk.clock())
        table = CoverageTable(house.ward, *about, tuple(rows))
        return as_json(table), as_csv(table)

    async def _completions(self, given: Mapping[str, str]) -> Answer:
        house, period = self.desk.house, period_of(given.get("period", ""), self.cutoff)
        if period is None:
            raise Bad(400, "no_period")
        skills = {lesson.topic: lesson.title for lesson in house.library if lesson.core}
        about = (house.ward, self.desk.unit, skills, house.targets.on(period.last), period, self.desk.clock())
        report = await house.database.report(read_report, *about)
        return _json(completions(report, tuple(skills))), report_csv(report)

    async def _neighbourhoods(self, given: Mapping[str, str]) -> Answer:
        house = self.desk.house
        found = (await house.database.report(places_of, house.ward.id)).values()
        columns = ("code", "name", "adults", "source", "date")
        sheet = io.StringIO(newline="")
        writer = csv.writer(sheet, delimiter=SEPARATOR, lineterminator="\n")
        writer.writerow(columns)
        for row in found:
            date = row.date.isoformat() if row.date else ""
            writer.writerow([row.code, harmless(row.name), row.adults, harmless(row.source), date])
        rows = [{name: getattr(row, name) for name in columns} for row in found]
        ward = {"code": house.ward.code, "name": house.ward.name}
        return _json({"ward": ward, "neighbourhoods": rows}), "\ufeff" + sheet.getvalue()

    async def _campaigns(self, given: Mapping[str, str]) -> Answer:
        house = self.desk.house
        found, places = await house.database.report(campaigns_listed, house.ward.id)
        ward = {"code": house.ward.code, "name": house.ward.name}
        return _json({"ward": ward, "campaigns": campaigns_as_json(found, places)}), campaigns_as_csv(found, places)


PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "coverage": ("skill",),
    "completions": ("period",),
    "neighbourhoods": (),
    "campaigns": (),
}
PRIVATE = {"cache-control": "no-store", "x-robots-tag": "noindex"}


async def describe(request: Request) -> Response:
    """Show the description of the addresses, for everybody: there is nothing secret in it."""
    return Response(files("office").joinpath("openapi.yaml").read_bytes(), media_type="application/yaml")


def completions(report: Report, topics: tuple[str, ...]) -> dict[str, Any]:
    """Return a report for programs; the keys are stable."""
    *places, nowhere, whole = (dict(zip(COLUMNS, line.cells(), strict=True)) for line in report.lines)
    skills = zip(topics, report.skills, strict=True)
    return {
        "ward": {"code": report.ward.code, "name": report.ward.name},
        "period": {"code": report.period.code, "first": report.period.first, "last": report.period.last},
        "finished": report.finished,
        "target_percent": report.target_percent,
        "at": report.at.isoformat(timespec="seconds"),
        "neighbourhoods": places,
        "unknown": nowhere,
        "total": whole,
        "skills": [{"skill": topic, "covered": end, "new": new} for topic, (_, end, new) in skills],
    }


def _given(request: Request, allowed: tuple[str, ...]) -> dict[str, str]:
    """Return the parameters, each known and given once."""
    given = request.query_params.multi_items()
    names = [name for name, _ in given]
    if not set(names) <= set(allowed) or len(set(names)) < len(names):
        raise Bad(400, "parameters", allowed=", ".join(allowed) or "–")
    return dict(given)


def _json(found: dict[str, Any]) -> str:
    return json.dumps(found, ensure_ascii=False, indent=2, default=str)
