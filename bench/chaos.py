"""What is lost or doubled when the program is killed: real processes, kill -9 at eight points, fakes over HTTP."""

import argparse
import asyncio
import json
import os
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, Engine, Select, create_engine, func, insert, make_url, select, text, update

from bench.chaos_worlds import PEOPLE, Program, World, old, telegram_world, zalo_world
from bot.app import build_core, now, opened
from bot.channels import telegram_out, zalo_oa_out
from bot.settings import Settings
from handlers.messages import Reply
from lessons.library import Library
from storage.database import engine_of
from storage.neighbourhoods import NeighbourhoodRow, save
from storage.tables import completions, conversations, deliveries, seen, tokens

ZALO_POINTS = (
    "after receive",
    "after insert",
    "before send",
    "after the platform accepted",
    "before settle",
    "during token rotation",
)
POLLING, TWO = "during polling", "two processes at once"
POINTS = (*ZALO_POINTS, POLLING, TWO)
PATIENCE_SECONDS = 60
JOINING = ("/start kp1", "/count adult kp1", "/place kp1 join", "/remind yes")


@dataclass
class Figures:
    """What became of everything."""

    kills: int = 0
    turns: int = 0
    turns_lost: int = 0
    completions_doubled: int = 0
    answers_doubled: int = 0
    reminders_doubled: int = 0
    recovery_s_max: float = 0


@dataclass
class Stage:
    """One database, one platform, the programs, and what was said so far."""

    reading: Engine
    writing: Engine
    world: World
    programs: list[Program]
    scripts: list[Iterator[str]]
    told: int = 0
    reminders: int = 0
    figures: Figures = field(default_factory=Figures)

    def count(self, statement: Select[int]) -> int:
        """Return what a statement counts, without keeping the program from writing."""
        with self.reading.connect() as connection:
            return connection.execute(statement).scalar_one()

    def write(self, work: Callable[[Connection], object]) -> None:
        """Change the database beside the program, as another process may."""
        with self.writing.begin() as connection:
            work(connection)

    def settled(self) -> bool:
        """Return whether every message was taken in, and its answer sent."""
        waiting = select(func.count()).where(deliveries.c.status != "sent", deliveries.c.lane == "answer")
        taken = select(func.count()).select_from(seen)
        return self.count(taken) == self.told and self.count(waiting) == 0


async def suffer(stage: Stage, point: str, number: int) -> None:
    """Let everybody write, kill at the point, start again, and wait until all is well."""
    victim = stage.programs[number % len(stage.programs)]
    stage.world.trap.kill = victim.kill
    _remind(stage)
    if point == "during token rotation":
        stage.write(lambda found: found.execute(update(tokens).values(old(now()))))
    stage.world.trap.arm("after the platform accepted" if point == TWO else point)
    if point == POLLING and number % 2:  # nothing is there yet: the program waits for news
        stage.world.trap.reached(point)
    before, stage.told = stage.told, stage.told + PEOPLE
    telling = [
        asyncio.create_task(stage.world.tell(person, next(stage.scripts[person]), stage.programs))
        for person in range(PEOPLE)
    ]
    if point == "after insert":
        await _inserted(stage, before)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await stage.world.trap.killed.wait()
    killed = time.perf_counter()
    victim.start()
    await _well(stage)
    stage.figures.kills += 1
    stage.figures.recovery_s_max = max(stage.figures.recovery_s_max, round(time.perf_counter() - killed, 2))
    await asyncio.gather(*telling)


async def _inserted(stage: Stage, before: int) -> None:
    """Kill as soon as a turn is in the database."""
    while stage.count(select(func.count()).select_from(seen)) <= before:  # noqa: ASYNC110  no event crosses processes
        await asyncio.sleep(0)
    stage.world.trap.reached("after insert")


async def _well(stage: Stage) -> None:
    """Wait until every message is answered."""
    patience = time.perf_counter() + PATIENCE_SECONDS
    while time.perf_counter() < patience and not stage.settled():  # noqa: ASYNC110  as above
        await asyncio.sleep(0.02)


def _remind(stage: Stage) -> None:
    """Queue a reminder to one of the people, once they have written."""
    stage.reminders += 1
    person = stage.world.address(stage.reminders % PEOPLE)
    common = {"channel": stage.world.channel, "account": stage.world.account, "lane": "campaign", "status": "queued"}
    reply = Reply(f"Bài học đang chờ bà con. Lời nhắc số {stage.reminders}.").to_json()
    theirs = select(conversations.c.id).where(conversations.c.address == person)

    def queue(found: Connection) -> None:
        values = {**common, "reply": reply, "due_at": now(), "created_at": now()}
        conversation = found.execute(theirs).scalar()
        found.execute(insert(deliveries), [{**values, "conversation_id": conversation}])

    stage.write(queue)


def weigh(stage: Stage) -> Figures:
    """Compare what was said, what is in the database, and what people were shown."""
    sent, queued = (select(deliveries.c.reply).where(deliveries.c.lane == lane) for lane in ("answer", "campaign"))
    figures = Figures(stage.figures.kills, stage.told, recovery_s_max=stage.figures.recovery_s_max)
    with stage.reading.connect() as found:
        taken = found.execute(select(func.count()).select_from(seen)).scalar_one()
        arrived = found.execute(sent.where(deliveries.c.status == "sent")).all()
        lost = 0
        ledger = select(completions.c.resident_id, completions.c.topic, completions.c.grade)
        figures.completions_doubled = sum(count - 1 for count in Counter(found.execute(ledger).all()).values())
        for person in range(PEOPLE):
            here = conversations.c.address == stage.world.address(person)
            shown = stage.world.shown(stage.world.address(person))
            wanted = _texts(stage, [row[0] for row in found.execute(sent.join(conversations).where(here))])
            nudges = _texts(stage, [row[0] for row in found.execute(queued.join(conversations).where(here))])
            lost += sum((wanted - shown).values())
            figures.answers_doubled += sum((shown - wanted - nudges).values())
            figures.reminders_doubled += sum(max(0, shown[nudge] - 1) for nudge in nudges)
    figures.turns_lost = max(lost, stage.told - min(taken, len(arrived)))
    figures.answers_doubled -= figures.reminders_doubled
    return figures


