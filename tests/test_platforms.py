"""Platforms at work: one sender an account among all processes, failures kept apart, a stop that finishes its work."""

import asyncio
import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Connection, select
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route
from starlette.testclient import TestClient

from bot.app import now
from bot.channels.base import PLENTY, Limits, Receive
from bot.platforms import configured, connected
from bot.settings import Settings
from handlers.core import Core
from handlers.messages import Inbound, Reply
from storage.alone import Alone
from storage.database import Database
from storage.tables import deliveries
from tests.spares import SERVER


@dataclass
class Post:
    """Sends into a list."""

    name: str
    sent: list[str] = field(default_factory=list)
    account: str = "phuong-thu"
    limits: Limits = field(default_factory=lambda: Limits(per_second=1000))

    async def room(self, now: dt.datetime) -> int:
        return PLENTY

    async def send(self, address: str, reply: Reply, urgent: bool = True) -> list[str]:
        self.sent.append(address)
        return ["1"]


@dataclass
class Wire:
    """A platform whose messages a test hands in."""

    outbound: Post
    failures: int = 0  # how often listening fails before it works
    listened: int = 0
    closed: bool = False
    receive: Receive | None = None

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        self.receive = receive

        async def nothing(_: object) -> None: ...

        return [Route(f"/webhook/{self.outbound.name}", nothing)]

    async def listen(self, receive: Receive) -> None:
        self.listened += 1
        if self.listened <= self.failures:
            raise ConnectionError("unreachable")
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.closed = True

    async def hear(self, address: str, event: str) -> None:
        """Receive a message from somebody."""
        assert self.receive
        await self.receive(Inbound(self.outbound.name, "phuong-thu", address, event, "/start", now(), immediate=False))


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.01)


async def test_a_message_in_gets_its_answer_out(core: Core, database_url: str) -> None:
    wire = Wire(Post("telegram"))
    async with connected([wire], core, database_url, again=0.05) as routes:
        assert [route.path for route in routes if isinstance(route, Route)] == ["/webhook/telegram"]
        await wire.hear("7", "u1")
        await until(lambda: wire.outbound.sent == ["7"])
    assert wire.closed


async def test_a_platform_that_cannot_be_reached_leaves_the_others_alone(core: Core, database_url: str) -> None:
    broken, well = Wire(Post("telegram"), failures=3), Wire(Post("zalo_oa"))
    async with connected([broken, well], core, database_url, again=0.02):
        await well.hear("5", "z1")
        await until(lambda: well.outbound.sent == ["5"])
        await until(lambda: broken.listened == 4)
        await broken.hear("7", "u1")
        await until(lambda: broken.outbound.sent == ["7"])


async def test_stopping_loses_nothing(core: Core, database: Database, database_url: str) -> None:
    wire = Wire(Post("telegram"))
    async with connected([wire], core, database_url, again=0.05):
        for number in range(30):
            await wire.hear(str(number), "u1")
    left = await database.read(_unsettled)
    assert len(wire.outbound.sent) + len(left) == 30
    assert set(left) <= {"queued"}


def _unsettled(connection: Connection) -> list[str]:
    statement = select(deliveries.c.status).where(deliveries.c.status != "sent")
    return [row[0] for row in connection.execute(statement)]


@pytest.mark.skipif(not SERVER, reason="several processes need PostgreSQL: set TEST_DATABASE_URL")
async def test_of_two_processes_one_sends_and_the_other_takes_over(core: Core, database_url: str) -> None:
    first, second = Wire(Post("telegram")), Wire(Post("telegram"))
    async with connected([second], core, database_url, again=0.05):
        await until(lambda: second.listened == 1)
        async with connected([first], core, database_url, again=0.05):
            await first.hear("7", "u1")  # any process may receive
            await until(lambda: second.outbound.sent == ["7"])
            assert first.listened == 0
    third = Wire(Post("telegram"))
    async with connected([third], core, database_url, again=0.05):
        await third.hear("8", "u1")
        await until(lambda: third.outbound.sent == ["8"])


@pytest.mark.skipif(not SERVER, reason="the lock is PostgreSQL's: set TEST_DATABASE_URL")
async def test_a_lock_is_lost_with_its_connection(database_url: str) -> None:
    holder, other = Alone(database_url, "telegram 1"), Alone(database_url, "telegram 1")
    assert holder.acquire()
    assert not other.acquire()
    another = Alone(database_url, "zalo_oa 1")
    assert another.acquire()
    another.release()
    holder.release()
    assert not holder.held()
    assert other.acquire()
    assert other.held()
    other.release()


async def test_without_any_token_there_is_no_platform_and_the_web_is_complete(database: Database, core: Core) -> None:
    assert configured(Settings(_env_file=None), database) == []
    async with connected([], core, "sqlite://") as routes:
        assert TestClient(Starlette(routes=routes)).get("/webhook/telegram").status_code == 404
