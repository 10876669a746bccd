"""Reading and writing: plain functions run on threads; all writes that wait together are committed together."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar, TypeVarTuple

from sqlalchemy import Connection, Engine, create_engine, event, make_url

GROUP = 64
"""Most jobs in one transaction: enough that the disk does not decide the pace, few enough to stay quick."""
BUSY_SECONDS = 30
READERS = 2
WRITERS = {"sqlite": 1, "postgresql": 3}

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class _Job(NamedTuple):
    work: Callable[..., Any]
    arguments: tuple[Any, ...]
    future: asyncio.Future[Any]


class _Outcome(NamedTuple):
    future: asyncio.Future[Any]
    result: Any
    error: BaseException | None


class Database:
    """Run work, plain functions `work(connection, *arguments)`, and await what they return.

    A write is awaited until its commit is on the disk. Work may be run a second time, in a transaction
    of its own, when other work of its group failed: it must do nothing but talk to its connection.
    """

    def __init__(self, url: str) -> None:
        """Prepare for a database URL as SQLAlchemy writes it; nothing is connected before `start`."""
        self._backend = make_url(url).get_backend_name()
        self._engines = {"write": _engine(url, "BEGIN IMMEDIATE"), "read": _engine(url, "BEGIN")}
        self._queues: dict[str, SimpleQueue[_Job | None]] = {"write": SimpleQueue(), "read": SimpleQueue()}
        self._threads: list[Thread] = []

    def start(self) -> None:
        """Start the threads. Threads of a program that dies do not keep it alive."""
        for name, count in (("write", WRITERS[self._backend]), ("read", READERS)):
            for number in range(count):
                arguments = (self._engines[name], self._queues[name])
                thread = Thread(target=_serve, args=arguments, name=f"{name}-{number}", daemon=True)
                thread.start()
                self._threads.append(thread)

    def close(self) -> None:
        """Finish what was asked for, then stop the threads and close the connections."""
        for thread in self._threads:
            self._queues[thread.name.partition("-")[0]].put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()
        for engine in self._engines.values():
            engine.dispose()

    async def read(self, work: Callable[[Connection, *Ts], T], *arguments: *Ts) -> T:
        """Return what `work` reads, all of it from one snapshot."""
        return await self._ask("read", work, arguments)

    async def write(self, work: Callable[[Connection, *Ts], T], *arguments: *Ts) -> T:
        """Return what `work` returns, after it has been committed; what it raises, it has not done."""
        return await self._ask("write", work, arguments)

    async def _ask(self, queue: str, work: Callable[..., T], arguments: tuple[Any, ...]) -> T:
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queues[queue].put(_Job(work, arguments, future))
        return await future


def _engine(url: str, begin: str) -> Engine:
    """Return an engine; on SQLite its transactions start with `begin` and outlive a power cut (WAL, FULL)."""
    engine = create_engine(url, pool_size=max(READERS, *WRITERS.values()), pool_recycle=3600)
    if engine.dialect.name != "sqlite":
        return engine

    @event.listens_for(engine, "connect")
    def connect(raw: Any, record: Any) -> None:
        raw.isolation_level = None  # the driver leaves BEGIN to us
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS}000"):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin_transaction(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _serve(engine: Engine, queue: SimpleQueue[_Job | None]) -> None:
    """Take the jobs that wait, run them together, tell their loops; until a None is taken."""
    while job := queue.get():
        jobs = [job]
        while len(jobs) < GROUP:
            try:
                following = queue.get_nowait()
            except Empty:
                break
            if following is None:
                queue.put(None)
                break
            jobs.append(following)
        _tell(_run(engine, jobs))


def _run(engine: Engine, jobs: Sequence[_Job]) -> list[_Outcome]:
    """Run all jobs in one transaction, hoping that none fails; if one does, again, each behind a savepoint."""
    try:
        with engine.begin() as connection:
            return [_Outcome(job.future, job.work(connection, *job.arguments), None) for job in jobs]
    except Exception as error:
        if len(jobs) == 1:
            return [_Outcome(jobs[0].future, None, error)]
    try:
        with engine.begin() as connection:
            return [_run_apart(connection, job) for job in jobs]
    except Exception as error:  # not even the transaction itself could be begun or committed
        return [_Outcome(job.future, None, error) for job in jobs]


def _run_apart(connection: Connection, job: _Job) -> _Outcome:
    try:
        with connection.begin_nested():
            return _Outcome(job.future, job.work(connection, *job.arguments), None)
    except Exception as error:
        return _Outcome(job.future, None, error)


def _tell(outcomes: Sequence[_Outcome]) -> None:
    """Hand the outcomes to the loops that wait for them, one call a loop."""
    by_loop = defaultdict(list)
    for outcome in outcomes:
        by_loop[outcome.future.get_loop()].append(outcome)
    for loop, own in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_settle, own)


def _settle(outcomes: Sequence[_Outcome]) -> None:
    for future, result, error in outcomes:
        if future.done():  # the caller has gone; the work is done all the same
            continue
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)
