"""Health: what watches over the program is told the truth, soon, and nothing about anybody."""

import asyncio
import datetime as dt
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from httpx2 import ASGITransport, AsyncClient
from sqlalchemy import Connection, create_engine, insert, text
from starlette.applications import Starlette

from bot.health import ANSWER_SECONDS, Health
from bot.settings import Settings
from handlers.core import Core
from handlers.messages import Inbound
from storage.database import THREADS, Database
from storage.health import glance, missing
from storage.migrate import Standing, standing
from storage.tables import deliveries, tokens
from tests.dialogue import NOON, Resident
from tests.spares import SERVER
from tests.visits import client_of

LATER = NOON + dt.timedelta(seconds=90)
SETTINGS = Settings(_env_file=None, telegram_token="1:a", zalo_oa_id="5")  # noqa: S106


async def asked(database: Database, now: dt.datetime = LATER, settings: Settings = SETTINGS) -> httpx2.Response:
    """Return what /health answers at a time."""
    async with client(Health(database, settings, lambda: now)) as asking:
        return await asking.get("/health")


def client(health: Health) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app=Starlette(routes=health.routes())), base_url="http://ward.test")


def queued(core: Core, channel: str = "telegram", address: str = "7") -> Inbound:
    """Return a message whose answer is to be sent."""
    return Inbound(channel, "1", address, "u1", "/start", NOON, immediate=False)


async def keep_token(database: Database, **values: Any) -> None:
    row = {"access": "bimat", "refresh": "bimat", "changed_at": NOON, "expires_at": NOON + dt.timedelta(hours=25)}

    def write(connection: Connection) -> None:
        connection.execute(insert(tokens).values(channel="zalo_oa", account="5", **{**row, **values}))

    await database.write(write)


async def test_health_is_well_and_never_kept(core: Core) -> None:
    async with client_of(core) as asking:
        found = await asking.get("/health")
    assert (found.status_code, found.headers["cache-control"]) == (200, "no-store")
    assert found.json() == {
        "status": "ok",
        "database": "ok",
        "outbox_seconds": 0,
        "last_event": {},
        "token_age_seconds": None,
    }


async def test_health_tells_when_each_channel_was_heard_and_nobody_s_name(core: Core, database: Database) -> None:
    await Resident(core, "ba-tu", now=NOON).say("xin chào 0900123456")
    await Resident(core, "ong-sau", "web", now=NOON + dt.timedelta(seconds=30)).say("xin chào")
    found = await asked(database)
    assert found.json()["last_event"] == {"console": 90, "web": 60}
    assert not any(word in found.text for word in ("ba-tu", "ong-sau", "0900", "phuong"))


async def test_an_answer_that_does_not_leave_is_a_sign_of_trouble(core: Core, database: Database) -> None:
    await core.answer(queued(core))
    early = (await asked(database, NOON + dt.timedelta(seconds=60))).json()
    assert (early["status"], early["outbox_seconds"]) == ("ok", 60)
    late = await asked(database)
    assert (late.status_code, late.json()["status"], late.json()["outbox_seconds"]) == (200, "degraded", 90)


async def test_what_waits_for_a_channel_that_was_given_up_is_no_trouble(core: Core, database: Database) -> None:
    await core.answer(queued(core, "zalo_bot"))
    assert (await asked(database)).json()["outbox_seconds"] == 0


async def test_reminders_may_wait(core: Core, database: Database) -> None:
    await core.answer(queued(core))
    await database.write(lambda connection: connection.execute(deliveries.update().values(lane="campaign")))
    assert (await asked(database)).json()["outbox_seconds"] == 0


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({}, "ok"),
        ({"failed_at": NOON}, "degraded"),
        ({"expires_at": NOON + dt.timedelta(seconds=80)}, "degraded"),
        ({"account": "6", "failed_at": NOON}, "ok"),
    ],
)
async def test_a_token_pair_that_is_not_renewed_is_a_sign_of_trouble(
    database: Database, values: dict[str, Any], status: str
) -> None:
    if values.pop("account", "") == "6":  # of another official account
        other = Settings(_env_file=None, zalo_oa_id="6")
        await keep_token(database, **values)
        found = (await asked(database, settings=other)).json()
        assert (found["status"], found["token_age_seconds"]) == (status, None)
        return
    await keep_token(database, **values)
    found = (await asked(database)).json()
    assert (found["status"], found["token_age_seconds"]) == (status, 90)


