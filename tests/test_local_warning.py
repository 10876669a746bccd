"""A scam that goes round here: a member passes it on by a tap, the office approves, the neighbours are warned."""

import datetime as dt

import pytest
from sqlalchemy import Connection, func, select

from bot.tending import Tending
from handlers.core import Core
from storage import local_warnings, warning_sending
from storage.audience import FREE_ONLY
from storage.database import Database
from storage.tables import local_warnings as table
from tests.dialogue import NOON, Resident, commands_of, stored, stored_texts
from tests.test_reminders import THREE, Post
from tests.test_team import member

SCAM = "Tôi là công an phường, anh Nguyễn Văn Tèo chuyển ngay 20 triệu vào tài khoản 0123456789 để điều tra"


async def passed_on(core: Core) -> int:
    """Have a member pass a message on; return the warning's number."""
    lan = await member(core, "lan")
    verdict = await lan.says("/scam", SCAM)
    assert "/team_warn" in commands_of(verdict)
    assert "/share_scam" not in commands_of(verdict)
    assert "Văn phòng phường, xã xem tin này" in (await lan.say("đang xảy ra ở đây")).text
    [one] = await core.house.database.read(local_warnings.pending, core.house.ward.id)
    assert (one.neighbourhood, one.code) == ("Khu phố 5", "kp5")
    return one.id


async def neighbours(core: Core) -> None:
    """Have neighbours of all kinds: reminded on Telegram, on the web, not reminded, a child, of another place."""
    for address, channel, code, remind in (
        ("a", "telegram", "kp5", "1"),
        ("b", "telegram", "kp5", "1"),
        ("c", "telegram", "kp5", "2"),
        ("d", "web", "kp5", "1"),
        ("e", "telegram", "kp6", "1"),
    ):
        await Resident(core, address, channel, now=NOON - dt.timedelta(days=1)).join(code, remind=remind)
    await Resident(core, "f", "telegram", now=NOON - dt.timedelta(days=1)).join_as_child()


async def step(post: Post) -> None:
    """Do what the program does by itself, and send what is queued."""
    await Tending(post.core.house, lambda: post.now).step()
    await post.remind()
    await Tending(post.core.house, lambda: post.now).step()


async def approve(core: Core, number: int, at: dt.datetime = THREE) -> bool:
    return await core.house.database.write(warning_sending.decide, core.house.ward.id, number, "approved", at)


async def test_an_approved_warning_reaches_who_agreed_once_and_adds_up(core: Core, database: Database) -> None:
    await neighbours(core)
    number = await passed_on(core)
    assert "tèo" not in await stored_texts(database)
    assert "0123456789" not in await stored_texts(database)
    post = Post(core, now=THREE)
    await step(post)
    assert post.sent() == []
    assert await approve(core, number, THREE + dt.timedelta(minutes=2))
    await step(post)
    assert post.sent() == []
    post.now = THREE + dt.timedelta(minutes=3)
    await step(post)
    await step(post)
    assert post.sent() == ["a", "b"]
    [said] = {text for _, text in post.channels["telegram"].sent}
    assert "Cảnh báo ở Khu phố 5" in said
    assert "(tên)" in said
    assert "113" in said
    [decided] = await database.read(warning_sending.decided, core.house.ward.id)
    assert decided.counts == {"sent": 2, "not_agreed": 1, "needs_other_channel": 1}
    assert not decided.can_be_undone
    assert not await database.write(warning_sending.undo, core.house.ward.id, number)


async def test_it_can_be_undone_until_it_leaves_and_waits_for_the_hours(core: Core, database: Database) -> None:
    await neighbours(core)
    number = await passed_on(core)
    assert await approve(core, number)
    assert not await approve(core, number)
    assert await database.write(warning_sending.undo, core.house.ward.id, number)
    post = Post(core, now=THREE)
    await step(post)
    assert post.sent() == []
    night = THREE + dt.timedelta(hours=8)
    assert await approve(core, number, night)
    post.now = night
    await step(post)
    assert post.sent() == []
    post.now = night + dt.timedelta(hours=9)
    await step(post)
    assert post.sent() == ["a", "b"]


async def test_who_stops_reminders_before_it_leaves_is_not_warned(core: Core, database: Database) -> None:
    await neighbours(core)
    number = await passed_on(core)
    await approve(core, number)
    post = Post(core, now=THREE)
    await Tending(core.house, lambda: THREE).step()
    await Resident(core, "a", "telegram", now=NOON + dt.timedelta(hours=1), events=iter(range(900, 999))).say("/stop")  # type: ignore[arg-type]
    await step(post)
    assert post.sent() == ["b"]


async def test_a_message_a_member_only_looked_at_is_passed_on_to_nobody(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    await lan.says("/scam", SCAM)
    assert await database.read(local_warnings.pending, core.house.ward.id) == []
    await lan.says("/scam", f"{SCAM} gấp")
    assert await database.read(_count) == 1  # the draft before it is gone
    resident = Resident(core)
    assert "/team_warn" not in commands_of(await resident.says("/scam", SCAM))
    assert (await resident.say("/team_warn")).text
    assert await database.read(local_warnings.pending, core.house.ward.id) == []


@pytest.mark.parametrize("code", ["kp7", "nowhere"])
async def test_the_office_may_say_where_it_is_to_be_heard(code: str, core: Core, database: Database) -> None:
    number = await passed_on(core)
    known = code == "kp7"
    assert await database.write(warning_sending.place_in, core.house.ward.id, number, code) == known
    [one] = await database.read(local_warnings.pending, core.house.ward.id)
    assert one.code == ("kp7" if known else "kp5")
    assert await database.read(warning_sending.reach, one.neighbourhood_id, NOON, FREE_ONLY) == {}
    assert len((await stored(database))["local_warnings"]) == 1


def _count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
