"""Zalo Bot polling: a message is forgotten there once it was read, and the platform may be away."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from structlog.testing import capture_logs

from bot.channels.zalo_bot import TRIES, ZaloBotPlatform
from handlers.messages import Inbound
from storage.database import Unreachable
from tests.fakes.mishaps import HTML, Mishap, serving
from tests.fakes.zalo_bot import FakeZaloBot, refused
from tests.live import free_port
from tests.test_zalo_bot_wire import UNUSED, settings_of


class Ear:
    """Receives messages, and fails or waits as it is told."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.tried: list[str] = []
        self.heard: asyncio.Queue[str] = asyncio.Queue()
        self.free = asyncio.Event()
        self.free.set()

    async def receive(self, inbound: Inbound) -> None:
        self.tried.append(inbound.text)
        await self.free.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.heard.put_nowait(inbound.text)

    async def next(self) -> str:
        async with asyncio.timeout(10):
            return await self.heard.get()


@asynccontextmanager
async def polling(base: str, ear: Ear) -> AsyncIterator["asyncio.Task[None]"]:
    """Poll the platform there."""
    platform = ZaloBotPlatform(settings_of(base, zalo_bot_user_cap=0), UNUSED, first_wait=0.01)
    listening = asyncio.create_task(platform.listen(ear.receive))
    try:
        yield listening
    finally:
        listening.cancel()
        with suppress(asyncio.CancelledError):
            await listening
        await platform.close()


async def until_tried(ear: Ear, times: int) -> None:
    async with asyncio.timeout(10):
        while len(ear.tried) < times:  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.01)


async def test_the_next_message_is_asked_for_only_when_the_last_is_recorded() -> None:
    fake, ear = FakeZaloBot(), Ear()
    async with serving(fake.application()) as base, polling(base, ear):
        ear.free.clear()
        await fake.write("một")
        await fake.write("hai")
        await until_tried(ear, 1)
        assert fake.calls == ["getUpdates"]
        ear.free.set()
        assert [await ear.next(), await ear.next()] == ["một", "hai"]


async def test_a_message_is_handed_in_until_the_database_is_back() -> None:
    away = [Unreachable("", {}, Exception()) for _ in range(TRIES + 2)]
    fake, ear = FakeZaloBot(), Ear(*away)
    async with serving(fake.application()) as base, polling(base, ear):
        await fake.write("một")
        assert await ear.next() == "một"
        assert fake.calls[: len(away)].count("getUpdates") <= 2


async def test_a_message_that_can_never_be_recorded_does_not_stop_the_others() -> None:
    fake, ear = FakeZaloBot(), Ear(*[ValueError() for _ in range(TRIES)])
    async with serving(fake.application()) as base, polling(base, ear):
        await fake.write("một")
        await fake.write("hai")
        assert await ear.next() == "hai"
    assert ear.tried == ["một"] * TRIES + ["hai"]


async def test_a_stop_waits_for_the_message_that_is_being_recorded() -> None:
    fake, ear = FakeZaloBot(), Ear()
    async with serving(fake.application()) as base, polling(base, ear) as listening:
        ear.free.clear()
        await fake.write("một")
        await until_tried(ear, 1)
        listening.cancel()
        asyncio.get_running_loop().call_later(0.05, ear.free.set)
        with suppress(asyncio.CancelledError):
            await listening
        assert ear.heard.get_nowait() == "một"


async def test_polling_outlives_a_platform_that_cannot_be_reached() -> None:
    fake, ear, port = FakeZaloBot(hold=0.05), Ear(), free_port()
    with capture_logs() as logs:
        async with polling(f"http://127.0.0.1:{port}", ear):
            async with asyncio.timeout(10):
                while not logs:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            await fake.write("một")
            async with serving(fake.application(), port):
                assert await ear.next() == "một"
    assert [entry["event"] for entry in logs[:2]] == ["cannot ask for messages", "asking for messages again"]


async def test_polling_outlives_every_answer_a_platform_gives() -> None:
    fake, ear = FakeZaloBot(hold=0.05), Ear()
    strange: list[Any] = [{"ok": True}, {"ok": True, "result": []}, {"ok": True, "result": "x"}, [], "null", HTML]
    fake.expect("getUpdates", refused(500), refused(403, 403), Mishap(502, HTML), Mishap(cut=True), refused(401))
    fake.expect("getUpdates", refused(408), refused(408, 408), *[Mishap(body=body) for body in strange])
    async with serving(fake.application()) as base, polling(base, ear):
        await fake.write("một")
        assert await ear.next() == "một"
    assert not fake.mishaps["getUpdates"]


async def test_nothing_new_is_no_trouble() -> None:
    fake, ear = FakeZaloBot(hold=0.02), Ear()
    fake.expect("getUpdates", Mishap(body={"ok": True}), Mishap(body={"ok": True, "result": {}}), refused(408))
    with capture_logs() as logs:
        async with serving(fake.application()) as base, polling(base, ear):
            async with asyncio.timeout(10):
                while fake.calls.count("getUpdates") < 6:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
    assert logs == []


async def test_while_a_webhook_is_set_polling_says_that_it_cannot() -> None:
    fake, ear = FakeZaloBot(webhook="https://other.example.invalid"), Ear()
    with capture_logs() as logs:
        async with serving(fake.application()) as base, polling(base, ear):
            async with asyncio.timeout(10):
                while fake.calls.count("getUpdates") < 3:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
    assert [(entry["event"], entry["reason"]) for entry in logs] == [("cannot ask for messages", "400")]
