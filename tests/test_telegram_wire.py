"""Telegram over the wire: both real libraries, the real core and sender, and a Telegram on localhost."""

import asyncio
import importlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.channels.base import Receive
from bot.channels.telegram import TelegramPlatform
from bot.channels.telegram_out import AT_ONCE
from bot.platforms import connected
from bot.settings import Settings
from handlers.core import Core
from handlers.messages import Inbound
from storage.database import Database
from tests.dialogue import Resident, stored
from tests.fakes.mishaps import HTML, Mishap, serving
from tests.fakes.telegram import GROUP, USERNAME, FakeTelegram, Sent
from tests.fakes.telegram_wire import refused, too_many
from tests.live import free_port

QUICK = (0.02, 0.1)
COMPLETE = "__pydantic_complete__"


@dataclass
class Line:
    """A Telegram, the program connected to it, and somebody with a phone."""

    fake: FakeTelegram
    database: Database

    async def say(self, text: str, by: int = 7, **more: Any) -> Sent:
        """Write; return the answer."""
        return await self._answer(lambda: self.fake.say(text, by, **more))

    async def tap(self, *buttons: str, by: int = 7) -> Sent:
        """Tap one button after the other, each of the last answer; return the last answer."""
        for button in buttons:
            sent = await self._answer(lambda button=button: self.fake.tap(button, by))  # type: ignore[misc]
        return sent

    async def _answer(self, act: Callable[[], object]) -> Sent:
        before = len(self.fake.sent)
        act()
        await until(lambda: len(self.fake.sent) > before)
        return self.fake.sent[-1]

    async def settled(self, *statuses: str) -> None:
        """Wait until all deliveries have one of these statuses, and each is there."""
        async with asyncio.timeout(10):
            while {row["status"] for row in await self.rows("deliveries")} != set(statuses):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    async def gone(self, address: str = "7") -> bool:
        """Return whether somebody is marked as gone."""
        found = await self.rows("conversations")
        return any(row["gone_at"] for row in found if row["address"] == address)

    async def rows(self, table: str) -> list[Any]:
        """Return what is stored in a table."""
        return (await stored(self.database))[table]


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.005)


def settings_of(base: str, fake: FakeTelegram, **more: Any) -> Settings:
    usual = {"telegram_token": fake.token, "telegram_api_base": base, "telegram_per_second": 1000}
    return Settings(_env_file=None, **{**usual, **more})


@asynccontextmanager
async def connection(core: Core, url: str, base: str, fake: FakeTelegram, **more: Any) -> AsyncIterator[Line]:
    """Connect the program to a Telegram."""
    platform = TelegramPlatform(settings_of(base, fake, **more), core.house.database, waits=QUICK)
    async with connected([platform], core, url, again=0.05):
        yield Line(fake, core.house.database)


@pytest.fixture
async def line(core: Core, database_url: str) -> AsyncIterator[Line]:
    """Give a program connected to a Telegram."""
    fake = FakeTelegram()
    async with serving(fake.application()) as base, connection(core, database_url, base, fake) as line:
        yield line


JOIN = ("1", "1", "1", "2")
"""The taps from the welcome to the menu: begin, agree, this neighbourhood, no reminders."""
LEARN = ("/lesson first_steps", "1", "1", "1", "/answer first_steps 1 1", "/answer first_steps 2 3")


async def test_a_resident_joins_learns_and_passes_by_tapping(line: Line) -> None:
    await line.say("/start kp5")
    passed = await line.tap(*JOIN, *LEARN)
    assert "đạt" in passed.text
    grades = {(row["topic"], row["grade"], row["channel"]) for row in await line.rows("completions")}
    assert grades == {("first_steps", "learned", "telegram"), ("first_steps", "passed", "telegram")}
    await until(lambda: len(line.fake.answered) == len(JOIN + LEARN))
    assert "getMe" not in line.fake.calls
    await line.settled("sent")


async def test_typing_the_number_is_tapping_the_button(line: Line) -> None:
    await line.say("/start kp5")
    assert (await line.say("1")).buttons == (await line.tap("0", "1")).buttons


