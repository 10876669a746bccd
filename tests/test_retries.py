"""Trying again: later and later, until a message is of no use any more; and later answers do not wait for ever."""

import datetime as dt
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from sqlalchemy import Connection, select, update

from bot.channels.base import SendFailed
from bot.sender import LONGEST_WAIT_SECONDS, Sender
from handlers.messages import Reply
from storage import deliveries as outbox
from storage.database import Database
from storage.deliveries import EXPIRED, LIFE, PATIENCE, Settled
from storage.tables import deliveries
from tests.dialogue import NOON
from tests.test_sender import Recorder, queue, rows, sending, settled, until

SECOND = dt.timedelta(seconds=1)
NEVER = ("failed", EXPIRED, None)


@dataclass
class Outage(Recorder):
    """A platform that is out of reach for messages with these texts."""

    lost: tuple[str, ...] = ()
    tried: list[str] = field(default_factory=list)

    async def send(self, address: str, reply: Reply, urgent: bool = True) -> list[str]:
        self.tried.append(reply.text)
        if reply.text in self.lost:
            raise SendFailed("passing", "502")
        return await super().send(address, reply, urgent)


def due(connection: Connection) -> list[dt.datetime]:
    """Return when what waits is due."""
    waiting = deliveries.c.status == "queued"
    return [row[0] for row in connection.execute(select(deliveries.c.due_at).where(waiting).order_by(deliveries.c.id))]


async def suffer(database: Database, channel: Outage, tries: int = 10_000) -> list[dt.datetime]:
    """Let time go by, from try to try, until nothing waits or it was tried so often; return when it was tried."""
    now, times = NOON - SECOND, []
    while waiting := await database.read(due):
        if len(channel.tried) >= tries:
            break
        now = min((time for time in waiting if time > now), default=now + SECOND)
        times.append(now)
        sender = Sender(database, channel, lambda now=now: now)  # type: ignore[misc]
        for delivery in await database.write(outbox.claim, "telegram", "bot", "answer", now, 32):
            await sender._deliver(delivery)
    return times


async def test_what_fails_for_the_moment_is_tried_for_a_day_later_and_later(database: Database) -> None:
    await database.write(queue, "an", "answer", "xin chào")
    channel = Outage(lost=("xin chào",))
    times = await suffer(database, channel)
    waits = [(after - before).total_seconds() for before, after in pairwise(times)]
    for number, wait in enumerate(waits[:9]):
        assert 0.75 * 2**number <= wait <= 1.25 * 2**number
    assert max(waits) <= LONGEST_WAIT_SECONDS
    assert LIFE - dt.timedelta(minutes=15) <= times[-1] - NOON < LIFE
    assert await database.read(rows) == [("failed", "502", "")]
    assert channel.sent == []


@pytest.mark.parametrize("lane", ["answer", "campaign"])
async def test_what_nobody_could_send_in_time_is_dropped_and_counted(lane: str, database: Database) -> None:
    await database.write(queue, "an", lane, "cũ")
    await database.write(_queue_for_tomorrow, "binh", lane, "mới")
    channel = Recorder()
    async with sending(database, channel, lambda: NOON + LIFE):
        found = await until(database, settled)
    assert found == [NEVER, ("sent", "", "message-1")]
    assert channel.sent == [("binh", "mới")]


def _queue_for_tomorrow(connection: Connection, address: str, lane: str, text: str) -> None:
    queue(connection, address, lane, text, due=NOON + LIFE)
    late = update(deliveries).where(deliveries.c.due_at > NOON)
    connection.execute(late.values(expires_at=NOON + 2 * LIFE))


async def test_a_reminder_says_itself_until_when_it_is_of_use(database: Database) -> None:
    await database.write(queue, "an", "campaign", "hôm nay lúc 14 giờ")
    await database.write(Connection.execute, update(deliveries).values(expires_at=NOON + dt.timedelta(hours=2)))
    assert await database.write(outbox.claim, "telegram", "bot", "campaign", NOON + dt.timedelta(hours=2), 10) == []
    assert await database.read(rows) == [("failed", EXPIRED, None)]


async def test_more_expired_ones_than_are_claimed_at_once_keep_nobody_waiting(database: Database) -> None:
    await database.write(queue, "an", "campaign", *[f"cũ {number}" for number in range(7)])
    await database.write(_queue_for_tomorrow, "binh", "campaign", "mới")
    claimed = await database.write(outbox.claim, "telegram", "bot", "campaign", NOON + LIFE, 2)
    assert [Reply.from_json(delivery.reply).text for delivery in claimed] == ["mới"]


async def test_later_answers_wait_two_minutes_for_one_that_fails_and_then_go_past_it(database: Database) -> None:
    await database.write(queue, "an", "answer", "hỏng", "tiếp")
    channel = Outage(lost=("hỏng",))
    times = await suffer(database, channel, tries=PATIENCE + 1)
    assert channel.tried == ["hỏng"] * PATIENCE + ["tiếp", "hỏng"]
    assert dt.timedelta(minutes=1) < times[-1] - NOON < dt.timedelta(minutes=5)


async def test_after_an_outage_no_answer_is_missing(database: Database) -> None:
    await database.write(queue, "an", "answer", "một", "hai", "ba")
    channel = Outage(lost=("một", "hai", "ba"))
    await suffer(database, channel, tries=4 * PATIENCE)
    channel.lost = ()
    await suffer(database, channel)
    assert {text for _, text in channel.sent} == {"một", "hai", "ba"}


async def test_the_time_a_platform_asks_for_is_kept_but_not_beyond_the_use_of_a_message(database: Database) -> None:
    await database.write(queue, "an", "answer", "xin chào")
    (delivery,) = await database.write(outbox.claim, "telegram", "bot", "answer", NOON, 1)
    sender = Sender(database, Recorder(), lambda: NOON)
    soon, late = (SendFailed("passing", "429", retry_in=seconds) for seconds in (40.0, 90_000.0))
    assert sender._failed(delivery, soon, NOON) == Settled(
        delivery.id, 1, "queued", NOON + dt.timedelta(seconds=40), "429"
    )
    assert sender._failed(delivery, late, NOON).status == "failed"
