"""Reminders: once for everybody who agreed, on the best channel, within the hours, each with what became of it."""

import asyncio
import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Connection, insert, select, update

from bot.channels.base import SendFailed
from bot.reminding import Reminding
from bot.sender import Sender
from handlers.core import Core
from handlers.hours import USUAL_HOURS, hours
from handlers.reminder import replies
from storage import campaigns as planning
from storage import deliveries as outbox
from storage.audience import Ways
from storage.database import Database
from storage.facts import Completed
from storage.learning import complete
from storage.neighbourhoods import by_code
from storage.tables import campaigns, deliveries, neighbourhoods
from tests.dialogue import NOON, Resident, stored, verify_dialogue
from tests.test_sender import Recorder

HOURS = hours(USUAL_HOURS)
THREE = NOON + dt.timedelta(hours=3)
"""Three in the afternoon in Viet Nam, when reminders may be sent."""


@dataclass
class Post:
    """Everything between a campaign and the residents' telephones, by a clock the test moves."""

    core: Core
    now: dt.datetime = THREE
    channels: dict[str, Recorder] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("telegram", "zalo_oa", "zalo_bot"):
            self.channels[name] = Recorder(name=name, account="phuong-thu")

    async def remind(self) -> None:
        """Do once what the program does every second, and send what is queued."""
        await Reminding(self.core.house, lambda: self.now).step()
        for channel in self.channels.values():
            await self._send(channel)
        await Reminding(self.core.house, lambda: self.now).step()

    async def _send(self, channel: Recorder) -> None:
        sender = Sender(self.core.house.database, channel, lambda: self.now)
        running = asyncio.create_task(sender.run())
        async with asyncio.timeout(10):
            while await self.core.house.database.read(_open, channel.name):  # noqa: ASYNC110  there is no event for it
                await asyncio.sleep(0.01)
        sender.stop()
        await running

    def sent(self) -> list[str]:
        """Return the addresses that were written to, in alphabetical order."""
        return sorted(address for channel in self.channels.values() for address, _ in channel.sent)


def _open(connection: Connection, channel: str) -> int:
    waiting = (deliveries.c.channel == channel, deliveries.c.status.in_(outbox.UNSETTLED))
    return len(connection.execute(select(deliveries.c.id).where(*waiting)).all())


def enter(connection: Connection, place: int, starts: dt.datetime, audience: str, days: int, second: int | None) -> int:
    """Enter a campaign about the first lesson, as if a member had asked for it."""
    ward = select(neighbourhoods.c.ward_id).where(neighbourhoods.c.id == place).scalar_subquery()
    values = {"ward_id": ward, "neighbourhood_id": place, "topic": "first_steps", "topics": "first_steps"}
    kind = {"audience": audience, "inactive_days": days, "second_after_days": second, "status": "approved"}
    statement = insert(campaigns).values(**values, **kind, starts_at=starts, created_at=NOON).returning(campaigns.c.id)
    entered: int = connection.execute(statement).scalar_one()
    return entered


async def campaign(
    core: Core, starts: dt.datetime = THREE, audience: str = "not_passed", days: int = 0, second: int | None = None
) -> int:
    """Return a new campaign for Khu phố 5."""
    place = await core.house.database.read(by_code, core.house.ward.id, "kp5")
    assert place
    return await core.house.database.write(enter, place.id, starts, audience, days, second)


async def join(core: Core, address: str, channel: str = "telegram", code: str = "kp5", remind: str = "1") -> Resident:
    """Return somebody who agreed to be reminded."""
    resident = Resident(core, address, channel)
    await resident.join(code, remind=remind)
    return resident


async def outcomes(database: Database) -> dict[str, int]:
    """Return how many reminders have which outcome."""
    return dict(Counter(row["outcome"] for row in (await stored(database))["reminders"]))


async def test_two_campaigns_do_not_remind_somebody_on_the_same_day(core: Core, database: Database) -> None:
    await join(core, "an")
    post = Post(core)
    await campaign(core)
    other = update(campaigns).values(topic="second_steps", topics="second_steps")
    await database.write(lambda connection: connection.execute(other) and None)
    await campaign(core)
    for _ in range(3):
        await post.remind()
    assert post.sent() == ["an"]
    post.now += dt.timedelta(hours=17)  # eight in the morning
    await post.remind()
    assert post.sent() == ["an", "an"]


async def test_everybody_is_reminded_once_or_counted_with_the_reason(core: Core, database: Database) -> None:
    for address, channel in (("an", "telegram"), ("binh", "zalo_bot"), ("chi", "zalo_oa"), ("dung", "web")):
        await join(core, address, channel)
    await join(core, "em", remind="2")
    await join(core, "xa", code="kp7")
    await Resident(core, "tre", "telegram").join_as_child()
    passed = await join(core, "gioi")
    await passed.says("/quiz first_steps", "2", "1", "3", "1", "1", "3")
    await campaign(core)
    post = Post(core)
    for _ in range(3):
        await post.remind()
    assert post.sent() == ["an", "binh", "chi"]
    assert await outcomes(database) == {"sent": 3, "needs_other_channel": 1, "not_agreed": 1}
    assert [row["status"] for row in (await stored(database))["campaigns"]] == ["done"]


