"""`hocvuso doctor`: looks at everything the program stands on, at once and without changing anything."""

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping

from bot import checks_here, checks_platforms
from bot.app import now
from bot.examination import Examination
from bot.findings import Finding, Outcome, good, look, report, texts
from bot.served import NAMES
from bot.settings import Settings

CHECK_SECONDS = 5.0
CLOCK_MAY_DIFFER = dt.timedelta(seconds=120)

Check = Callable[[Examination], Awaitable[list[Finding]]]

CHECKS: Mapping[str, Check] = {
    "settings": checks_here.settings,
    "folder": checks_here.folder,
    "disk": checks_here.disk,
    "content": checks_here.content,
    "database": checks_here.database,
    "neighbourhoods": checks_here.neighbourhoods,
    "seals": checks_here.sealed,
    "outbox": checks_here.outbox,
    "platforms": checks_platforms.platforms,
    "telegram": checks_platforms.telegram,
    "zalo_oa": checks_platforms.zalo_oa,
    "zalo_bot": checks_platforms.zalo_bot,
}
"""All checks, in the order their findings are told."""


async def examine(
    settings: Settings,
    as_json: bool = False,
    clock: Callable[[], dt.datetime] = now,
    checks: Mapping[str, Check] = CHECKS,
    seconds: float = CHECK_SECONDS,
) -> Outcome:
    """Return all findings, as text or JSON; the code is 0 when all is well, 1 to look at something, 2 for broken."""
    examination = Examination(settings, clock)
    work = (_carried_out(name, check, examination, seconds) for name, check in checks.items())
    findings = [finding for found in await asyncio.gather(*work) for finding in found]
    return report([*findings, _clock(examination)], examination.secrets, "json" if as_json else "text")


async def _carried_out(name: str, check: Check, examination: Examination, seconds: float) -> list[Finding]:
    """Return what a check finds; that it fails or takes too long is a finding as well."""
    title = texts()["checks"][name]
    try:
        async with asyncio.timeout(seconds):
            return await check(examination)
    except TimeoutError:
        return [look("check.slow", title=title, seconds=f"{seconds:g}")]
    except Exception as error:  # its words may hold anything
        return [look("check.failed", title=title, kind=type(error).__name__)]


def _clock(examination: Examination) -> Finding:
    """Compare our clock with those of the platforms that were reached: the one that is nearest to ours counts."""
    at = examination.clock()
    if not examination.clocks:
        return good("clock.alone", at=at)
    channel, ahead = min(examination.clocks.items(), key=lambda item: abs(item[1]))
    if abs(ahead) <= CLOCK_MAY_DIFFER:
        return good("clock.good", at=at)
    return look("clock.slow" if ahead > dt.timedelta() else "clock.fast", at=at, span=abs(ahead), name=NAMES[channel])
