"""Reading and writing: plain functions run on threads; all writes that wait together are committed together."""

import asyncio
import sqlite3
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, NamedTuple, TypeVar, TypeVarTuple

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError

GROUP = 64
"""Most jobs in one transaction: enough that the disk does not decide the pace, few enough to stay quick."""
BUSY_SECONDS = 30
THREADS = {
    "sqlite": {"write": 1, "read": 1, "report": 1},
    "postgresql": {"write": 3, "read": 2, "report": 1},
}
"""On SQLite a second reader makes turns a quarter slower: the threads then wait for each other, not for the disk."""
POOL = 3

Unreachable = OperationalError
"""Raised when the database cannot be reached or is locked; its words may hold the password."""

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class _Job(NamedTuple):
    work: Callable[..., Any]
    arguments: tuple[Any, ...]
    future: asyncio.Future[Any]
    together: bool = False  # whether the one argument may be put into a list with those of like jobs


class _Outcome(NamedTuple):
    future: asyncio.Future[Any]
    result: Any
    error: BaseException | None


class Database:
    """Run work, plain functions `work(connection, *arguments)`, and await what they return.

    A write is awaited until its commit is on the disk. Work may be run again, in another transaction,
    when other work of its group failed: it must do nothing but talk to its connection.
    """

    def __init__(self, url: str) -> None:
        """Prepare for a database URL as SQLAlchemy writes it; nothing is connected before `start`."""
        self._backend = make_url(url).get_backend_name()
        self._engines = {
            "write": engine_of(url, "BEGIN IMMEDIATE"),
            "read": engine_of(url, "BEGIN", isolation_level="REPEATABLE READ"),
        }
        self._engines["report"] = self._engines["read"]
        self._queues: dict[str, SimpleQueue[list[_Job] | None]] = {name: SimpleQueue() for name in self._engines}
        self._asked: dict[tuple[str, asyncio.AbstractEventLoop], list[_Job]] = {}
        self._threads: list[Thread] = []
        self._asking = Lock()  # nothing is asked behind the last None, where no thread would ever take it

    def start(self) -> None:
        """Start the threads. Threads of a program that dies do not keep it alive."""
        for name, count in THREADS[self._backend].items():
            for number in range(count):
                arguments = (self._engines[name], self._queues[name])
                thread = Thread(target=_serve, args=arguments, name=f"{name}-{number}", daemon=True)
                thread.start()
                self._threads.append(thread)

    def close(self) -> None:
        """Finish what was asked for, then stop the threads and close the connections."""
        with self._asking:
            threads, self._threads = self._threads, []
            for queue, loop in list(self._asked):
                self._hand_over(queue, loop)
            for thread in threads:
                self._queues[thread.name.partition("-")[0]].put(None)
        for thread in threads:
            thread.join()
        for engine in self._engines.values():
            engine.dispose()

    async def read(self, work: Callable[[Connection, *Ts], T], *arguments: *Ts) -> T:
        """Return what `work` reads, all of it from one snapshot."""
        return await self._ask("read", work, arguments)

    async def report(self, work: Callable[[Connection, *Ts], T], *arguments: *Ts) -> T:
        """Return what `work` reads, from one snapshot; it may take long, messages are answered meanwhile."""
        return await self._ask("report", work, arguments)

    async def write(self, work: Callable[[Connection, *Ts], T], *arguments: *Ts) -> T:
        """Return what `work` returns, after it has been committed; what it raises, it has not done."""
        return await self._ask("write", work, arguments)

    async def write_together(self, work: Callable[[Connection, Sequence[T]], None], item: T) -> None:
        """Await the commit of `work(connection, items)`, called once with all items that wait together.

        When it raises, it is called again with fewer, and each caller gets what their own item alone raised.
        """
        await self._ask("write", work, (item,), together=True)

    async def _ask(self, queue: str, work: Callable[..., T], arguments: tuple[Any, ...], together: bool = False) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._asking:
            if not self._threads:
                raise RuntimeError("the database is not open")
            asked = self._asked.setdefault((queue, loop), [])
            asked.append(_Job(work, arguments, future, together))
            if len(asked) == 1:  # what else is asked in this round of the loop goes with it: one thread wakes once
                loop.call_soon(self._hand_over_asked, queue, loop)
        return await future

    def _hand_over_asked(self, queue: str, loop: asyncio.AbstractEventLoop) -> None:
        with self._asking:
            self._hand_over(queue, loop)

    def _hand_over(self, queue: str, loop: asyncio.AbstractEventLoop) -> None:
        asked = self._asked.pop((queue, loop), [])
        for begun in range(0, len(asked), GROUP):
            self._queues[queue].put(asked[begun : begun + GROUP])


