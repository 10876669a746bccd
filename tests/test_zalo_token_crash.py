"""The token pair of a Zalo OA when something dies: the commit, the process, the one who asked, a race with another."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from bot.channels.base import SendFailed
from storage import tokens
from storage.database import Database
from storage.tokens import Pair
from tests.dialogue import NOON
from tests.fakes.mishaps import Mishap
from tests.fakes.zalo_oa_server import ACCESS_LIFE
from tests.fakes.zalo_oa_webhooks import OA_ID
from tests.zalo_stage import heard, settings_of, staged, tokens_of, until

OLD = Pair("access-old", "refresh-old", NOON + ACCESS_LIFE, NOON)


class Failing(Database):
    """A database that cannot commit a token pair for some time."""

    failures = 0

    async def write(self, work, *arguments):  # type: ignore[no-untyped-def,override]  # noqa: ANN001, ANN002, ANN201
        if work is tokens.replace and self.failures:
            self.failures -= 1
            raise OperationalError("COMMIT", None, Exception("disk full"))
        return await super().write(work, *arguments)


@asynccontextmanager
async def failing(database_url: str, failures: int) -> AsyncIterator[Failing]:
    database = Failing(database_url)
    database.start()
    database.failures = failures
    yield database
    await asyncio.to_thread(database.close)


async def test_a_pair_is_not_used_before_it_is_committed_and_not_lost_when_it_cannot_be(
    database: Database, database_url: str
) -> None:
    async with (
        staged(database) as stage,
        failing(database_url, 2) as broken,
        tokens_of(stage, broken) as held,
    ):
        for _ in range(2):
            with pytest.raises(SendFailed) as raised:
                await held.access()
            assert (raised.value.failure, raised.value.reason) == ("passing", "database")
            assert await stage.pair() is None
        assert await held.access() == "access-1"
        assert stage.fake.renewals == 1
        assert await stage.pair() == Pair("access-1", "refresh-1", NOON + ACCESS_LIFE, NOON)


@pytest.mark.parametrize("forgives", [True, False])
async def test_a_crash_between_obtaining_and_committing_leaves_the_pair_before(
    database: Database, database_url: str, forgives: bool
) -> None:
    async with staged(database, {"forgives": forgives}) as stage:
        async with failing(database_url, 0) as broken, tokens_of(stage, broken) as dying:
            await dying.access()
            before = await stage.pair()
            broken.failures = 1
            stage.clock.move(hours=21)
            with pytest.raises(SendFailed):
                await dying.renewed("access-1")
            assert await stage.pair() == before
        async with tokens_of(stage) as restarted:  # the pair obtained is gone with the process
            if forgives:
                assert await restarted.access() == "access-3"
                return
            assert await restarted.access() == "access-1"  # as long as it lives
            with pytest.raises(SendFailed):
                await restarted.renewed("access-1")
        person = heard(stage)
        settings = settings_of(stage.settings.zalo_oa_api_base, zalo_oa_refresh_token=stage.fake.refresh)
        async with tokens_of(replace(stage, settings=settings)) as consented:
            assert await consented.access() == "access-3"
        assert await stage.send(person)


async def test_whoever_is_cancelled_does_not_take_the_renewal_along(database: Database) -> None:
    async with staged(database) as stage, tokens_of(stage) as held:
        stage.fake.token_mishaps.append(Mishap(wait=0.1))
        asking = asyncio.create_task(held.access())
        while not held._renewal:  # noqa: ASYNC110  nobody tells
            await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await stage.pair() is None
        await held.close()
        assert (pair := await stage.pair())
        assert pair.access == "access-1"


async def test_two_processes_end_up_with_the_same_pair(database: Database, database_url: str) -> None:
    other = Database(database_url)
    other.start()
    async with staged(database) as stage, tokens_of(stage) as one, tokens_of(stage, other) as two:
        for hours, number in ((0, 1), (21, 2), (30, 3)):
            stage.clock.move(hours=hours)
            asked = await asyncio.gather(one.access(), two.access(), return_exceptions=True)
            stage.clock.move(minutes=6)
            assert f"access-{number}" in asked
            assert await one.access() == await two.access() == f"access-{number}"
            assert (pair := await stage.pair())
            assert pair.failed_at is None
        assert stage.fake.renewals == 3
    await asyncio.to_thread(other.close)


async def test_of_two_processes_the_slower_takes_the_pair_of_the_quicker(database: Database) -> None:
    async with staged(database) as stage, tokens_of(stage) as quick, tokens_of(stage) as slow:
        await quick.access()
        stage.clock.move(hours=26)
        stage.fake.token_mishaps.append(Mishap(wait=0.2))
        waiting = asyncio.create_task(slow.access())
        await until(lambda: not stage.fake.token_mishaps)
        assert await quick.access() == "access-2"
        assert await waiting == "access-2"
        assert (pair := await stage.pair())
        assert pair.failed_at is None


async def test_of_two_new_pairs_the_one_committed_first_stays(database: Database) -> None:
    def both(connection: Connection) -> tuple[bool, bool]:
        first = tokens.replace(connection, "zalo_oa", OA_ID, replace(OLD, access="one", refresh="r1"), "refresh-old")
        second = tokens.replace(connection, "zalo_oa", OA_ID, replace(OLD, access="two", refresh="r2"), "refresh-old")
        return first, second

    assert await database.write(tokens.replace, "zalo_oa", OA_ID, OLD, "")
    assert not await database.write(tokens.replace, "zalo_oa", OA_ID, OLD, "")
    assert await database.write(both) == (True, False)
    kept = await database.read(tokens.load, "zalo_oa", OA_ID)
    assert kept == replace(OLD, access="one", refresh="r1", previous_refresh="refresh-old")