async def test_planning_once_more_doubles_nothing(core: Core, database: Database) -> None:
    await join(core, "an")
    asked, post = await campaign(core), Post(core)
    await post.remind()
    await database.write(
        lambda connection: connection.execute(update(campaigns).values(status="approved", planned_to=0))
    )
    await post.remind()
    assert await database.write(planning.plan, asked, THREE, Ways()) is False
    assert post.sent() == ["an"]


async def test_one_person_on_several_channels_is_reminded_on_the_best_one(core: Core) -> None:
    web = await join(core, "an", "telegram")
    code = (await web.say("/link")).text
    oa = Resident(core, "an-zalo", "zalo_oa")
    await oa.say(code[code.index("nối") :][:11])
    await campaign(core)
    post = Post(core)
    await post.remind()
    assert post.sent() == ["an-zalo"]


async def test_after_the_free_window_an_oa_is_not_used(core: Core, database: Database) -> None:
    await join(core, "an", "zalo_oa")
    await campaign(core, THREE + dt.timedelta(days=3))
    post = Post(core, THREE + dt.timedelta(days=3))
    await post.remind()
    assert (post.sent(), await outcomes(database)) == ([], {"needs_other_channel": 1})


async def test_who_has_done_it_or_stopped_meanwhile_is_left_alone(core: Core, database: Database) -> None:
    an, _, _ = await join(core, "an"), await join(core, "binh"), await join(core, "chi")
    await campaign(core)
    await Reminding(core.house, lambda: THREE).step()  # all three are in the outbox
    await an.say("/stop")
    done = [row["resident_id"] for row in (await stored(database))["conversations"] if row["address"] == "binh"]
    await database.write(complete, done[0], Completed("first_steps", 1, "passed"), "web", THREE)
    post = Post(core)
    await post.remind()
    assert post.sent() == ["chi"]
    assert await outcomes(database) == {"not_agreed": 1, "done": 1, "sent": 1}


async def test_a_program_killed_while_sending_doubles_no_reminder(core: Core, database: Database) -> None:
    await join(core, "an")
    await join(core, "binh")
    await campaign(core)
    await Reminding(core.house, lambda: THREE).step()
    await database.write(outbox.claim, "telegram", "phuong-thu", "campaign", THREE, 1)  # and then it is gone
    post = Post(core)
    for _ in range(3):
        await post.remind()
    assert len(post.sent()) == 1
    assert await outcomes(database) == {"unsure": 1, "sent": 1}


async def test_what_a_platform_refuses_is_counted(core: Core, database: Database) -> None:
    await join(core, "an")
    await campaign(core)
    post = Post(core)
    post.channels["telegram"].failures["an"] = SendFailed("gone", "403")
    await post.remind()
    assert await outcomes(database) == {"gone": 1}


async def test_a_window_that_closed_meanwhile_is_no_failure(core: Core, database: Database) -> None:
    await join(core, "an", "zalo_oa")
    await campaign(core)
    post = Post(core)
    post.channels["zalo_oa"].failures["an"] = SendFailed("final", outbox.OUT_OF_REACH[0])
    await post.remind()
    assert await outcomes(database) == {"needs_other_channel": 1}


async def test_a_second_message_follows_three_days_later_and_a_third_one_in_a_week_does_not(
    core: Core, database: Database
) -> None:
    await join(core, "an")
    await campaign(core, second=3)
    post = Post(core)
    for day in range(7):
        post.now = THREE + dt.timedelta(days=day)
        if day == 5:
            await campaign(core, post.now)
        await post.remind()
    texts = [text for _, text in post.channels["telegram"].sent]
    assert len(texts) == len(set(texts)) == 2
    assert await outcomes(database) == {"sent": 2, "often": 1}


async def test_whoever_is_learning_is_not_interrupted(core: Core) -> None:
    an = await join(core, "an")
    await campaign(core)
    an.now = THREE - dt.timedelta(minutes=5)
    await an.say("/lesson first_steps 1")
    post = Post(core)
    await post.remind()
    assert post.sent() == []
    post.now += dt.timedelta(minutes=10)
    await post.remind()
    assert post.sent() == ["an"]


@pytest.mark.parametrize(
    ("audience", "expected"),
    [("not_started", ["an"]), ("started", ["binh"]), ("not_passed", ["an", "binh"]), ("inactive", ["an"])],
)
async def test_the_audience_decides_who_is_meant(core: Core, audience: str, expected: list[str]) -> None:
    await join(core, "an")
    binh = await join(core, "binh")
    later = THREE + dt.timedelta(days=3)
    binh.now = later - dt.timedelta(days=1)
    await binh.say("/lesson first_steps 1")
    await campaign(core, later, audience, days=2)
    post = Post(core, later)
    await post.remind()
    assert post.sent() == expected


async def test_a_number_typed_after_a_reminder_answers_the_reminder(core: Core) -> None:
    an = await join(core, "an")
    await campaign(core)
    post = Post(core)
    await post.remind()
    an.now = THREE + dt.timedelta(minutes=1)
    await verify_dialogue(an, [("1", "Bước 1/3")])
    await post.remind()
    await verify_dialogue(an, [("/stop", "dừng nhắc")])


def test_every_reminder_offers_to_learn_and_to_stop(core: Core) -> None:
    for topic in ("first_steps", "continue"):
        said = replies(core.house.speech, core.house.library, topic)
        assert len({reply.text for reply in said}) == 3
        assert all([choice.label for choice in reply.choices] == ["Học tiếp", "Dừng nhắc"] for reply in said)
