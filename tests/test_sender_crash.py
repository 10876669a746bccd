"""What a crash leaves: as few messages under way as can be; answers are repeated, reminders are not."""

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Connection, select, update

from bot import sender as sender_module
from bot.sender import Sender
from handlers.messages import Reply
from storage import deliveries as outbox
from storage.database import Database
from storage.deliveries import Settled
from storage.tables import deliveries
from tests.dialogue import NOON
from tests.fakes.zalo_oa_people import Clock
from tests.test_sender import Recorder, queue, rows, sending, settled, until

SECOND, MINUTE = dt.timedelta(seconds=1), dt.timedelta(minutes=1)


async def test_after_a_crash_an_answer_is_repeated_and_a_reminder_is_not(database: Database) -> None:
    await database.write(queue, "an", "answer", "trả lời")
    await database.write(queue, "binh", "campaign", "nhắc")
    await database.write(_claim_all)
    channel = Recorder()
    async with sending(database, channel):
        found = await until(database, settled)
    assert [status for status, _, _ in found] == ["sent", "unsure"]
    assert channel.sent == [("an", "trả lời")]


async def test_after_a_crash_only_what_may_have_been_under_way_is_unsure(database: Database) -> None:
    await database.write(queue, "an", "campaign", *(f"nhắc {number}" for number in range(6)))
    await database.write(outbox.claim, "telegram", "bot", "campaign", NOON, 2)
    await database.write(change_due, NOON - MINUTE)  # they came due earlier than what was claimed before
    await database.write(outbox.claim, "telegram", "bot", "campaign", NOON, 4, NOON + SECOND)
    clock = Clock(NOON)
    async with sending(database, channel := Slow(), clock):
        found = await until(database, lambda found: all(status != "claimed" for status, _, _ in found))
        assert [status for status, _, _ in found] == ["unsure"] * 3 + ["queued"] * 3
        assert channel.begun == 0  # whoever claimed them may still be there
        clock.move(minutes=1)
        channel.go_on.set()
        await until(database, settled)
    assert [text for _, text in channel.sent] == ["nhắc 3", "nhắc 4", "nhắc 5"]


def change_due(connection: Connection, due: dt.datetime) -> None:
    connection.execute(update(deliveries).where(deliveries.c.status == "queued").values(due_at=due))


async def wake_often(sender: Sender) -> None:
    """Give it every chance to begin more than it should."""
    for _ in range(20):
        sender.wake()
        await asyncio.sleep(0.005)


async def test_no_more_reminders_are_under_way_than_a_crash_makes_unsure(database: Database) -> None:
    for number in range(9):
        await database.write(queue, f"an {number}", "campaign", f"nhắc {number}")
    channel = Slow()
    async with sending(database, channel) as sender:
        await wake_often(sender)
        assert channel.begun == 3
        channel.go_on.set()
        await until(database, settled)


async def test_whoever_was_cut_off_settles_what_it_sent_unless_another_has_claimed_it(database: Database) -> None:
    await database.write(queue, "an", "campaign", "một", "hai")
    first, second = await database.write(outbox.claim, "telegram", "bot", "campaign", NOON, 2)
    await database.write(outbox.recover, "telegram", "bot", NOON, 0)
    sender = Sender(database, Recorder(), lambda: NOON)
    await sender._deliver(first)  # meanwhile nobody else may send it
    [again] = await database.write(outbox.claim, "telegram", "bot", "campaign", NOON + MINUTE, 2)
    assert again.id == second.id
    await database.write_together(outbox.settle, (Settled(second.id, second.tries, "queued", NOON), NOON))
    assert [status for status, _, _ in await database.read(rows)] == ["sent", "claimed"]


async def test_two_reminders_to_one_person_leave_one_after_the_other(database: Database) -> None:
    await database.write(queue, "an", "campaign", "một", "hai")
    await database.write(queue, "binh", "campaign", "ba")
    channel = Slow()
    async with sending(database, channel) as sender:
        await wake_often(sender)
        assert channel.begun == 1
        channel.go_on.set()
        await until(database, settled)
    assert [text for _, text in channel.sent] == ["một", "hai", "ba"]


async def test_an_old_claim_is_made_anew_before_a_reminder_leaves(database: Database) -> None:
    for number in range(9):
        await database.write(queue, f"an {number}", "campaign", f"nhắc {number}")
    channel, clock = Slow(), Clock(NOON)
    async with sending(database, channel, clock):
        async with asyncio.timeout(10):
            while channel.begun < 3:  # noqa: ASYNC110  the channel has no event for it
                await asyncio.sleep(0.005)
        clock.move(seconds=6)
        channel.go_on.set()
        await until(database, settled)
    assert sorted(text for _, text in channel.sent) == [f"nhắc {number}" for number in range(9)]
    assert await database.read(tries) == [1] * 3 + [2] * 6


def tries(connection: Connection) -> list[int]:
    return list(connection.scalars(select(deliveries.c.tries).order_by(deliveries.c.id)))


def _claim_all(connection: Connection) -> None:
    connection.execute(update(deliveries).values(status="claimed"))


@dataclass
class Slow(Recorder):
    """A channel that takes its time, until it is let go on."""

    begun: int = 0
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, address: str, reply: Reply, urgent: bool = True) -> list[str]:
        self.begun += 1
        await self.go_on.wait()
        return await super().send(address, reply, urgent)


async def test_answers_that_wait_together_leave_one_after_the_other(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender_module, "APART_SECONDS", 60)
    for address in ("an", "binh", "chi"):
        await database.write(queue, address, "answer", "xin chào")
    channel = Slow()
    async with sending(database, channel) as sender:
        await wake_often(sender)
        assert channel.begun == 1  # a crash now repeats one answer, not three
        channel.go_on.set()
        await until(database, settled)
    assert channel.begun == 3


async def test_where_the_journey_is_long_answers_do_not_wait_for_its_end(database: Database) -> None:
    for address in ("an", "binh", "chi"):
        await database.write(queue, address, "answer", "xin chào")
    channel = Slow()
    async with sending(database, channel):
        async with asyncio.timeout(10):
            while channel.begun < 3:  # noqa: ASYNC110  the channel has no event for it
                await asyncio.sleep(0.005)
        channel.go_on.set()


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