async def test_what_is_no_text_gets_a_kind_answer(line: Line) -> None:
    await line.say("/start")
    assert "chưa xem được hình" in (await line.say("", photo=[{}])).text
    assert "chưa nghe được" in (await line.say("", voice={})).text
    assert "Mình đi tiếp nhé" in (await line.say("", sticker={})).text


async def test_in_a_group_the_bot_answers_who_speaks_to_it_and_nobody_else(line: Line) -> None:
    line.fake.say("Mai họp tổ lúc mấy giờ?", 7, GROUP)
    welcome = await line.say(f"@{USERNAME} chào tổ số", 7, group=GROUP)
    line.fake.say("Cảm ơn anh", 8, GROUP)
    menu = await line.say(f"/menu@{USERNAME}", 8, group=GROUP)
    assert (welcome.chat, menu.chat) == (str(GROUP), str(GROUP))
    assert len(line.fake.sent) == 2
    assert line.fake.calls.count("getMe") == 1
    assert {row["address"] for row in await line.rows("conversations")} == {f"{GROUP}:7", f"{GROUP}:8"}


async def test_the_same_update_twice_is_one_turn(line: Line) -> None:
    update = line.fake.say("/start")
    line.fake.push(update)
    await until(lambda: len(line.fake.sent) == 1)
    await line.say("/lessons")
    assert len(line.fake.sent) == 2
    assert len(await line.rows("seen")) == 2


async def test_whoever_writes_while_the_program_is_stopped_is_answered_once_it_runs(
    core: Core, database_url: str
) -> None:
    fake = FakeTelegram()
    async with serving(fake.application()) as base:
        for number in range(2):
            async with connection(core, database_url, base, fake) as line:
                await line.say("/start")
                await until(lambda: fake.waiting == 0)
                fake.say("/lessons")  # perhaps received, perhaps not
            fake.say("/mydata", 8)
            async with connection(core, database_url, base, fake) as line:
                await until(lambda number=number: len(fake.sent) == 3 * (number + 1))  # type: ignore[misc]
        assert len(await line.rows("seen")) == len(fake.sent) == 6


async def test_an_update_is_confirmed_only_after_it_is_recorded(database: Database) -> None:
    fake, received = FakeTelegram(), []

    async def receive(inbound: Inbound) -> None:
        received.append((inbound.text, fake.waiting))
        if len(received) < 3:
            raise RuntimeError("the database is away")

    fake.say("một")
    fake.say("hai")
    async with serving(fake.application()) as base, listening(base, fake, database, receive):
        await until(lambda: fake.waiting == 0)
    assert received == [("một", 2), ("một", 2), ("một", 2), ("hai", 2)]


async def test_after_a_quiet_week_telegram_may_count_from_a_lower_number(core: Core, database_url: str) -> None:
    fake = FakeTelegram(hold=0.02)
    async with serving(fake.application()) as base, connection(core, database_url, base, fake) as line:
        await line.say("/start")
        asked = len(fake.calls)
        await until(lambda: fake.calls[asked:].count("getUpdates") == 3)
        await line.say("/lessons", update_id=5)
    assert fake.allowed == ["message", "callback_query", "my_chat_member"]


@asynccontextmanager
async def listening(base: str, fake: FakeTelegram, database: Database, receive: Receive) -> AsyncIterator[None]:
    """Run nothing but the listening."""
    platform = TelegramPlatform(settings_of(base, fake), database, waits=QUICK)
    task = asyncio.create_task(platform.listen(receive))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await platform.close()


