"""Campaigns of the office: nothing before it approves, several places, weeks, some held out; told on coming back."""

import datetime as dt
from itertools import pairwise

import pytest
from sqlalchemy import Connection, select

from bot.reminding import Reminding
from handlers.campaign import GRACE
from handlers.core import Core
from storage import campaigns as planning
from storage.audience import Aim, Ways, held_out
from storage.campaigns import Draft
from storage.database import Database
from storage.neighbourhoods import by_code
from storage.receipts import effect, of_ward
from storage.tables import residents
from tests.dialogue import commands_of, stored, verify_dialogue
from tests.test_reminders import THREE, Post, join, outcomes
from tests.test_team import member

WEEK = dt.timedelta(days=7)
LATER = dt.timedelta(days=3)


async def drafted(
    core: Core, *codes: str, topic: str = "first_steps", held: int = 0, weeks: int = 0, until: int = 0
) -> int:
    """Return a campaign that the office wrote down: twice, three days apart."""
    found = [await core.house.database.read(by_code, core.house.ward.id, code) for code in codes]
    places = tuple(place.id for place in found if place)
    aim = Aim(core.house.ward.id, None, topic, (topic,), "not_passed", places=places)
    written = Draft(aim, THREE, 3, THREE + weeks * WEEK if weeks else None, until or None, held)
    return await core.house.database.write(planning.draft, written, THREE)


async def approved(core: Core, *codes: str, held: int = 0, weeks: int = 0, until: int = 0) -> int:
    """Return such a campaign, approved."""
    made = await drafted(core, *codes, held=held, weeks=weeks, until=until)
    assert await core.house.database.write(planning.approve, core.house.ward.id, made, THREE)
    return made


async def test_nothing_leaves_before_the_office_approves_and_then_where_it_meant(core: Core) -> None:
    for address, code in (("an", "kp5"), ("binh", "kp6"), ("chi", "kp7")):
        await join(core, address, code=code)
    made, post = await drafted(core, "kp5", "kp6"), Post(core)
    await post.remind()
    assert post.sent() == []
    ward = core.house.ward.id
    assert await core.house.database.write(planning.approve, ward, made, THREE)
    assert not await core.house.database.write(planning.approve, ward, made, THREE)
    assert not await core.house.database.write(planning.cancel_series, ward + 1, made, THREE)
    await post.remind()
    assert post.sent() == ["an", "binh"]


async def test_cancelling_stops_the_second_message_and_the_weeks_to_come(core: Core, database: Database) -> None:
    await join(core, "an")
    made, post = await approved(core, weeks=3), Post(core)
    await post.remind()
    assert await database.write(planning.cancel_series, core.house.ward.id, made, THREE)
    assert not await database.write(planning.cancel_series, core.house.ward.id, made, THREE)
    post.now += WEEK
    await post.remind()
    assert post.sent() == ["an"]


async def test_a_weekly_campaign_goes_on_twice_a_week_in_other_words_until_its_end(
    core: Core, database: Database
) -> None:
    await join(core, "an")
    await approved(core, weeks=1)
    post = Post(core)
    for day in range(20):
        post.now = THREE + dt.timedelta(days=day)
        await post.remind()
    texts = [text for _, text in post.channels["telegram"].sent]
    assert len(texts) == 4
    assert all(one != following for one, following in pairwise(texts))
    found = await database.read(of_ward, core.house.ward.id, 10)
    assert [(one.number, one.status) for one in found] == [(3, "done"), (2, "done"), (1, "done"), (0, "done")]


async def test_a_weekly_campaign_ends_when_the_share_is_reached(core: Core, database: Database) -> None:
    an = await join(core, "an")
    await join(core, "binh")
    await approved(core, "kp5", weeks=4, until=10)
    post = Post(core)
    await post.remind()
    an.now = THREE
    await an.says("/quiz first_steps", "2", "1", "3", "1", "1", "3")  # one of the ten adults
    post.now += WEEK
    await post.remind()
    assert [one.status for one in await database.read(of_ward, core.house.ward.id, 10)] == [
        "reached",
        "reached",
        "done",
    ]
    assert post.sent() == ["an", "binh"]


def drawn(connection: Connection, series: int, percent: int) -> set[int]:
    return set(connection.scalars(select(residents.c.id).where(held_out(series, percent))))


async def test_one_in_ten_is_held_out_by_a_hash(core: Core, database: Database) -> None:
    def enter(connection: Connection) -> None:
        row = {"ward_id": core.house.ward.id, "created_at": THREE}
        connection.execute(residents.insert(), [row] * 5000)

    await database.write(enter)
    one, same, other = [await database.read(drawn, series, 10) for series in (1, 1, 2)]
    assert one == same
    assert 400 < len(one) < 600
    assert len(one & other) < 120  # about a tenth of a tenth: another campaign holds out others
    assert await database.read(drawn, 1, 0) == set()


