"""Database.read and write: group commit, errors to whom they belong, and nothing acknowledged that is not kept."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url, select, text
from sqlalchemy.exc import IntegrityError

from storage.database import BUSY_SECONDS, GROUP, THREADS, Database
from storage.tables import wards
from tests.spares import SERVER

COUNT = THREADS["postgresql" if SERVER else "sqlite"]["write"]
on_sqlite = pytest.mark.skipif(bool(SERVER), reason="about SQLite")


def add(connection: Connection, code: str) -> str:
    connection.execute(insert(wards).values(code=code, name=code))
    return code


def codes(connection: Connection) -> list[str]:
    return list(connection.scalars(select(wards.c.code).order_by(wards.c.id)))


def add_and_fail(connection: Connection, code: str) -> None:
    add(connection, code)
    raise LookupError(code)


def engine_of(connection: Connection) -> Engine:
    return connection.engine


async def occupy(database: Database) -> list[Callable[[], None]]:
    """Keep every writer busy until what is returned for it is called."""

    def work(_: Connection, busy: threading.Event, free: threading.Event) -> None:
        busy.set()
        assert free.wait(30)

    releases = []
    for _ in range(COUNT):
        busy, free = threading.Event(), threading.Event()
        blocked = asyncio.ensure_future(database.write(work, busy, free))
        assert await asyncio.to_thread(busy.wait, 30)
        assert not blocked.done()
        releases.append(free.set)
    return releases


async def together(database: Database, *asked: Coroutine[Any, Any, Any]) -> list[Any]:
    """Ask for all of these while every writer is busy, let one writer do them; return results and errors."""
    first, *others = await occupy(database)
    tasks = []
    for one in asked:
        tasks.append(asyncio.ensure_future(one))
        await asyncio.wait(tasks[-1:], timeout=0)  # each is asked in a round of the loop of its own
    await asyncio.wait(tasks, timeout=0.01)  # the last is waiting as well
    first()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for other in others:
        other()
    return outcomes


def kept(url: str) -> list[str]:
    """Return the codes as somebody else sees them."""
    engine = create_engine(url)
    with engine.begin() as connection:
        found = codes(connection)
    engine.dispose()
    return found


async def test_writes_that_wait_together_are_committed_in_few_commits(database: Database) -> None:
    commits: list[Connection] = []
    event.listen(await database.write(engine_of), "commit", commits.append)
    outcomes = await together(database, *(database.write(add, f"w{number}") for number in range(2 * GROUP)))
    assert outcomes == [f"w{number}" for number in range(2 * GROUP)]
    assert len(await database.read(codes)) == 2 * GROUP
    assert len(commits) <= 2 + COUNT  # two groups, and those who were busy


async def test_a_write_is_answered_only_after_its_commit(database: Database) -> None:
    loop = asyncio.get_running_loop()
    answered: list[bool] = []

    def before_commit(connection: Connection) -> None:
        for _ in range(3):  # the loop has every occasion to answer too early
            turned = threading.Event()
            loop.call_soon_threadsafe(turned.set)
            assert turned.wait(30)
        answered.append(asked.done())

    event.listen(await database.write(engine_of), "commit", before_commit)
    asked = asyncio.ensure_future(database.write(add, "a"))
    await asked
    assert answered == [False]


async def test_results_come_to_those_who_asked_and_writes_are_done_in_their_order(database: Database) -> None:
    names = [f"w{number}" for number in range(30)]
    assert await together(database, *(database.write(add, name) for name in names)) == names
    assert await database.read(codes) == names


async def test_a_failing_write_is_told_to_its_caller_and_the_rest_of_its_group_is_kept(
    database: Database, database_url: str
) -> None:
    asked = [(add, "a"), (add, "a"), (add_and_fail, "b"), (add, "c")]
    outcomes = await together(database, *(database.write(work, code) for work, code in asked))
    assert [outcomes[0], outcomes[3]] == ["a", "c"]
    assert [type(outcomes[1]), type(outcomes[2])] == [IntegrityError, LookupError]
    assert kept(database_url) == ["a", "c"]


async def test_a_write_that_fails_alone_has_done_nothing(database: Database, database_url: str) -> None:
    with pytest.raises(LookupError):
        await database.write(add_and_fail, "a")
    assert kept(database_url) == []
    assert await database.write(add, "b") == "b"


async def test_a_read_sees_every_write_that_was_answered_before(database: Database) -> None:
    for number in range(20):
        await database.write(add, f"w{number}")
        found = await asyncio.gather(*(database.read(codes) for _ in range(5)))
        assert {len(seen) for seen in found} == {number + 1}


async def test_a_read_sees_one_snapshot_whatever_is_written_meanwhile(database: Database, database_url: str) -> None:
    other = create_engine(database_url)

    def read_twice(connection: Connection) -> tuple[list[str], list[str]]:
        before = codes(connection)
        with other.begin() as writing:
            add(writing, "b")
        return before, codes(connection)

    await database.write(add, "a")
    assert await database.read(read_twice) == (["a"], ["a"])
    assert await database.read(codes) == ["a", "b"]
    other.dispose()


async def test_a_caller_who_is_cancelled_does_not_lose_the_write(database: Database) -> None:
    free = await occupy(database)
    asked = [asyncio.ensure_future(database.write(add, code)) for code in ("a", "b")]
    await asyncio.wait(asked, timeout=0)
    asked[0].cancel()
    for release in free:
        release()
    assert await asked[1] == "b"
    assert asked[0].cancelled()
    assert sorted(await database.read(codes)) == ["a", "b"]


async def test_close_finishes_what_was_asked_for_and_refuses_the_rest(database_url: str) -> None:
    database = Database(database_url)
    database.start()
    free = await occupy(database)
    asked = [asyncio.ensure_future(database.write(add, f"w{number}")) for number in range(10)]
    await asyncio.wait(asked, timeout=0)
    closing = asyncio.ensure_future(asyncio.to_thread(database.close))
    with suppress(RuntimeError):
        while True:
            await database.read(codes)
    assert not closing.done()
    for release in free:
        release()
    await closing
    assert await asyncio.wait_for(asyncio.gather(*asked), 10) == [f"w{number}" for number in range(10)]
    assert len(kept(database_url)) == 10


async def test_close_finishes_what_was_asked_for_a_moment_before(database: Database) -> None:
    asked = asyncio.ensure_future(database.write(add, "a"))
    asyncio.get_running_loop().call_soon(database.close)  # in the round of the loop in which it is asked
    assert await asyncio.wait_for(asked, 10) == "a"


async def test_nothing_waits_for_a_database_that_was_never_started(database_url: str) -> None:
    with pytest.raises(RuntimeError, match="not open"):
        await Database(database_url).write(add, "a")


@on_sqlite
async def test_a_write_waits_while_another_program_writes(database: Database, database_url: str) -> None:
    other = sqlite3.connect(str(make_url(database_url).database), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    asked = asyncio.ensure_future(database.write(add, "a"))
    done, _ = await asyncio.wait({asked}, timeout=0.3)
    assert not done
    other.execute("COMMIT")
    other.close()
    assert await asked == "a"


async def test_a_commit_that_fails_is_told_to_all_and_nothing_is_done_twice(
    database: Database, database_url: str
) -> None:
    ran: list[str] = []

    def promise(connection: Connection, ward: int) -> None:
        ran.append("promise")
        connection.execute(text("INSERT INTO promises VALUES (:ward)"), {"ward": ward})

    def add_once(connection: Connection, code: str) -> str:
        ran.append(code)
        return add(connection, code)

    table = "CREATE TABLE promises (ward INTEGER REFERENCES wards (id) DEFERRABLE INITIALLY DEFERRED)"
    await database.write(Connection.execute, text(table))
    outcomes = await together(database, database.write(add_once, "a"), database.write(promise, 99))
    assert [type(outcome) for outcome in outcomes] == [IntegrityError, IntegrityError]
    assert ran == ["a", "promise"]
    assert kept(database_url) == []
    assert await database.write(add, "b") == "b"


@on_sqlite
async def test_sqlite_keeps_what_it_was_told_and_checks_references(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    def pragmas(connection: Connection) -> list[Any]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [connection.execute(text(f"PRAGMA {name}")).scalar() for name in names]

    monkeypatch.setattr("storage.database.create_engine", create_engine)  # as the program does, not hastened
    database, full = Database(database_url), 2
    database.start()
    assert await database.write(pragmas) == ["wal", full, 1, BUSY_SECONDS * 1000]
    assert await database.read(pragmas) == ["wal", full, 1, BUSY_SECONDS * 1000]
    await asyncio.to_thread(database.close)


@pytest.mark.parametrize("error", [StopIteration, asyncio.CancelledError, GeneratorExit])
async def test_an_unusual_error_keeps_nobody_waiting(database: Database, error: type[BaseException]) -> None:
    def fail(_: Connection) -> None:
        raise error

    for _ in range(COUNT + 1):  # more than there are writers
        first, second = await asyncio.wait_for(
            asyncio.gather(database.write(fail), database.write(codes), return_exceptions=True), 10
        )
        assert isinstance(first, RuntimeError if error is StopIteration else error)
        assert second == []


async def test_a_long_report_keeps_no_message_waiting(database: Database) -> None:
    begun, over = threading.Event(), threading.Event()

    def long(connection: Connection) -> str:
        begun.set()
        over.wait(10)
        return "counted"

    reporting = asyncio.create_task(database.report(long))
    await asyncio.to_thread(begun.wait, 10)
    assert await database.read(lambda connection: connection.execute(text("SELECT 1")).scalar()) == 1
    over.set()
    assert await reporting == "counted"
