"""What `hocvuso report` does: the report of a period into a file, or as CSV for scripts."""

from pathlib import Path

from bot.app import now, opened
from bot.content import library_of
from bot.reports import Clock, Outcome, say
from bot.settings import Settings
from office.appendix import related
from office.period import period_of
from office.report import read_report
from office.report_files import KINDS, as_csv, made
from office.typesetting import Unprintable
from storage.neighbourhoods import ward_of


async def make_report(settings: Settings, code: str, out: Path | None, clock: Clock = now) -> Outcome:
    """Write the report of a period into a file of one of KINDS; without a file return it as CSV."""
    period = period_of(code, settings.report_cutoff_day)
    if period is None:
        return say("report.unknown_period", code=code), 2
    kind = out.suffix.lower().removeprefix(".") if out else "csv"
    if kind not in KINDS:
        return say("report.unknown_kind", kinds=list(KINDS)), 2
    library = library_of(settings)
    skills = {lesson.topic: lesson.title for lesson in library if lesson.core}
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        target = settings.targets.on(period.last)
        given = (ward, settings.neighbourhood_word, skills, target, period, clock())
        report = await database.report(read_report, *given, related(library))
    if out is None:
        return as_csv(report).rstrip("\n"), 0
    try:
        out.write_bytes(made(report, kind, settings.report_template))  # noqa: ASYNC240  nothing else runs here
    except Unprintable as error:
        return say("report.not_written", reason=str(error)), 1
    except OSError as error:
        return say("report.not_written", reason=error.strerror), 1
    return say("report.written", period=period, out=out), 0