async def test_who_is_held_out_gets_neither_message_and_both_groups_are_counted(core: Core, database: Database) -> None:
    people = [await join(core, f"p{number:02}") for number in range(16)]
    made, post = await approved(core, held=50), Post(core)
    for day in range(5):
        post.now = THREE + dt.timedelta(days=day)
        await post.remind()
    counts = await outcomes(database)
    assert counts["sent"] + counts["held_out"] == 32
    assert counts["held_out"] % 2 == 0
    assert 2 <= counts["held_out"] // 2 <= 14
    for person in people[:5]:
        person.now = THREE + LATER
        await person.says("/quiz first_steps", "2", "1", "3", "1", "1", "3")
    found = next(one for one in await database.read(of_ward, core.house.ward.id, 10) if one.id == made)
    reminded, held = await database.read(effect, found)
    assert (reminded.people + held.people, reminded.did + held.did) == (16, 5)


async def test_who_could_not_be_reminded_is_told_once_on_coming_back(core: Core, database: Database) -> None:
    an, binh = await join(core, "an", "web"), await join(core, "binh", "web")
    await approved(core)
    await Post(core).remind()
    assert await outcomes(database) == {"needs_other_channel": 2}
    await binh.says("/quiz first_steps", "2", "1", "3", "1", "1", "3")
    await verify_dialogue(an, [("/lesson first_steps 1", "Bước 1/3")])
    told = await an.say("/menu")
    assert "**Tổ số nhắc bà con:** Bước đầu" in told.text
    assert "/lesson first_steps" in " ".join(commands_of(told))
    for person in (an, binh):
        assert "Tổ số nhắc" not in (await person.say("/menu")).text
    assert await outcomes(database) == {"shown": 1, "done": 1}


async def test_who_stopped_is_told_of_no_reminder(core: Core) -> None:
    an = await join(core, "an", "web")
    await approved(core)
    await Post(core).remind()
    await an.say("/stop")
    assert "Tổ số nhắc" not in (await an.say("/menu")).text


@pytest.mark.parametrize(
    ("ways", "days", "sent"),
    [(Ways(), 3, 0), (Ways(paid=True), 3, 1), (Ways(paid=True), 8, 0), (Ways(template=True), 8, 1)],
)
async def test_an_oa_is_used_as_far_as_the_office_allows(core: Core, ways: Ways, days: int, sent: int) -> None:
    await join(core, "an", "zalo_oa")
    aim = Aim(core.house.ward.id, None, "first_steps", ("first_steps",), "not_passed")
    found, by = await core.house.database.read(planning.expected, aim, THREE + dt.timedelta(days=days), ways)
    assert (found.get("waiting", 0), sum(by.values())) == (sent, sent)


async def test_a_leader_asks_the_office_to_remind_the_whole_ward(core: Core, database: Database) -> None:
    await join(core, "an", code="kp7")
    lan = await member(core, "lan")
    lan.now = THREE
    await lan.says("/team_remind first_steps")
    await verify_dialogue(lan, [("Đề nghị nhắc cả", "Văn phòng duyệt rồi mới gửi"), ("1", "chờ văn phòng duyệt")])
    await lan.say("/team_widen first_steps")
    [asked] = await database.read(of_ward, core.house.ward.id, 10)
    assert (asked.status, asked.asked_by, asked.aim.neighbourhood_id) == ("draft", "Khu phố 5", None)
    assert await database.write(planning.approve, core.house.ward.id, asked.id, THREE)
    post = Post(core, THREE + GRACE)
    await post.remind()
    assert post.sent() == ["an"]
    await verify_dialogue(lan, [("/team_sent", "1 tới, 0 chưa tới")])


async def test_a_member_who_is_no_leader_asks_for_nothing_wide(core: Core, database: Database) -> None:
    minh = await member(core, "minh", role="member")
    await minh.say("/team_widen first_steps")
    assert (await stored(database))["campaigns"] == []


async def test_residents_see_which_reminders_they_got(core: Core) -> None:
    an = await join(core, "an")
    assert "Tin nhắc đã nhận" not in (await an.say("/mydata")).text
    await approved(core)
    await Post(core).remind()
    assert "Tin nhắc đã nhận: 1, mới nhất Bước đầu lúc 15:00 ngày 21/11/2026" in (await an.say("/mydata")).text


async def test_a_campaign_ends_also_when_its_platform_is_no_more(core: Core, database: Database) -> None:
    await join(core, "an")
    await approved(core)
    post = Post(core)
    for _ in range(2):
        await Reminding(core.house, lambda: post.now).step()  # nobody sends
        post.now += dt.timedelta(days=2)
    assert await outcomes(database) == {"expired": 1}
    assert sorted(row["status"] for row in (await stored(database))["campaigns"]) == ["approved", "done"]
