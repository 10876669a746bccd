"""A stage for Zalo OA: the fake, the real adapter, the real core and the real sender, talking over the wire."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import Connection, select
from starlette.applications import Starlette

from bot.channels.zalo_oa import WEBHOOK, ZaloOaPlatform
from bot.channels.zalo_token import Tokens
from bot.sender import Sender
from bot.settings import Settings
from handlers.core import Core
from handlers.messages import Inbound, Reply
from storage.database import Database
from storage.tables import conversations, deliveries
from storage.tokens import Pair, load
from tests.dialogue import NOON
from tests.fakes.mishaps import serving
from tests.fakes.zalo_oa import FakeZaloOa, settings_for
from tests.fakes.zalo_oa_people import Clock, Person
from tests.fakes.zalo_oa_webhooks import OA_ID
from tests.pictures import found_in

HI = Reply("Xin chào")


@dataclass
class Stage:
    """Everything that takes part."""

    fake: FakeZaloOa
    clock: Clock
    settings: Settings
    database: Database
    platform: ZaloOaPlatform
    before: list[ZaloOaPlatform] = field(default_factory=list, kw_only=True)

    async def send(self, person: Person, reply: Reply = HI, urgent: bool = True) -> str:
        """Send a reply past the outbox; return the id of its last message."""
        return (await self.platform.outbound.send(person.id, reply, urgent))[-1]

    def restart(self, **changed: Any) -> None:
        """Begin anew with the same database, perhaps with other settings; what was connected is closed at the end."""
        self.settings = self.settings.model_copy(update=changed)
        self.before.append(self.platform)
        self.platform = ZaloOaPlatform(self.settings, self.database, self.clock, httpx2.Timeout(5))

    async def pair(self) -> Pair | None:
        """Return the token pair as it is stored."""
        return await self.database.read(load, "zalo_oa", OA_ID)


@dataclass
class Talk(Stage):
    """A stage on which residents are answered."""

    sender: Sender

    async def answer(self, person: Person, status: int = 200) -> dict[str, Any]:
        """Return the next message to a person, once it is there; `status` is what the webhook has answered."""
        assert status == 200
        await until(lambda: len(person.messages) > self.seen.get(person.id, 0))
        self.seen[person.id] = len(person.messages)
        return person.messages[-1]

    def __post_init__(self) -> None:
        self.seen: dict[str, int] = {}

    async def says(self, person: Person, text: str) -> dict[str, Any]:
        """Return the answer to something written."""
        return await self.answer(person, await self.fake.says(person, text))

    async def settled(self) -> list[str]:
        """Return the statuses of all deliveries, once none is on its way."""
        async with asyncio.timeout(10):
            while {"queued", "claimed"} & set(found := await self.database.read(statuses)):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return found


def settings_of(url: str, database_url: str = "sqlite:///unused", **changed: Any) -> Settings:
    """Return the settings of a product that talks to the fake at this address."""
    usual = {"ward_code": "phuong-thu", "zalo_oa_per_minute": 60_000, "database_url": database_url}
    return Settings(**{**usual, **settings_for(url), **changed}, _env_file=None)


@asynccontextmanager
async def staged(
    database: Database,
    switches: Mapping[str, Any] | None = None,
    seconds: float = 5,
    pictures: Path = Path("none"),
    **changed: Any,
) -> AsyncIterator[Stage]:
    """Give a fake with these switches, and a platform with these settings that waits for it at most so long."""
    clock = Clock(NOON)
    fake = FakeZaloOa(clock, **(switches or {}))
    async with serving(fake.app()) as url:
        settings = settings_of(url, **changed)
        platform = ZaloOaPlatform(settings, database, clock, httpx2.Timeout(seconds), found_in(pictures))
        await asyncio.sleep(0)  # now the fake listens
        stage = Stage(fake, clock, settings, database, platform)
        try:
            yield stage
        finally:
            for each in (*stage.before, stage.platform):
                await each.close()


@asynccontextmanager
async def talking(core: Core, switches: Mapping[str, Any] | None = None, **changed: Any) -> AsyncIterator[Talk]:
    """Give a stage on which the core answers through the outbox."""
    async with staged(core.house.database, switches, **changed) as stage:
        sender = Sender(stage.database, stage.platform.outbound, stage.clock)

        async def receive(inbound: Inbound) -> None:
            await core.answer(inbound)
            sender.wake()

        async with serving(Starlette(routes=stage.platform.routes(receive))) as ours:
            stage.fake.webhooks.url = ours + WEBHOOK
            running = asyncio.create_task(sender.run())
            await asyncio.sleep(0)
            try:
                yield Talk(stage.fake, stage.clock, stage.settings, stage.database, stage.platform, sender)
            finally:
                sender.stop()
                await running


@asynccontextmanager
async def tokens_of(stage: Stage, database: Database | None = None) -> AsyncIterator[Tokens]:
    """Give another holder of the stage's tokens, as another process would have."""
    async with httpx2.AsyncClient(timeout=1) as client:
        held = Tokens(stage.settings, database or stage.database, client, stage.clock)
        yield held
        await held.close()


def heard(stage: Stage) -> Person:
    """Return a person who has just written."""
    person = stage.fake.person()
    person.heard_at, person.free = stage.clock.now, 8
    return person


async def until(done: Callable[[], bool]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110  nobody tells when a person gets something
            await asyncio.sleep(0.005)


def statuses(connection: Connection) -> list[str]:
    return [row[0] for row in connection.execute(select(deliveries.c.status).order_by(deliveries.c.id))]


def gone(connection: Connection) -> list[bool]:
    return [row[0] is not None for row in connection.execute(select(conversations.c.gone_at))]
