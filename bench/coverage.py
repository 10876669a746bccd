"""How fast the coverage page and a year's report are over a million residents, and whether they equal a live count."""

import argparse
import asyncio
import datetime as dt
import json
import os
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from bot.app import build_core, now, opened
from bot.server import application, warm
from bot.settings import Settings
from handlers.core import Core
from office.figures import figures
from office.gate import HOME
from office.period import period_of
from office.report import read_report
from office.report_files import made
from office.sample_door import open_door
from office.trend import since
from storage import live, triggers
from storage.neighbourhoods import NeighbourhoodRow, save
from storage.tallies import by_place, recount, skills_of

SERVER = "postgresql+psycopg://postgres@127.0.0.1/postgres"
PLACES = 60
PAGES = 100
LIVE_RUNS = 3
DAYS = 330
"""So long ago the first of them joined."""
TIME = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S.000000', :begun, '+' || ({0}) || ' hours')",
    "postgresql": "CAST(:begun AS timestamptz) + ({0}) * INTERVAL '1 hour'",
}


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Give the URLs of empty databases to fill, which are gone afterwards; without a server SQLite alone."""
    server, name = os.environ.get("BENCH_DATABASE_URL", SERVER), f"bench_{uuid.uuid4().hex[:8]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})

    def said(statement: str) -> None:
        with engine.connect() as connection:
            connection.execute(text(statement))

    with TemporaryDirectory(dir=".") as folder:  # a real disk: temporary folders may lie in memory
        urls = {"sqlite": f"sqlite:///{Path(folder) / 'coverage.sqlite3'}"}
        try:
            said(f"CREATE DATABASE {name}")
            urls["postgresql"] = make_url(server).set(database=name).render_as_string(hide_password=False)
        except OperationalError:
            pass
        try:
            yield urls
        finally:
            if "postgresql" in urls:
                said(f"DROP DATABASE {name} WITH (FORCE)")
            engine.dispose()


def fill(connection: Connection, ward_id: int, people: int, topics: list[str], at: dt.datetime) -> None:
    """Enter residents with five completions each, on the average: one in four has every core topic, the first ones."""
    time_of = TIME[connection.dialect.name]
    begun = f"{at - dt.timedelta(days=DAYS):%Y-%m-%d %H:%M:%S}"
    given = {"ward": ward_id, "people": people, "begun": begun}
    triggers.remove(connection)
    connection.execute(text("CREATE TEMPORARY TABLE named (number INTEGER PRIMARY KEY, topic TEXT)"))
    for number, topic in enumerate(topics):
        connection.execute(text("INSERT INTO named VALUES (:number, :topic)"), {"number": number, "topic": topic})
    everybody = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :people)"
    joined = f"(i % {DAYS - 30}) * 24 + i % 10"
    connection.execute(
        text(f"""{everybody} INSERT INTO residents
        (id, ward_id, neighbourhood_id, age_band, counted, reminded, created_at)
        SELECT i, :ward, nullif(i % {PLACES + 1}, 0),
          CASE WHEN i % 20 = 0 THEN 'child' WHEN i % 3 = 0 THEN 'senior' ELSE 'adult' END,
          i % 10 <> 0, i % 2 = 0, {time_of.format(joined)} FROM n"""),  # noqa: S608
        given,
    )
    many, which = "CASE i % 4 WHEN 0 THEN 12 WHEN 3 THEN 2 ELSE 3 END", f"(i / 4 + j * 7) % {len(topics)}"
    connection.execute(
        text(f"""{everybody}, m(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM m WHERE j < 11)
        INSERT INTO completions (resident_id, topic, grade, version, channel, at)
        SELECT i, topic, CASE WHEN i % 4 <> 0 AND (i + j) % 5 = 0 THEN 'learned'
            WHEN (i / 4 + j) % 7 = 0 THEN 'observed' ELSE 'passed' END, 1,
          CASE i % 3 WHEN 0 THEN 'web' WHEN 1 THEN 'zalo_oa' ELSE 'telegram' END,
          {time_of.format(f"{joined} + j * 48 + 1")}
        FROM n JOIN m ON j < {many} JOIN named ON number = CASE WHEN i % 4 = 0 THEN j ELSE {which} END"""),  # noqa: S608
        given,
    )
    recount(connection)


def timed(runs: int, work: Callable[[], Any]) -> float:
    """Return the median time in milliseconds."""
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1000


def in_storage(connection: Connection, ward_id: int, wanted: list[tuple[str, ...]], today: dt.date) -> dict[str, Any]:
    """Return what the page reads, beside counting the same live; and whether every skill is equal."""
    core, *others = wanted
    if connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE"))
    ours = timed(30, lambda: figures(connection, ward_id, core, 80, since(today), None, others))
    counted = timed(LIVE_RUNS, lambda: [live.counted(connection, ward_id, topics) for topics in wanted])
    return {"ours_ms": round(ours, 2), "live_ms": round(counted), "ratio": round(counted / ours)}


def equal(connection: Connection, ward_id: int, wanted: list[tuple[str, ...]], until: dt.date | None) -> bool:
    """Return whether the tallies say what counting live says, of each of these skills."""
    skills = [skill for skill in skills_of(connection, ward_id, wanted) if skill]
    tallied = by_place(connection, ward_id, skills, until)
    return len(skills) == len(wanted) and all(
        _told(live.counted(connection, ward_id, topics, midnight(until) if until else None)) == _told(tallied[skill])
        for topics, skill in zip(wanted, skills, strict=True)
    )


def midnight(day: dt.date) -> dt.datetime:
    """Return the moment at which a day begins in Viet Nam."""
    return dt.datetime.combine(day, dt.time(), live.HERE).astimezone(dt.UTC)


def _told(places: Any) -> dict[int | None, tuple[int, int, int]]:
    told = {place: (tally.joined, tally.learned, tally.covered) for place, tally in places.items()}
    return {place: people for place, people in told.items() if any(people)}


async def page_p99(core: Core, settings: Settings) -> float:
    """Return the 99th percentile of the office's first page, in milliseconds, through the whole application."""
    warm(core.house.bank)
    transport = ASGITransport(app=application(settings, core))
    async with AsyncClient(transport=transport, base_url="http://ward.test") as client:
        door = await open_door(core.house.database, core.house.ward, now())
        await client.get(door, follow_redirects=True)
        taken = []
        for _ in range(PAGES):
            begun = time.perf_counter()
            page = await client.get(HOME)
            taken.append(time.perf_counter() - begun)
            assert page.status_code == 200
            assert 'class="total"' in page.text
    return statistics.quantiles(taken, n=100)[98] * 1000