def engine_of(url: str, begin: str, foreign_keys: str = "ON", isolation_level: str = "READ COMMITTED") -> Engine:
    """Return an engine; on SQLite its transactions start with `begin` and outlive a power cut (WAL, FULL).

    The isolation level is PostgreSQL's; on SQLite every transaction is a snapshot.
    """
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, isolation_level=isolation_level, pool_size=POOL, pool_recycle=3600)
    engine = create_engine(url, pool_size=POOL, pool_recycle=3600)

    @event.listens_for(engine, "connect")
    def connect(raw: Any, record: Any) -> None:
        raw.isolation_level = None  # the driver leaves BEGIN to us
        raw.execute(f"PRAGMA busy_timeout={BUSY_SECONDS}000")
        _use_wal(raw)
        for pragma in ("synchronous=FULL", f"foreign_keys={foreign_keys}"):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _use_wal(raw: Any) -> None:
    """Switch a new file to WAL. When several connections do so at once, SQLite makes all but one of them fail."""
    patience = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            raw.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                raise
            time.sleep(0.01)


def _serve(engine: Engine, queue: SimpleQueue[list[_Job] | None]) -> None:
    """Take the jobs that wait, run them together, tell their loops; until a None is taken."""
    while jobs := queue.get():
        while len(jobs) < GROUP:
            try:
                following = queue.get_nowait()
            except Empty:
                break
            if following is None:
                queue.put(None)
                break
            jobs += following
        _tell(_run(engine, jobs))


def _run(engine: Engine, jobs: Sequence[_Job], again: bool = True) -> list[_Outcome]:
    """Run all jobs in one transaction; when one fails, again in two halves, until the one that fails is alone.

    A commit that failed is not tried again: it may have happened all the same, its answer being lost.
    """
    working = False
    try:
        with engine.begin() as connection:
            working = True
            outcomes = _run_together(connection, jobs)
            _check_alive(connection)
            working = False
        return outcomes
    except BaseException as error:
        if working and len(jobs) > 1:
            middle = len(jobs) // 2
            return _run(engine, jobs[:middle]) + _run(engine, jobs[middle:])
        if working and again and getattr(error, "connection_invalidated", False):
            return _run(engine, jobs, again=False)  # the database was restarted; the engine connects anew
        return [_Outcome(job.future, None, error) for job in jobs]


def _run_together(connection: Connection, jobs: Sequence[_Job]) -> list[_Outcome]:
    items = defaultdict(list)
    for job in jobs:
        if job.together:
            items[job.work].append(job.arguments[0])
    for work, waiting in items.items():
        work(connection, waiting)
    return [_Outcome(job.future, None if job.together else job.work(connection, *job.arguments), None) for job in jobs]


def _check_alive(connection: Connection) -> None:
    """Raise when the transaction is no more: its COMMIT would do nothing, and say nothing.

    SQLite rolls all of it back when the disk is full; PostgreSQL when an error in it was caught and kept quiet.
    """
    raw: Any = connection.connection.dbapi_connection
    sqlite = connection.dialect.name == "sqlite"
    alive = raw.in_transaction if sqlite else raw.info.transaction_status.name != "INERROR"
    if not alive:
        raise RuntimeError("the transaction was rolled back by the database")


def _tell(outcomes: Sequence[_Outcome]) -> None:
    """Hand the outcomes to the loops that wait for them, one call a loop."""
    by_loop = defaultdict(list)
    for outcome in outcomes:
        by_loop[outcome.future.get_loop()].append(outcome)
    for loop, own in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(_settle, own)


def _settle(outcomes: Sequence[_Outcome]) -> None:
    for future, result, error in outcomes:
        if future.done():  # the caller has gone; the work is done all the same
            continue
        if error is None:
            future.set_result(result)
        elif isinstance(error, StopIteration):  # a future takes any exception but this
            future.set_exception(RuntimeError("work raised StopIteration"))
        else:
            future.set_exception(error)
