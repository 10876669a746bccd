"""The database among event loops: shared by several, and undisturbed by one that is gone."""

import asyncio
from typing import Any

import pytest

from storage.database import Database
from tests.test_database import COUNT, add, codes, occupy


async def test_two_event_loops_share_a_database(database: Database) -> None:
    async def ask(name: str) -> list[str]:
        return await asyncio.gather(*(database.write(add, f"{name}{number}") for number in range(40)))

    here, there = await asyncio.gather(ask("a"), asyncio.to_thread(asyncio.run, ask("b")))
    assert (here, there) == ([f"a{number}" for number in range(40)], [f"b{number}" for number in range(40)])
    assert len(await database.read(codes)) == 80


class Vanishing(asyncio.SelectorEventLoop):
    """A loop that closes while it is being told something from another thread."""

    def call_soon_threadsafe(self, *_: Any, **__: Any) -> asyncio.Handle:  # type: ignore[override]
        raise RuntimeError("Event loop is closed")


@pytest.mark.parametrize("make", [asyncio.SelectorEventLoop, Vanishing])
async def test_a_loop_that_is_gone_does_not_stop_the_writers(
    database: Database, make: type[asyncio.SelectorEventLoop]
) -> None:
    free = await occupy(database)

    def ask_and_go() -> asyncio.Task[str]:
        loop = make()
        asked = loop.create_task(database.write(add, "a"))
        loop.run_until_complete(asyncio.wait({asked}, timeout=0))
        loop.close()
        return asked

    asked = await asyncio.to_thread(ask_and_go)
    for release in free:
        release()
    for number in range(COUNT + 1):  # more than there are writers
        await asyncio.wait_for(database.write(add, f"w{number}"), 10)
    assert not asked.done()
    assert "a" in await database.read(codes)


async def test_a_loop_that_stops_right_after_asking_does_not_stop_the_others(database: Database) -> None:
    def ask_and_stop() -> None:
        loop = asyncio.new_event_loop()
        asked.append(loop.create_task(database.write(add, "a")))
        loop.call_soon(loop.stop)
        loop.run_forever()
        loop.close()

    asked: list[asyncio.Task[str]] = []
    await asyncio.to_thread(ask_and_stop)
    assert await asyncio.wait_for(database.write(add, "b"), 10) == "b"