async def measure(url: str, people: int) -> dict[str, Any]:
    """Return what is printed of one database."""
    settings = Settings(database_url=url, ward_code="do", sample=True, public_coverage=True, _env_file=None)
    async with opened(settings) as database:
        core = await build_core(settings, database)
        house, today = core.house, now().date()
        adults = people // PLACES
        rows = [NeighbourhoodRow(f"kp{one}", f"Khu phố {one}", adults, "", None) for one in range(1, PLACES + 1)]
        await database.write(save, house.ward.id, rows)
        lessons = sorted(house.library, key=lambda lesson: not lesson.core)
        topics = [lesson.topic for lesson in lessons]
        begun = time.perf_counter()
        await database.write(fill, house.ward.id, people, topics, now())
        print(f"filled in {time.perf_counter() - begun:.0f} s", flush=True, file=sys.stderr)
        core_topics = house.library.core_topics
        wanted = [core_topics, *((topic,) for topic in core_topics)]
        found = await database.report(in_storage, house.ward.id, wanted, today)
        every = [core_topics, *((topic,) for topic in topics)]
        found["equal"] = await database.report(equal, house.ward.id, every, None) and await database.report(
            equal, house.ward.id, wanted, today - dt.timedelta(days=60)
        )
        found["page_p99_ms"] = round(await page_p99(core, settings), 1)
        found["report_s"] = round(await reported(core, f"{today.year}"), 2)
    return found


async def reported(core: Core, code: str) -> float:
    """Return how many seconds a year's report takes, the Word file included."""
    house, period = core.house, period_of(code, 14)
    assert period is not None
    skills = {lesson.topic: lesson.title for lesson in house.library if lesson.core}
    begun = time.perf_counter()
    report = await house.database.report(read_report, house.ward, "khu phố", skills, 80, period, now())
    await asyncio.to_thread(made, report, "docx", None)
    return time.perf_counter() - begun


def main() -> None:
    """Measure each database and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object (always done)")
    parser.add_argument("--residents", type=int, default=1_000_000)
    options = parser.parse_args()
    with databases() as urls:
        print(json.dumps({name: asyncio.run(measure(url, options.residents)) for name, url in urls.items()}))


if __name__ == "__main__":
    main()
