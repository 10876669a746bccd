"""The week's news for the teams: on Friday at four, once for each member whatever crashes, stopped by one tap."""

import asyncio
import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import Connection, select, update

from bot.digests import begun, send
from handlers.core import Core
from handlers.digest import advised
from handlers.messages import Reply
from handlers.standing import Figure, Standing, standings
from lessons.library import read_library
from storage import deliveries as outbox
from storage import digests, releasing
from storage.database import Database
from storage.neighbours import Left, Neighbour
from storage.tables import conversations, deliveries, neighbourhoods
from tests.dialogue import NOON, Resident, commands_of, stored, verify_dialogue
from tests.test_neighbours import LEARN
from tests.test_reminders import Post
from tests.test_standing import row
from tests.test_team import invitation, member

FRIDAY = dt.datetime(2026, 11, 27, 9, 0, tzinfo=dt.UTC)
"""Four in the afternoon in Viet Nam; the members joined six days before."""
SECOND = dt.timedelta(seconds=1)


async def on(core: Core, channel: str, address: str = "lan", place: str = "kp5") -> Resident:
    """Return a member on a channel."""
    joined = Resident(core, address, channel)
    await joined.says(await invitation(core, place), "1")
    return joined


async def sent(database: Database) -> list[Reply]:
    """Return what is in the outbox for reminders."""
    return [
        Reply.from_json(row["reply"]) for row in (await stored(database))["deliveries"] if row["lane"] == "campaign"
    ]


@pytest.mark.parametrize(
    ("at", "since"),
    [
        (FRIDAY - SECOND, None),
        (FRIDAY, FRIDAY),
        (FRIDAY + dt.timedelta(days=2) - SECOND, FRIDAY),
        (FRIDAY + dt.timedelta(days=5) - SECOND, FRIDAY),
        (FRIDAY + dt.timedelta(days=5), None),
        (FRIDAY + dt.timedelta(days=7), FRIDAY + dt.timedelta(days=7)),
    ],
)
def test_it_is_news_from_friday_at_four_for_five_days(at: dt.datetime, since: dt.datetime | None) -> None:
    assert begun(at) == since


async def test_every_member_gets_it_once_in_their_own_chat(core: Core, database: Database) -> None:
    for number, channel in enumerate(("telegram", "zalo_bot", "zalo_oa")):
        await on(core, channel, f"m{number}")
    await on(core, "telegram", "xa", "kp7")
    post = Post(core, FRIDAY)
    await send(core.house, FRIDAY - SECOND)
    assert await sent(database) == []
    for _ in range(3):
        await send(core.house, post.now)
        await post.remind()
    assert post.sent() == ["m0", "m1", "xa"]  # an Official Account may not write so late at no charge
    assert "**Tin tuần của Khu phố 5**, tính đến 16:00 ngày 27/11/2026" in post.channels["zalo_bot"].sent[0][1].replace(
        "<b>", "**"
    )
    assert len((await stored(database))["digests"]) == 3


async def test_on_an_official_account_it_waits_for_a_word_where_too_little_is_free(
    core: Core, database: Database
) -> None:
    lan = await on(core, "zalo_oa")
    lately = Resident(core, "lan", "zalo_oa", now=FRIDAY - dt.timedelta(hours=1), events=lan.events)
    await lately.say("/menu")

    def say(connection: Connection) -> None:
        place = connection.execute(select(conversations.c.id)).scalar_one()
        releasing.queue(connection, [(place, "[]")], FRIDAY, FRIDAY)

    def said(connection: Connection, messages: int) -> None:
        connection.execute(update(deliveries).values(status="sent", settled_at=FRIDAY, messages=messages))

    await database.write(say)
    about = (core.house.ward.id, FRIDAY.date(), FRIDAY, FRIDAY)
    for messages, cap, there in ((6, 8, 1), (7, 8, 0), (7, 0, 1)):  # the picture and the text are two
        await database.write(said, messages)
        assert len(await database.read(digests.readers, *about, cap)) == there


async def test_two_processes_and_a_crash_in_between_give_it_once(core: Core, database: Database) -> None:
    await on(core, "telegram")
    [reader] = await database.read(digests.readers, core.house.ward.id, FRIDAY.date(), FRIDAY, FRIDAY, 0)
    await asyncio.gather(*(send(core.house, FRIDAY) for _ in range(4)))
    assert not await database.write(digests.give, reader, FRIDAY.date(), "[]", FRIDAY, FRIDAY)
    [delivery] = [row for row in (await stored(database))["deliveries"] if row["lane"] == "campaign"]
    await database.write(outbox.claim, "telegram", "phuong-thu", "campaign", FRIDAY, 9)
    await database.write(outbox.recover, "telegram", "phuong-thu", FRIDAY, 1)  # it was being sent when the program died
    await send(core.house, FRIDAY + SECOND)
    found = [row for row in (await stored(database))["deliveries"] if row["lane"] == "campaign"]
    assert [(row["id"], row["status"]) for row in found] == [(delivery["id"], "unsure")]


async def test_when_the_program_was_down_it_comes_once_at_the_next_allowed_hour(core: Core, database: Database) -> None:
    await on(core, "telegram")
    monday = FRIDAY + dt.timedelta(days=2, hours=15, minutes=30)  # half past seven in the morning
    for at in (monday - SECOND, monday, monday + SECOND, monday + dt.timedelta(days=1)):
        await send(core.house, at)
    [told] = await sent(database)
    assert "tính đến 7:30 ngày 30/11/2026" in told.text
    await send(core.house, FRIDAY + dt.timedelta(days=7))
    assert len(await sent(database)) == 2


