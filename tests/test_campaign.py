"""Reminding one's neighbourhood in the chat: three taps, exactly what residents get, a receipt that adds up."""

import datetime as dt
from dataclasses import replace

from handlers.campaign import GRACE
from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.hours import VIET_NAM
from handlers.speech import known_words
from storage.audience import Ways
from storage.database import Database
from tests.dialogue import Resident, commands_of, stored, verify_dialogue, written
from tests.test_reminders import THREE, Post, join
from tests.test_team import member


async def leader(core: Core) -> Resident:
    """Return the leader of Khu phố 5, in the afternoon."""
    lan = await member(core, "lan")
    lan.now = THREE
    return lan


async def test_three_taps_remind_the_neighbourhood_and_the_receipt_adds_up(core: Core) -> None:
    await join(core, "an")
    await join(core, "binh", "zalo_bot")
    await join(core, "chi", "web")
    await join(core, "dung", remind="2")
    await join(core, "xa", code="kp7")
    lan, post = await leader(core), Post(core)
    await verify_dialogue(lan, [("/team", "Nhắc bài"), ("Nhắc bài", "Học tiếp bài đang dở")])
    shown = written(await lan.say("Bước đầu"))
    for said in ("[1] Học tiếp", "[2] Dừng nhắc", "**2 người** nhận được", "Telegram: 1", "Zalo Bot: 1", "15:05"):
        assert said in shown
    assert "Chưa đồng ý được nhắc: 1" in shown
    assert "Máy không nhắn tới được: 1" in shown
    await verify_dialogue(lan, [("1", "sẽ gửi lúc **15:05"), ("1", "chờ gửi")])
    await post.remind()
    assert post.sent() == []  # it can still be taken back
    post.now = lan.now = THREE + GRACE
    await post.remind()
    [(_, received)] = post.channels["telegram"].sent
    assert received.split("**")[1] in shown
    assert post.sent() == ["an", "binh"]
    await verify_dialogue(lan, [("/team_sent", "2 tới, 2 chưa tới")])
    lan.now = post.now = THREE + dt.timedelta(minutes=10)
    await post.remind()  # the second message waits for its day
    told = written(await lan.say("/team_sent"))
    assert "2 tới, 2 chưa tới" in told
    assert "Ai chưa học được nhắc tiếp lúc 15:05 ngày 24/11/2026." in told
    assert "nhắc lần hai" not in told
    assert "Hủy: Bước đầu" in told


async def test_whom_it_means_can_be_chosen(core: Core, database: Database) -> None:
    begun = await join(core, "an")
    await begun.says("/lesson first_steps", "1")
    await join(core, "binh")
    lan = await leader(core)
    lines = [
        ("/team_remind first_steps", "Ai chưa đạt: **2 người** nhận được"),
        ("chọn người nhận", "cho **những ai**"),
        ("ai đang học dở", "Ai đang học dở: **1 người** nhận được"),
        ("/team_remind first_steps:n", "Ai chưa học lần nào: **1 người**"),
        ("/team_remind first_steps:m", "Hôm nay"),
        ("/team_remind continue", "Ai 7 ngày nay chưa vào"),
        ("chọn người nhận", "cho **những ai**"),
        ("2", "Ai 30 ngày nay chưa vào"),
        ("/team_remind first_steps:n", "Gửi cho 1 người"),
        ("1", "sẽ gửi lúc"),
        ("1", "Bước đầu**, ai chưa học lần nào – chờ gửi"),
        ("/team_remind first_steps", "**đã hẹn nhắc**"),
    ]
    await verify_dialogue(lan, lines)
    post = Post(core, THREE + GRACE)
    await post.remind()
    assert post.sent() == ["binh"]


async def test_what_is_charged_for_is_told_before(core: Core) -> None:
    await join(core, "an", "zalo_oa")
    lan = await leader(core)
    lan.now = THREE + dt.timedelta(days=3)
    for price, told in ((55, "Zalo, có tính phí: 1, khoảng 55 đồng"), (0, "có tính phí: 1, chưa rõ giá")):
        lan.core = Core(replace(core.house, ways=Ways(paid=True, paid_price=price)), COMMANDS, known_words())
        assert told in (await lan.say("/team_remind first_steps")).text


async def test_it_can_be_taken_back_before_the_start(core: Core, database: Database) -> None:
    await join(core, "an")
    lan, post = await leader(core), Post(core, THREE + GRACE)
    await lan.says("/team_remind first_steps", "1")
    await verify_dialogue(lan, [("Hủy, đừng gửi", "Đã hủy"), ("/team_sent", "đã hủy")])
    await post.remind()
    assert post.sent() == []


