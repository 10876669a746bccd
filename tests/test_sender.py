"""The sender: order, lanes, failures and what a crash leaves, with a channel that records what it is given."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select
from structlog.testing import capture_logs

from bot.channels.base import PLENTY, Limits, SendFailed
from bot.sender import Sender
from handlers.core import Core
from handlers.messages import Inbound, Reply
from storage import deliveries as outbox
from storage.database import Database
from storage.tables import conversations, deliveries
from tests.dialogue import NOON

Row = tuple[str, str | None, str | None]


@dataclass
class Recorder:
    """A channel that keeps what it sends, and fails as it is told."""

    failures: dict[str, SendFailed] = field(default_factory=dict)  # by address, once
    sent: list[tuple[str, str]] = field(default_factory=list)
    limits: Limits = field(default_factory=lambda: Limits(per_second=2000))
    name: str = "telegram"
    account: str = "bot"

    async def room(self, now: dt.datetime) -> int:
        return PLENTY

    async def send(self, address: str, reply: Reply, urgent: bool = True) -> list[str]:
        await asyncio.sleep(0)
        if failure := self.failures.pop(address, None):
            raise failure
        self.sent.append((address, reply.text))
        return [f"message-{len(self.sent)}"]


def queue(connection: Connection, address: str, lane: str, *texts: str, due: dt.datetime = NOON) -> None:
    """Queue messages to an address."""
    here = (conversations.c.channel == "telegram", conversations.c.address == address)
    found = connection.execute(select(conversations.c.id).where(*here)).scalar()
    if found is None:
        values = {"channel": "telegram", "account": "bot", "address": address, "version": 0, "reply": "", "event": ""}
        begin = insert(conversations).values(**values, started_at=NOON, seen_at=NOON).returning(conversations.c.id)
        found = connection.execute(begin).scalar_one()
    for text in texts:
        connection.execute(
            insert(deliveries).values(
                conversation_id=found,
                channel="telegram",
                account="bot",
                lane=lane,
                reply=Reply(text).to_json(),
                status="queued",
                due_at=due,
                created_at=NOON,
            )
        )


def rows(connection: Connection) -> list[Row]:
    """Return status, reason and the platform's id of all deliveries."""
    columns = (deliveries.c.status, deliveries.c.reason, deliveries.c.message_id)
    return [(row[0], row[1], row[2]) for row in connection.execute(select(*columns).order_by(deliveries.c.id))]


@asynccontextmanager
async def sending(
    database: Database, channel: Recorder, clock: Callable[[], dt.datetime] = lambda: NOON
) -> AsyncIterator[Sender]:
    """Run a sender, and stop it."""
    sender = Sender(database, channel, clock)
    running = asyncio.create_task(sender.run())
    yield sender
    sender.stop()
    await running


async def until(database: Database, done: Callable[[list[Row]], bool]) -> list[Row]:
    """Return the deliveries once they are as wanted."""
    async with asyncio.timeout(10):
        while not done(found := await database.read(rows)):  # noqa: ASYNC110  the database has no event for it
            await asyncio.sleep(0.01)
    return found


def settled(found: list[Row]) -> bool:
    return all(status not in outbox.UNSETTLED for status, _, _ in found)


async def test_answers_leave_in_order_and_before_reminders(database: Database) -> None:
    await database.write(queue, "an", "campaign", "nhắc 1", "nhắc 2")
    await database.write(queue, "binh", "answer", "một", "hai", "ba")
    channel = Recorder()
    async with sending(database, channel):
        found = await until(database, settled)
    assert [text for _, text in channel.sent if text in ("một", "hai", "ba")] == ["một", "hai", "ba"]
    assert channel.sent[0] == ("binh", "một")
    assert sorted(text for _, text in channel.sent if text.startswith("nhắc")) == ["nhắc 1", "nhắc 2"]
    assert {status for status, _, _ in found} == {"sent"}
    assert all(message for _, _, message in found)


class Capped(Recorder):
    """A channel that lets three messages leave in all."""

    database: Database

    async def room(self, now: dt.datetime) -> int:
        return 3 - await self.database.read(outbox.sent_since, "telegram", "bot", NOON)


async def test_reminders_stop_at_the_cap_of_an_account_and_answers_go_on(database: Database) -> None:
    await database.write(queue, "an", "campaign", *[f"nhắc {number}" for number in range(5)])
    channel = Capped()
    channel.database = database
    with capture_logs() as logs:
        async with sending(database, channel) as sender:
            await until(database, lambda found: [status for status, _, _ in found].count("sent") == 3)
            await database.write(queue, "binh", "answer", "trả lời")
            sender.wake()
            await until(database, lambda found: found[-1][0] == "sent")
    assert [text for _, text in channel.sent] == ["nhắc 0", "nhắc 1", "nhắc 2", "trả lời"]
    assert [status for status, _, _ in await database.read(rows)] == ["sent"] * 3 + ["queued"] * 2 + ["sent"]
    assert [entry["event"] for entry in logs].count("no more reminders for now: the account's cap") == 1