async def test_on_the_web_it_is_on_show_at_the_next_visit(core: Core, database: Database) -> None:
    lan = await on(core, "web")
    await send(core.house, FRIDAY)
    shown = await core.shown(lan.message(""))
    assert shown
    assert shown.text.startswith("**Tin tuần của Khu phố 5**")
    assert shown.card.startswith("khu/kp5/")
    assert await sent(database) == []
    lan.now = FRIDAY + dt.timedelta(hours=1)
    await verify_dialogue(lan, [("2", "Việc của tổ – Khu phố 5")])


async def test_whoever_is_in_the_middle_of_something_gets_it_afterwards(core: Core, database: Database) -> None:
    lan = await on(core, "telegram")
    lan.now = FRIDAY - dt.timedelta(minutes=1)
    await lan.say("/team")
    await send(core.house, FRIDAY)
    assert await sent(database) == []
    await send(core.house, FRIDAY + dt.timedelta(minutes=10))
    assert len(await sent(database)) == 1


async def test_nobody_gets_it_who_stopped_it_left_or_came_later(core: Core, database: Database) -> None:
    lan, hoa, late = await on(core, "telegram"), await on(core, "telegram", "hoa"), Resident(core, "muon", "telegram")
    await verify_dialogue(lan, [("/team_week", "Thôi gửi tin thứ Sáu"), ("Thôi gửi tin thứ Sáu", "không gửi tin tuần")])
    await hoa.says("/team_leave yes")
    late.now = FRIDAY + SECOND
    await late.says(await invitation(core, at=late.now), "1")
    await send(core.house, FRIDAY + dt.timedelta(hours=1))
    assert await sent(database) == []
    await verify_dialogue(lan, [("/team_week", "Gửi tôi tin này mỗi thứ Sáu"), ("gui toi tin nay", "từ 16 giờ")])
    await send(core.house, FRIDAY + dt.timedelta(hours=1))
    assert len(await sent(database)) == 1


async def test_a_neighbourhood_that_ended_keeps_nobody_elses_news_back(core: Core, database: Database) -> None:
    gone = await on(core, "telegram", "xa", "kp7")
    await on(core, "telegram")
    ended = neighbourhoods.update().where(neighbourhoods.c.code == "kp7").values(ended_on=NOON.date())
    await database.write(lambda connection: connection.execute(ended))
    await send(core.house, FRIDAY)
    [news] = await sent(database)
    assert "Khu phố 5" in news.text
    for command in ("/team", "/team_week", "/team_skills"):
        await verify_dialogue(gone, [(command, "Hôm nay")])


async def test_it_waits_for_the_hours(core: Core, database: Database) -> None:
    await on(core, "telegram")
    for hours, count in ((5, 0), (16, 1)):  # nine in the evening; eight in the morning
        await send(core.house, FRIDAY + dt.timedelta(hours=hours))
        assert len(await sent(database)) == count


async def test_it_says_what_the_week_brought_and_what_to_do_next(core: Core) -> None:
    for number in range(6):
        learner = Resident(core, f"r{number}", now=NOON if number else NOON - dt.timedelta(days=8))
        await learner.join()
        await learner.says(*LEARN)
    await Resident(core, "near").join()
    lan = replace(await member(core, "lan"), now=FRIDAY)
    shown = await lan.say("/team_week")
    assert "Khu phố 5: **6/10** (60 %), còn **2** người nữa" in shown.text
    assert "Bảy ngày qua: **thêm 5 người**" in shown.text
    assert "Bước đầu: thêm 5 người, còn 2" in shown.text
    assert "1 người chỉ thiếu một bài mà tổ chưa biết tên" in shown.text
    assert commands_of(shown)[0] == "/team_remind continue"
    week_ago = await standings(core.house, FRIDAY - dt.timedelta(days=7), week=True)
    assert (week_ago["kp5"].basic.row.covered, week_ago["kp5"].basic.gained) == (1, 1)


async def test_few_people_are_some(core: Core) -> None:
    learner = Resident(core, "r")
    await learner.join()
    await learner.says(*LEARN)
    shown = await replace(await member(core, "lan"), now=FRIDAY).say("/team_week")
    assert "Khu phố 5: dưới 5 người." in shown.text
    assert "Bước đầu: thêm vài người\n" in shown.text


def test_the_advice_is_what_is_nearest() -> None:
    def standing(covered: int, joined: int = 50) -> Standing:
        basic = row(covered)._replace(joined=joined)
        skills = (Figure("a", "Bài A", row(90), 0), Figure("b", "Bài B", row(30), 0))
        return Standing("Khu phố 5", NOON, 80, Figure("", "", basic, 0), skills)

    named, unnamed = Left(Neighbour(1, "Bà Tư", "", None, spoken=True), 1), Left(None, 1)
    assert advised(standing(0, joined=0), []).command == "/team_forward continue"
    assert advised(standing(250), [named]).command == "/team_left"
    assert (advised(standing(40), [named, unnamed]).command, advised(standing(40), [named]).count) == ("/team_left", 1)
    assert advised(standing(40), [unnamed]).command == "/team_remind continue"
    assert advised(standing(40), [Left(None, 2)]).command == "/team_class_open b"


async def test_the_news_of_the_real_lessons_fits_below_a_picture(core: Core) -> None:
    real = Core(replace(core.house, library=read_library()), core._commands, core._words)
    shown = await (await member(real, "lan")).say("/team_week")
    assert len(shown.text) + 8 * 15 <= 1024  # with "thêm 1000 người" for each