class Held:
    """Keeps the threads of a database that do one thing busy, until they are let go."""

    def __init__(self) -> None:
        self._gate, self._begun = threading.Event(), threading.Semaphore(0)
        self._work: list[asyncio.Task[None]] = []

    async def hold(self, ask: Callable[..., Any], threads: int) -> "Held":
        for _ in range(threads):
            self._work.append(asyncio.create_task(ask(self._wait)))
            await asyncio.to_thread(self._begun.acquire)
        return self

    def _wait(self, connection: Connection) -> None:
        self._begun.release()
        self._gate.wait(20)

    async def let_go(self) -> None:
        self._gate.set()
        await asyncio.gather(*self._work)


async def test_a_database_that_hangs_is_told_within_a_second_and_so_is_its_recovery(database: Database) -> None:
    held = await Held().hold(database.read, THREADS[database._backend]["read"])
    async with client(Health(database, SETTINGS, lambda: NOON)) as asking:
        begun = time.perf_counter()
        answers = await asyncio.gather(*(asking.get("/health") for _ in range(20)))
        assert time.perf_counter() - begun < ANSWER_SECONDS + 1 < 2  # all at once, and not one after the other
        assert {answer.status_code for answer in answers} == {503}
        assert answers[0].json()["status"] == answers[0].json()["database"] == "down"
        assert answers[0].json()["outbox_seconds"] is None
        await held.let_go()
        again = await asking.get("/health")
    assert (again.status_code, again.json()["database"]) == (200, "ok")


async def test_a_database_that_does_not_write_is_told_apart_from_one_that_is_gone(database: Database) -> None:
    held = await Held().hold(database.write, THREADS[database._backend]["write"])
    found = await asked(database)
    assert (found.status_code, found.json()["status"], found.json()["database"]) == (200, "degraded", "busy")
    await held.let_go()


async def test_a_database_that_is_closed_is_down(database_url: str) -> None:
    found = await asked(Database(database_url))
    assert (found.status_code, found.json()["database"]) == (503, "down")


async def test_asking_often_costs_the_database_one_look(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.health.ANSWER_SECONDS", 20)  # looks are counted here; how soon it answers, above
    looks = []

    class Watched(Database):
        async def _ask(self, queue: str, work: Any, arguments: Any, together: bool = False) -> Any:
            looks.append(queue)
            return await super()._ask(queue, work, arguments, together)

    watched = Watched(database_url)
    watched.start()
    async with client(Health(watched, SETTINGS, lambda: NOON)) as asking:
        for _ in range(3):
            answers = await asyncio.gather(*(asking.get("/health") for _ in range(50)))
            assert {answer.status_code for answer in answers} == {200}
    watched.close()
    assert looks.count("read") == looks.count("write") <= 3  # one a second


def change(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("SELECT 1", "current"),
        ("UPDATE alembic_version SET version_num = 'f9f9f9'", "newer"),
        ("DROP TABLE alembic_version", "empty"),
    ],
)
def test_it_is_seen_of_which_version_the_tables_are(database_url: str, statement: str, expected: Standing) -> None:
    change(database_url, statement)
    assert glance(database_url, standing) == expected


def test_a_glance_cannot_write(database_url: str) -> None:
    with pytest.raises(Exception, match=r"read.?only"):
        glance(database_url, lambda connection: connection.execute(text("DELETE FROM wards")))


@pytest.mark.skipif(bool(SERVER), reason="files are SQLite's")
async def test_a_glance_leaves_no_file_behind(database_url: str, tmp_path: Path) -> None:
    assert missing(f"sqlite:///{tmp_path}/none.sqlite3")
    for _ in range(2):  # nobody has the file open; then the program has
        before = sorted(tmp_path.iterdir())
        assert glance(database_url, standing) == "current"
        assert sorted(tmp_path.iterdir()) == before
        database = Database(database_url)
        database.start()
        await database.write(lambda connection: connection.execute(text("DELETE FROM wards")))
    database.close()