async def test_it_may_wait_until_tomorrow_morning(core: Core) -> None:
    await join(core, "an")
    lan = await leader(core)
    await lan.say("/team_remind first_steps")
    await verify_dialogue(lan, [("Để sáng mai", "sẽ gửi lúc **7:30 ngày 22/11/2026")])
    post = Post(core, THREE + GRACE)
    await post.remind()
    assert post.sent() == []
    post.now = THREE + dt.timedelta(days=1)
    await post.remind()
    assert post.sent() == ["an"]


async def test_weekly_it_begins_four_times_each_with_a_second_message_and_not_once_more(core: Core) -> None:
    await join(core, "an")
    lan = await leader(core)
    await lan.say("/team_remind first_steps")
    weekly = "lần cuối bắt đầu ngày **12/12/2026**"
    await verify_dialogue(lan, [("Nhắc mỗi tuần, 4 tuần", weekly), ("1", "Bước đầu**, mỗi tuần – chờ gửi")])
    post, days = Post(core), []
    for day in range(35):
        post.now = THREE + GRACE + dt.timedelta(days=day)
        before = len(post.sent())
        await post.remind()
        days += [day] * (len(post.sent()) - before)
    assert days == [0, 3, 7, 10, 14, 17, 21, 24]


async def test_the_day_and_the_end_of_a_weekly_one_can_be_chosen(core: Core, database: Database) -> None:
    await join(core, "an")
    lan = await leader(core)
    await lan.say("/team_remind first_steps")
    weekly = [
        ("Nhắc mỗi tuần, chọn ngày", "mỗi tuần vào ngày nào"),
        ("thứ Tư, từ 25/11", "mỗi **thứ Tư**, từ ngày 25/11"),
    ]
    await verify_dialogue(lan, weekly)
    assert await planned(database) == []
    await verify_dialogue(lan, [("8 tuần, lần cuối 13/1/2027", "lần cuối bắt đầu ngày **13/1/2027**")])
    local = [time.astimezone(VIET_NAM) for time in await planned(database)]
    assert [f"{time:%H:%M %d/%m/%Y}" for time in local] == ["07:30 25/11/2026", "07:30 13/01/2027"]
    await verify_dialogue(lan, [("/team_weekly first_steps 2026-11-21", "Hôm nay"), ("/team_weekly x", "Hôm nay")])


async def planned(database: Database) -> list[dt.datetime]:
    """Return when the campaigns begin, and begin for the last time."""
    rows = (await stored(database))["campaigns"]
    return [row[name] for row in rows for name in ("starts_at", "weekly_until")]


async def test_a_weekly_one_is_not_asked_for_twice_and_stops_when_it_is_taken_back(
    core: Core, database: Database
) -> None:
    await join(core, "an")
    lan, post = await leader(core), Post(core, THREE + GRACE)
    await lan.says("/team_remind first_steps", "Nhắc mỗi tuần, 4 tuần")
    await post.remind()
    told = await lan.say("/team_remind first_steps")
    assert "**đã hẹn nhắc** bài này lúc **15:05 ngày 24/11/2026**" in told.text
    assert not [word for word in commands_of(told) if word.startswith("/team_send")]
    assert "Đã hủy" in (await lan.say("Hủy, đừng gửi")).text
    for day in (3, 7, 10):
        post.now = THREE + GRACE + dt.timedelta(days=day)
        await post.remind()
    assert post.sent() == ["an"]
    assert [row["status"] for row in (await stored(database))["campaigns"]] == ["done", "cancelled"]
    lan.now = post.now
    assert "/team_send" in str(commands_of(await lan.say("/team_remind first_steps")))


async def test_tapping_twice_asks_once_and_an_old_button_asks_nothing(core: Core, database: Database) -> None:
    await join(core, "an")
    lan = await leader(core)
    button = next(word for word in commands_of(await lan.say("/team_remind first_steps")) if "/team_send" in word)
    await lan.says(button, button)
    lan.now += dt.timedelta(days=1)
    await verify_dialogue(lan, [(button, "Người nhận sẽ thấy")])
    assert len((await stored(database))["campaigns"]) == 1


async def test_a_text_to_be_passed_on_leads_to_the_neighbourhood(core: Core) -> None:
    await verify_dialogue(
        await leader(core), [("/team_forward first_steps", "#kp5"), ("/team_forward continue", "#kp5")]
    )
