"""What was acknowledged is kept: through killed programs, full disks, quietened errors and cut connections."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, func, insert, make_url, select, text
from sqlalchemy.exc import IntegrityError

from bot.app import build_core, now, opened
from handlers.messages import Inbound
from storage.database import Database
from storage.tables import completions, conversations, seen, wards
from tests.crash_worker import settings
from tests.spares import SERVER
from tests.test_database import add, codes, kept, on_sqlite, together

on_postgresql = pytest.mark.skipif(not SERVER, reason="about PostgreSQL")

KILLED_AFTER = (40, 300, 150, 500, 90)
"""Acknowledged turns after which the program is killed, each time it has been started."""


def acknowledged(url: str, turns: int) -> Iterator[list[str]]:
    """Start the program on this database, kill it after so many turns; yield what it said of each, even the last."""
    command = [sys.executable, "-m", "tests.crash_worker", url]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as program:
        assert program.stdout is not None
        for number, line in enumerate(program.stdout, 1):
            if number == turns:
                program.kill()
            if line.endswith("\n"):
                yield line.split()
        assert program.wait() == -9


def events_seen(connection: Connection) -> set[tuple[str, str]]:
    """Return the address and the event of every turn that was taken."""
    rows = connection.execute(select(conversations.c.address, seen.c.event).join(seen))
    return {(address, event) for address, event in rows}


def ledger(connection: Connection) -> dict[tuple[str, str, str], int]:
    """Return how often the ledger holds each address, topic and grade."""
    key = (conversations.c.address, completions.c.topic, completions.c.grade)
    found = select(*key, func.count())
    found = found.join_from(conversations, completions, conversations.c.resident_id == completions.c.resident_id)
    return {(address, topic, grade): times for address, topic, grade, times in connection.execute(found.group_by(*key))}


def half_written(connection: Connection) -> list[str]:
    """Return the addresses whose version is not the number of turns taken."""
    found = select(conversations.c.address).join(seen).group_by(conversations.c.id)
    return list(connection.scalars(found.having(func.count() != conversations.c.version)))


async def check(database: Database, turns: list[list[str]]) -> None:
    """Check that every acknowledged turn is in the database, whole, and nothing is there twice."""
    taken = await database.read(events_seen)
    assert {(address, event) for address, event, _, _ in turns} <= taken
    entered = await database.read(ledger)
    assert {(address, topic, grade) for address, _, topic, grade in turns if topic != "-"} <= set(entered)
    assert set(entered.values()) == {1}
    assert await database.read(half_written) == []
    if not SERVER:
        sound = await database.read(lambda connection: connection.scalars(text("PRAGMA integrity_check")).all())
        assert sound == ["ok"]


async def test_whatever_was_acknowledged_survives_kills(database_url: str) -> None:
    turns: list[list[str]] = []
    for number in KILLED_AFTER:
        said = await asyncio.to_thread(lambda number: list(acknowledged(database_url, number)), number)
        assert len(said) >= number
        turns += said
    async with asyncio.timeout(10), opened(settings(database_url)) as database:
        core = await build_core(settings(database_url), database)
        before = await database.read(events_seen)
        addresses = {address for address, _ in before}
        messages = [Inbound("web", "phuong-thu", address, "next", "/menu", now()) for address in addresses]
        assert all(await asyncio.gather(*map(core.answer, messages)))
        assert await database.read(events_seen) == before | {(address, "next") for address in addresses}
        await check(database, turns)
    assert len(turns) >= 1000
    assert len([topic for _, _, topic, _ in turns if topic != "-"]) >= 100


@on_sqlite
async def test_nothing_is_acknowledged_that_a_full_disk_rolled_back(database: Database, database_url: str) -> None:
    def limit(connection: Connection, pages: int) -> None:
        connection.execute(text(f"PRAGMA max_page_count = {pages}"))

    await database.write(limit, 1)  # no page more than now
    outcomes = await together(database, *(database.write(add, code) for code in ("a", "x" * 1_000_000, "b")))
    assert [outcome for outcome in outcomes if isinstance(outcome, str)] == kept(database_url)
    assert "x" * 1_000_000 not in outcomes
    await database.write(limit, 1_000_000)
    assert await database.write(add, "c") == "c"


async def test_nothing_is_acknowledged_that_a_quietened_error_rolled_back(
    database: Database, database_url: str
) -> None:
    again = insert(wards).values(code="a", name="a").prefix_with("OR ROLLBACK", dialect="sqlite")

    def add_quietly(connection: Connection, code: str) -> str:
        add(connection, code)
        try:
            connection.execute(again)
        except IntegrityError:
            return code
        raise AssertionError

    works = ((add, "a"), (add, "b"), (add_quietly, "c"))
    outcomes = await together(database, *(database.write(work, code) for work, code in works))
    outcomes += await asyncio.gather(database.write(add_quietly, "d"), return_exceptions=True)
    assert outcomes[:2] == ["a", "b"]
    assert [outcome for outcome in outcomes if isinstance(outcome, str)] == kept(database_url)


@on_postgresql
async def test_connections_that_were_cut_are_made_anew(database: Database, database_url: str) -> None:
    await asyncio.gather(*(database.write(codes) for _ in range(20)), *(database.read(codes) for _ in range(20)))
    cut = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name")
    server = create_engine(SERVER)
    with server.begin() as connection:
        assert connection.execute(cut, {"name": make_url(database_url).database}).all()
    server.dispose()
    assert await database.read(codes) == []
    assert await database.write(add, "a") == "a"