def _texts(stage: Stage, replies: list[str]) -> Counter[str]:
    """Return the texts that say these replies."""
    if stage.world.channel == "telegram":
        return Counter(part.text for reply in replies for part in telegram_out.render(Reply.from_json(reply)))
    messages = chain.from_iterable(zalo_oa_out.render(Reply.from_json(reply)) for reply in replies)
    return Counter(message["text"] for message in messages)


def script(library: Library) -> Iterator[str]:
    """Give what somebody writes: they join, then learn one lesson after the other, and begin anew."""
    yield from JOINING
    while True:
        for lesson in library:
            yield f"/lesson {lesson.topic} {len(lesson.steps)}"
            yield f"/quiz {lesson.topic}"
            yield from (f"/answer {lesson.topic} {at} {asked.answer}" for at, asked in enumerate(lesson.quiz, 1))


@asynccontextmanager
async def staged(
    url: str, folder: Path, world: AbstractAsyncContextManager[World], programs: int, own: Mapping[str, object]
) -> AsyncIterator[Stage]:
    """Give a ward, a platform and running programs, everybody having joined."""
    settings = Settings(**{**own, "database_url": url, "_env_file": None})  # type: ignore[arg-type]
    async with opened(settings) as database:
        core = await build_core(settings, database)
        await database.write(save, core.house.ward.id, [NeighbourhoodRow("kp1", "Khu phố 1", 100, "", None)])
    reading, writing = engine_of(url, "BEGIN"), engine_of(url, "BEGIN IMMEDIATE")
    async with world as platform:
        serving = [Program(url, folder, **own, **platform.settings) for _ in range(programs)]
        stage = Stage(reading, writing, platform, serving, [script(core.house.library) for _ in range(PEOPLE)])
        try:
            for program in serving:
                program.start()
            for _ in JOINING:
                stage.told += PEOPLE
                said = [platform.tell(person, next(stage.scripts[person]), serving) for person in range(PEOPLE)]
                await asyncio.gather(*said)
                await _well(stage)
            yield stage
            for program in serving:
                await program.end()
        finally:
            for program in serving:
                program.kill()
            reading.dispose()
            writing.dispose()


async def torment(points: Sequence[str], kills: int, server: str = "", **own: object) -> dict[str, Figures]:
    """Return the figures of some points of one platform, the program having these settings of its own."""
    world, two = (telegram_world() if POLLING in points else zalo_world()), TWO in points
    with TemporaryDirectory(dir=".") as name:
        folder = Path(name).absolute()  # noqa: ASYNC240  nothing else runs yet
        with database(server if two else "", folder) as url:
            async with staged(url, folder, world, 1 + two, own) as stage:
                return {point: await _torment(stage, point, kills) for point in points}


async def _torment(stage: Stage, point: str, kills: int) -> Figures:
    before, stage.figures = weigh(stage), Figures()
    for number in range(kills):
        await suffer(stage, point, number)
    counted = ("turns", "turns_lost", "completions_doubled", "answers_doubled", "reminders_doubled")
    after = weigh(stage)
    return replace(after, **{name: getattr(after, name) - getattr(before, name) for name in counted})


@contextmanager
def database(server: str, folder: Path) -> Iterator[str]:
    """Give the URL of a new database: on the server, or without one a file."""
    if not server:
        yield f"sqlite:///{folder}/chaos.sqlite3"
        return
    name = f"chaos_{uuid.uuid4().hex[:8]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        try:
            yield make_url(server).set(database=name).render_as_string(hide_password=False)
        finally:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def total(figures: list[Figures]) -> Figures:
    """Return all figures together."""
    rows = [asdict(each) for each in figures]
    summed = {name: (max if name == "recovery_s_max" else sum)(row[name] for row in rows) for name in asdict(Figures())}
    return Figures(**summed)


def table(found: dict[str, Figures]) -> str:
    """Return the figures as a table for docs/reliability.md."""
    names = list(asdict(Figures()))
    lines = [f"| killed | {' | '.join(names)} |", f"|---{'|---:' * len(names)}|"]
    for point, figures in [*found.items(), ("all", total(list(found.values())))]:
        lines.append(f"| {point} | {' | '.join(str(value) for value in asdict(figures).values())} |")
    return "\n".join(lines)


def main() -> None:
    """Kill, and print what became of everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--kills", type=int, default=25, help="at each point")
    parser.add_argument("--points", nargs="*", choices=POINTS, default=list(POINTS))
    help_server = "PostgreSQL server for the point of two processes (default: TEST_DATABASE_URL)"
    parser.add_argument("--server", default=os.environ.get("TEST_DATABASE_URL", ""), help=help_server)
    options = parser.parse_args()
    if TWO in options.points and not options.server:
        parser.error(f"{TWO}: needs --server, for SQLite belongs to one process")
    found: dict[str, Figures] = {}
    for place in (ZALO_POINTS, (POLLING,), (TWO,)):
        if points := [point for point in options.points if point in place]:
            found |= asyncio.run(torment(points, options.kills, options.server))
    print(json.dumps(asdict(total(list(found.values())))) if options.json else table(found))


if __name__ == "__main__":
    main()
