"""The sender: order, lanes, failures and what a crash leaves, with a channel that records what it is given."""

import asyncio
import datetime as dt
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.channels.base import Limits, SendFailed
from bot.pace import SHARE, Pace
from bot.sender import TRIES, Sender
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

    async def send(self, address: str, reply: Reply) -> str:
        await asyncio.sleep(0)
        if failure := self.failures.pop(address, None):
            raise failure
        self.sent.append((address, reply.text))
        return f"message-{len(self.sent)}"


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


async def test_a_passing_failure_is_tried_again_when_due_and_given_up_in_the_end(database: Database) -> None:
    await database.write(queue, "an", "answer", "xin chào")
    now = NOON
    channel = Recorder()
    async with sending(database, channel, lambda: now) as sender:
        for number in range(1, TRIES + 1):
            channel.failures["an"] = SendFailed("passing", f"502 lần {number}")
            now += dt.timedelta(hours=1)
            sender.wake()
            await until(database, lambda found, number=number: found[0][1] == f"502 lần {number}")  # type: ignore[misc]
        found = await until(database, settled)
    assert found == [("failed", f"502 lần {TRIES}", "")]
    assert channel.sent == []


async def test_when_told_to_slow_down_nothing_leaves_meanwhile(database: Database) -> None:
    for address in ("an", "binh", "chi"):
        await database.write(queue, address, "answer", "xin chào")
    channel = Recorder({"an": SendFailed("slow_down", "429", retry_in=0.4)}, limits=Limits(2000, at_once=1))
    async with sending(database, channel, lambda: dt.datetime.now(dt.UTC)):
        begun = asyncio.get_running_loop().time()
        await until(database, settled)
        assert asyncio.get_running_loop().time() - begun >= 0.4
    assert sorted(address for address, _ in channel.sent) == ["an", "binh", "chi"]


async def test_after_a_crash_an_answer_is_repeated_and_a_reminder_is_not(database: Database) -> None:
    await database.write(queue, "an", "answer", "trả lời")
    await database.write(queue, "binh", "campaign", "nhắc")
    await database.write(_claim_all)
    channel = Recorder()
    async with sending(database, channel):
        found = await until(database, settled)
    assert [status for status, _, _ in found] == ["sent", "unsure"]
    assert channel.sent == [("an", "trả lời")]


def _claim_all(connection: Connection) -> None:
    connection.execute(update(deliveries).values(status="claimed"))


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


@dataclass
class Time:
    """A clock that is moved by waiting."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def leave(pace: Pace, time: Time, urgent: bool = False, takes: float = 0.006) -> float:
    """Wait until a message may leave; return when it reaches the platform. `takes`: seconds there and back."""
    time.now += pace.wait(urgent)
    pace.take(urgent)
    time.now += takes
    pace.done()
    return time.now - takes / 2


def worst(times: list[float]) -> int:
    """Return the most messages in any one second."""
    return max(sum(begun <= at < begun + 1 for at in times) for begun in times)


def test_reminders_leave_evenly_at_97_percent_of_the_limit() -> None:
    time = Time()
    pace = Pace(30, time)
    times = [leave(pace, time) for _ in range(300)]
    assert worst(times) <= 30
    assert 299 / (times[-1] - times[0]) >= 0.97 * 30


def test_an_answer_hardly_waits_between_reminders_and_the_limit_holds() -> None:
    time = Time()
    pace = Pace(30, time)
    times, waits = [], []
    for number in range(600):
        if number % 15 == 7:  # an answer comes in between two reminders
            time.now += 0.01
            waits.append(pace.wait(urgent=True))
            times.append(leave(pace, time, urgent=True))
        times.append(leave(pace, time))
    assert worst(times) <= 30
    assert max(waits) <= 0.034


def test_after_a_stall_nothing_is_made_up_for() -> None:
    time = Time()
    pace = Pace(30, time)
    times = [leave(pace, time) for _ in range(60)]
    time.now += 10
    times += [leave(pace, time) for _ in range(60)]
    assert worst(times) <= 30
    assert min(after - before for before, after in pairwise(times)) >= 0.016


def test_answers_alone_never_exceed_the_limit() -> None:
    time = Time()
    pace = Pace(30, time)
    assert worst([leave(pace, time, urgent=True) for _ in range(200)]) <= 30


def test_after_a_pause_it_goes_on_gently() -> None:
    time = Time()
    pace = Pace(30, time)
    leave(pace, time)
    pace.pause(7)
    assert pace.wait(urgent=True) == pytest.approx(7)
    begun = leave(pace, time)
    assert leave(pace, time) - begun == pytest.approx(2 / (30 * SHARE))


def test_whenever_messages_arrive_between_leaving_and_acknowledgement_no_second_holds_too_many() -> None:
    time, chance = Time(), random.Random(7)  # noqa: S311
    pace = Pace(30, time)
    arrived: list[float] = []
    under_way: list[tuple[float, float]] = []  # when acknowledged, when arrived
    for _ in range(2000):
        pause = pace.wait(urgent=chance.random() < 0.2)
        until = time.now + pause
        while under_way and min(under_way)[0] <= until:
            time.now = max(time.now, min(under_way)[0])
            under_way.remove(min(under_way))
            pace.done()
            until = time.now + pace.wait(urgent=False)
        time.now = max(time.now, until)
        if pace.wait(urgent=False):
            continue
        pace.take(urgent=False)
        travel = chance.expovariate(20)
        arrived.append(time.now + travel * chance.random())
        under_way.append((time.now + travel, arrived[-1]))
    assert len(arrived) > 500
    assert worst(arrived) <= 30


def test_a_limit_below_one_a_second_is_kept() -> None:
    time = Time()
    pace = Pace(0.5, time)
    times = [leave(pace, time, urgent=True) for _ in range(5)]
    assert min(after - before for before, after in pairwise(times)) >= 2


class Unsettling(Database):
    """A database that cannot settle, once."""

    unsettled = 1

    async def write_together(self, work: Callable[..., None], item: object) -> None:
        if self.unsettled:
            self.unsettled -= 1
            raise ConnectionError("the server went away")
        await super().write_together(work, item)


async def test_what_cannot_be_settled_is_sent_again_after_a_new_beginning(database_url: str) -> None:
    database = Unsettling(database_url)
    database.start()
    await database.write(queue, "an", "answer", "một", "hai")
    channel = Recorder()
    sender = Sender(database, channel, lambda: NOON)
    with pytest.raises(ConnectionError):
        await sender.run()
    running = asyncio.create_task(sender.run())
    found = await until(database, settled)
    sender.stop()
    await running
    assert {status for status, _, _ in found} == {"sent"}
    assert [text for _, text in channel.sent] == ["một", "một", "hai"]  # an answer may come twice, never not at all
    await asyncio.to_thread(database.close)