async def test_polling_outlives_whatever_telegram_answers(line: Line, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    line.fake.expect(
        "getUpdates",
        Mishap(502, HTML),
        Mishap(200, HTML),
        Mishap(200, {"ok": True}),
        Mishap(200, {"ok": True, "result": {"a": 1}}),
        Mishap(200, {"ok": True, "result": [3]}),
        Mishap(cut=True),
        refused(401, "Unauthorized"),
        refused(409, "Conflict: terminated by other getUpdates request"),
        too_many(1),
    )
    line.fake.expect("answerCallbackQuery", Mishap(502, HTML), Mishap(cut=True))
    with capture_logs() as logs:
        await line.say("/start")
        await line.tap("1", "0", "1")
        await until(lambda: not any(line.fake.mishaps.values()))
    assert [entry["event"] for entry in logs] == ["listening fails", "listening again"]
    assert line.fake.token not in f"{logs}{caplog.text}"
    assert "never retrieved" not in caplog.text


async def test_while_telegram_cannot_be_reached_everything_else_goes_on(core: Core, database_url: str) -> None:
    fake, port = FakeTelegram(hold=0.1), free_port()
    async with connection(core, database_url, f"http://127.0.0.1:{port}", fake) as line:
        assert await Resident(core).join()
        fake.say("/start")
        async with serving(fake.application(), port):
            await until(lambda: len(fake.sent) == 1)
            assert fake.sent[0].chat == "7"
            await line.settled("sent")


async def test_a_webhook_left_behind_makes_way_for_polling(core: Core, database_url: str) -> None:
    fake = FakeTelegram(webhook={"url": "https://old.test"})
    async with serving(fake.application()) as base, connection(core, database_url, base, fake) as line:
        await line.say("/start")
    assert fake.webhook == {}


async def test_with_a_public_address_and_a_secret_telegram_is_told_to_bring_updates(
    core: Core, database_url: str
) -> None:
    fake = FakeTelegram()
    fake.expect("setWebhook", Mishap(502, HTML))
    secret = "Bi-mat_2026"  # noqa: S105
    public = {"public_url": "https://ward.test", "telegram_webhook_secret": secret}
    async with serving(fake.application()) as base, connection(core, database_url, base, fake, **public):
        await until(lambda: bool(fake.webhook))
    assert fake.webhook["url"] == "https://ward.test/webhook/telegram"
    assert fake.webhook["secret_token"] == secret
    assert json.loads(fake.webhook["allowed_updates"]) == ["message", "callback_query", "my_chat_member"]
    assert "getUpdates" not in fake.calls


async def test_when_told_to_slow_down_nothing_leaves_but_what_was_under_way(line: Line) -> None:
    line.fake.per_second = 6
    for person in range(1, 11):
        line.fake.say("/start", person)
    await until(lambda: len(line.fake.sent) == 10)
    first = line.fake.slowed[0]
    assert len([at for at in line.fake.slowed if at < first + line.fake.penalty]) <= AT_ONCE
    assert not [sent for sent in line.fake.sent if first < sent.at < first + line.fake.penalty]
    assert sorted(sent.chat for sent in line.fake.sent) == sorted(str(person) for person in range(1, 11))


async def test_at_its_own_pace_nobody_has_to_be_told_to_slow_down(core: Core, database_url: str) -> None:
    fake = FakeTelegram(per_second=30)
    async with (
        serving(fake.application()) as base,
        connection(core, database_url, base, fake, telegram_per_second=27),  # others work on this machine as well
    ):
        for person in range(1, 35):
            fake.say("/start", person)
        await until(lambda: len(fake.sent) == 34)
    assert fake.slowed == []


async def test_who_blocked_the_bot_is_marked_gone_and_welcome_back(line: Line) -> None:
    await line.say("/start")
    line.fake.blocked.add("7")
    line.fake.say("/lessons")
    await line.settled("sent", "gone")
    assert await line.gone()
    line.fake.blocked.clear()
    await line.say("/start")
    assert not await line.gone()
    line.fake.block()
    line.fake.say("/start", 8)  # taken after what came before
    await until(lambda: line.fake.sent[-1].chat == "8")
    assert await line.gone()


def test_the_types_of_all_that_telegram_knows_are_not_built() -> None:
    assert importlib.import_module("bot.channels.telegram_in").ALLOWED_UPDATES
    types = [kind for kind in vars(importlib.import_module("aiogram.types")).values() if hasattr(kind, COMPLETE)]
    assert len([kind for kind in types if not getattr(kind, COMPLETE)]) > 300
