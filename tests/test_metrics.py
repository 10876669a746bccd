"""Metrics: turns and deliveries counted, told to this machine alone, and nothing of any person."""

import asyncio
import datetime as dt
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.routing import BaseRoute

from bot.app import now
from bot.channels.base import PLENTY, Limits, Receive, SendFailed
from bot.metrics import MeasuredCore, Meters, measured
from bot.platforms import connected
from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.messages import Reply
from handlers.speech import known_words
from handlers.turn import Turn
from storage.database import Database
from tests.dialogue import Resident
from tests.live import QUESTIONS, free_port, running
from tests.test_health import LATER, queued


def told(port: int) -> dict[tuple[str, ...], float]:
    """Return the metrics: name and label values, then the value."""
    text = httpx2.get(f"http://127.0.0.1:{port}/metrics").text
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert {label for sample in samples for label in sample.labels} <= {"channel", "lane", "status", "grade", "le"}
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


class Post:
    """A platform that takes a message, or fails in a way."""

    name, account, limits = "telegram", "1", Limits(per_second=1000)

    def __init__(self) -> None:
        self.outbound = self
        self.failures: list[SendFailed] = []
        self.closed = False

    async def room(self, now: dt.datetime) -> int:
        return PLENTY

    async def send(self, address: str, reply: Reply, urgent: bool = True) -> list[str]:
        if self.failures:
            raise self.failures.pop()
        return ["1"]

    def routes(self, receive: Receive) -> list[BaseRoute]:
        self.receive = receive
        return []

    async def listen(self, receive: Receive) -> None:
        await asyncio.Event().wait()

    async def close(self) -> None:
        self.closed = True


async def until(found: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not await asyncio.to_thread(found):  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.02)


async def test_turns_and_deliveries_are_counted(core: Core, database_url: str) -> None:
    port, post = free_port(), Post()
    post.failures = [SendFailed("unsure", "timeout")]
    with measured(core, [post], port, lambda: LATER) as (counted, platforms):
        async with connected(platforms, counted, database_url, again=0.05):
            await post.receive(replace(queued(core, address="7"), at=now()))
            await until(lambda: told(port).get(("hocvuso_deliveries_total", "telegram", "unsure")) == 1)
            await post.receive(replace(queued(core, address="8"), at=now()))
            await until(lambda: told(port).get(("hocvuso_deliveries_total", "telegram", "sent")) == 1)
        await Resident(counted).join()
        found = await asyncio.to_thread(told, port)
    assert post.closed
    assert found["hocvuso_turns_total", "telegram"] == found["hocvuso_turn_seconds_count", "telegram"] == 2
    assert found["hocvuso_turns_total", "console"] == 5
    assert found["hocvuso_turn_failures_total", "telegram"] == 0
    assert (found["hocvuso_residents",], found["hocvuso_database_up",]) == (1, 1)


async def test_what_is_stored_is_counted(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("/quiz first_steps", "/answer first_steps 1 1", "/answer first_steps 2 3")
    await core.answer(queued(core, address="so-0900123456"))
    port = free_port()
    with measured(core, [Post()], port, lambda: LATER):
        found = await asyncio.to_thread(told, port)
        page = await asyncio.to_thread(lambda: httpx2.get(f"http://127.0.0.1:{port}/metrics").text)
    assert found["hocvuso_completions", "passed"] == 1
    assert found["hocvuso_deliveries_waiting", "telegram", "answer"] == 1
    assert found["hocvuso_outbox_age_seconds",] == 90
    assert not any(word in page for word in ("0900", "ba-tu", "kp5", "first_steps", "phuong"))


async def test_a_turn_that_fails_is_counted_though_it_is_answered(core: Core) -> None:
    async def fail(turn: Turn, *_: str) -> Reply:
        raise ZeroDivisionError

    port = free_port()
    with measured(core, [], port, lambda: LATER):
        pass  # only to see below that the port is free again
    with measured(core, [], port, lambda: LATER) as (counted, _):
        assert isinstance(counted, MeasuredCore)
        meters: Meters = counted._meters
        failing = MeasuredCore(core.house, {**COMMANDS, "menu": fail}, known_words(), meters)
        await Resident(failing, address="a").say("/menu")
        await Resident(failing, address="b").say("/start")
        found = await asyncio.to_thread(told, port)
    assert (found["hocvuso_turns_total", "console"], found["hocvuso_turn_failures_total", "console"]) == (2, 1)


async def test_metrics_are_told_though_the_database_is_closed(core: Core, database: Database) -> None:
    port = free_port()
    with measured(core, [], port, lambda: LATER):
        await asyncio.to_thread(database.close)
        found = await asyncio.to_thread(told, port)
    assert found == {("hocvuso_database_up",): 0}


def test_the_program_serves_health_and_where_it_is_told_to_metrics_to_this_machine_alone(
    database_url: str, tmp_path: Path
) -> None:
    port = free_port()
    with running(database_url, tmp_path, metrics_port=port, faq_dir=QUESTIONS) as live:
        assert httpx2.get(f"{live.url}/health").json()["status"] == "ok"
        assert told(port)["hocvuso_database_up",] == 1
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.2", port)):
            pass
        assert live.stop() == 0