class Watched(Database):
    """A database that notes how many messages have left whenever reminders are claimed."""

    channel: Recorder
    asked: list[int]

    async def write(self, work: Callable[..., Any], *arguments: Any) -> Any:  # type: ignore[override]
        if work is outbox.claim and arguments[2] == "campaign":
            self.asked.append(len(self.channel.sent))
        return await super().write(work, *arguments)


async def test_the_next_reminders_are_claimed_while_the_last_ones_leave(database_url: str) -> None:
    database = Watched(database_url)
    database.channel, database.asked = Recorder(limits=Limits(per_second=40)), []
    database.start()
    await database.write(queue, "an", "campaign", *[f"nhắc {number}" for number in range(30)])
    async with sending(database, database.channel):
        await until(database, settled)
    assert database.asked[0] == 0
    assert 5 <= database.asked[1] <= 10  # of twenty
    assert len(database.channel.sent) == 30
    await asyncio.to_thread(database.close)


async def test_a_reply_of_a_turn_leaves_by_itself(database: Database, core: Core) -> None:
    channel = Recorder(account="phuong-thu")
    async with sending(database, channel) as sender:
        inbound = Inbound("telegram", "phuong-thu", "7", "u1", "/start kp5", NOON, immediate=False)
        await core.answer(inbound)
        sender.wake()
        await until(database, settled)
        assert await core.answer(inbound) is None  # the same event again: nothing more to send
    assert [address for address, _ in channel.sent] == ["7"]


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (SendFailed("gone", "403"), "gone"),
        (SendFailed("final", "400"), "failed"),
        (SendFailed("unsure", "timeout"), "unsure"),
    ],
)
async def test_what_cannot_succeed_is_not_tried_again(database: Database, failure: SendFailed, expected: str) -> None:
    await database.write(queue, "an", "answer", "xin chào")
    channel = Recorder({"an": failure})
    async with sending(database, channel):
        found = await until(database, settled)
    assert found == [(expected, failure.reason, "")]
    assert channel.sent == []


async def test_who_blocked_us_is_marked_until_they_write_again(database: Database, core: Core) -> None:
    channel = Recorder({"7": SendFailed("gone", "403")}, account="phuong-thu")
    first = Inbound("telegram", "phuong-thu", "7", "u1", "/start", NOON, immediate=False)
    await core.answer(first)
    async with sending(database, channel):
        await until(database, settled)
        assert await database.read(gone) == [NOON]
        await core.answer(replace(first, event="u2"))
    assert await database.read(gone) == [None]


def gone(connection: Connection) -> list[dt.datetime | None]:
    return [row[0] for row in connection.execute(select(conversations.c.gone_at))]


async def test_when_told_to_slow_down_nothing_leaves_meanwhile(database: Database) -> None:
    for address in ("an", "binh", "chi"):
        await database.write(queue, address, "answer", "xin chào")
    channel = Recorder({"an": SendFailed("slow_down", "429", retry_in=0.4)}, limits=Limits(2000, at_once=1))
    time = asyncio.get_running_loop().time
    begun = time()
    async with sending(database, channel, lambda: NOON + dt.timedelta(seconds=time() - begun)):
        await until(database, settled)
        assert time() - begun >= 0.4
    assert sorted(address for address, _ in channel.sent) == ["an", "binh", "chi"]


async def test_what_is_not_due_waits(database: Database) -> None:
    await database.write(_queue_later)
    channel = Recorder()
    async with sending(database, channel):
        await asyncio.sleep(0.05)
    assert channel.sent == []
    assert [status for status, _, _ in await database.read(rows)] == ["queued"]


def _queue_later(connection: Connection) -> None:
    queue(connection, "an", "answer", "mai", due=NOON + dt.timedelta(days=1))


async def test_stopping_finishes_what_is_under_way_and_gives_back_the_rest(database: Database) -> None:
    await database.write(queue, "an", "campaign", *[f"nhắc {number}" for number in range(40)])
    channel = Recorder(limits=Limits(per_second=50, at_once=1))
    async with sending(database, channel) as sender:
        await until(database, lambda found: any(status == "sent" for status, _, _ in found))
        sender.stop()
    found = await database.read(rows)
    assert {status for status, _, _ in found} == {"sent", "queued"}
    assert len(channel.sent) == sum(status == "sent" for status, _, _ in found)


async def test_two_senders_never_claim_the_same(database: Database) -> None:
    await database.write(queue, "an", "campaign", *[f"nhắc {number}" for number in range(30)])
    claims = await asyncio.gather(
        *(database.write(outbox.claim, "telegram", "bot", "campaign", NOON, 10) for _ in range(5))
    )
    claimed = [delivery.id for found in claims for delivery in found]
    assert len(claimed) == len(set(claimed)) == 30
