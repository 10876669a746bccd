"""Zalo Bot within its caps: messages of a month, people of a bot; and how a webhook is set."""

import datetime as dt
import json
from dataclasses import dataclass

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy import update as change
from starlette.responses import Response
from structlog.testing import capture_logs

from bot.channels import zalo_bot
from bot.channels.base import PLENTY, SendFailed
from bot.channels.zalo_bot import ZaloBotPlatform
from bot.sender import Sender
from handlers.core import Core
from handlers.messages import Reply
from storage import deliveries as outbox
from storage.conversations import begin
from storage.database import Database
from storage.tables import deliveries
from tests.dialogue import NOON
from tests.fakes.mishaps import HTML, Mishap, serving
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa_people import Clock
from tests.test_zalo_bot import BOT, update
from tests.test_zalo_bot_sending import AT, HELLO, speaking
from tests.test_zalo_bot_wire import GENUINE, SECRET, SITE, UNUSED, posting, register, settings_of, talking

NOWHERE = "http://127.0.0.1:1"
OCTOBER = dt.datetime(2026, 10, 31, 16, 59, tzinfo=dt.UTC)
NOVEMBER = dt.datetime(2026, 10, 31, 17, 0, tzinfo=dt.UTC)
"""Midnight in Viet Nam."""


@pytest.mark.parametrize("error_status", [True, False], ids=["429 by status", "429 with status 200"])
@pytest.mark.parametrize("cap", [{"messages": 1}, {"users": 1}], ids=str)
async def test_over_a_cap_the_account_waits_for_the_next_hour(error_status: bool, cap: dict[str, int]) -> None:
    fake = FakeZaloBot(error_status=error_status)
    fake.messages, fake.users = cap.get("messages", 3000), cap.get("users", 50)
    async with speaking(fake) as platform:
        await fake.write("chào", "binh")
        await platform.outbound.send("an", HELLO)
        with pytest.raises(SendFailed) as failed:
            await platform.outbound.send("binh", HELLO)
    assert (failed.value.failure, failed.value.retry_in) == ("slow_down", 900)


@dataclass
class Spent:
    """A delivery as it stands."""

    status: str
    settled: dt.datetime | None = None
    due: dt.datetime = NOON
    messages: int | None = None  # none: one if it was sent


def spend(connection: Connection, account: str, *spent: Spent) -> None:
    """Record deliveries of an account."""
    address = f"{len(spent)} {spent[0].status}"
    conversation = begin(connection, "zalo_bot", account, address, NOON)
    same = {"conversation_id": conversation, "channel": "zalo_bot", "account": account, "lane": "answer", "reply": ""}
    for one in spent:
        times = {"settled_at": one.settled, "due_at": one.due, "created_at": one.due}
        messages = one.status == "sent" if one.messages is None else one.messages
        connection.execute(insert(deliveries).values(**same, **times, status=one.status, messages=int(messages)))


def say_at_length(connection: Connection) -> None:
    """Let all deliveries say something that takes three messages."""
    connection.execute(change(deliveries).values(reply=Reply("từ " * 1500).to_json()))


async def test_reminders_leave_a_tenth_of_the_month_to_answers(database: Database) -> None:
    room = ZaloBotPlatform(settings_of(NOWHERE, zalo_bot_monthly_cap=10), database).outbound.room
    assert await room(NOON) == 9
    await database.write(spend, BOT, Spent("sent", NOVEMBER, OCTOBER), Spent("sent", OCTOBER), Spent("failed", NOON))
    assert await room(NOON) == 8
    await database.write(spend, BOT, Spent("unsure", None), Spent("unsure", None, OCTOBER), Spent("queued"))
    assert await room(NOON) == 7
    await database.write(spend, "of another", *[Spent("sent", NOON)] * 20)
    assert await room(NOON) == 7
    await database.write(spend, BOT, *[Spent("claimed", None, OCTOBER)] * 9)
    assert await room(NOON) == 0
    assert await room(NOON + dt.timedelta(days=30)) == 0  # what is under way may leave in the new month


async def test_every_message_the_platform_took_counts_also_when_the_next_one_failed(database: Database) -> None:
    fake, counted = FakeZaloBot(), list[int]()
    fake.expect("sendMessage", Mishap(), Mishap(502, HTML))
    await database.write(spend, BOT, Spent("queued", due=AT))
    await database.write(say_at_length)
    await fake.write("chào", "1 queued")
    async with speaking(fake) as platform:
        for at in (AT, AT + dt.timedelta(seconds=5)):
            sender = Sender(database, platform.outbound, Clock(at))
            for delivery in await database.write(outbox.claim, "zalo_bot", BOT, "answer", at, 1):
                await sender._deliver(delivery)
            counted.append(await database.read(outbox.sent_since, "zalo_bot", BOT, AT))
    assert counted == [1, 4]
    assert len(fake.sent) == 4


async def test_a_cap_of_nought_is_none() -> None:
    platform = ZaloBotPlatform(settings_of(NOWHERE, zalo_bot_monthly_cap=0), UNUSED)
    assert await platform.outbound.room(NOON) == PLENTY


async def test_a_person_too_many_is_answered_and_warned_of_once(core: Core, database_url: str) -> None:
    fake = FakeZaloBot()
    with capture_logs() as logs:
        async with talking(core, database_url, fake, zalo_bot_user_cap=1) as talk:
            for person in ("an", "binh", "chi"):
                assert "Chào bà con" in await talk.say("#kp5", person)
    assert [(entry["people"], entry["cap"]) for entry in logs if "people" in entry] == [(2, 1)]


@pytest.mark.parametrize(("cap", "warned"), [(1, [0, 25]), (2, [25]), (3, []), (0, [])])
async def test_the_warning_comes_again_the_next_day(core: Core, cap: int, warned: list[int]) -> None:
    hours, seen = 0, []
    async with posting(core, lambda: NOON + dt.timedelta(hours=hours), zalo_bot_user_cap=cap) as client:
        for hours, people in ((0, 2), (23, 2), (25, 3)):
            with capture_logs() as logs:
                for person in range(people):
                    said = update("text", text="#kp5", chat={"id": f"nguoi-{person}"}, message_id=f"{hours}")
                    await client.post(zalo_bot.WEBHOOK, content=json.dumps(said), headers=GENUINE)
            seen += [hours for entry in logs if entry["event"] == "more people than the bot may have"]
    assert seen == warned


@pytest.mark.parametrize(
    ("url", "secret"),
    [(f"{SITE}/webhook/zalo-bot", "ngan"), (f"{SITE}/webhook/zalo-bot", "d" * 257), ("http://ward.example", SECRET)],
    ids=["short", "long", "no https"],
)
async def test_the_platform_refuses_a_webhook_that_is_not_safe(url: str, secret: str) -> None:
    fake = FakeZaloBot()
    async with serving(fake.application()) as base:
        assert (await register(base, url, secret))["error_code"] == 400
    assert fake.webhook == ""


async def test_the_platform_finds_the_webhook_by_an_empty_post(core: Core, database_url: str) -> None:
    fake = FakeZaloBot()
    async with talking(core, database_url, fake, webhook=True) as talk:
        assert talk.registered["verification"]["outcome"] == "webhook.ok"


async def test_the_platform_keeps_a_webhook_that_something_in_between_refuses() -> None:
    fake = FakeZaloBot(local_webhooks=True)
    async with serving(fake.application()) as base, serving(Response(status_code=403)) as wall:
        kept = (await register(base, wall))["result"]
    assert kept["verification"]["outcome"] == "webhook.http.403"
    assert fake.webhook == wall
