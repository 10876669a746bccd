"""Classes: opened by a member, entered by a code or by a tick; attendance alone proves nothing; no other team's."""

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.pictures import Pictures
from handlers.classes import MOMENT
from handlers.core import Core
from office import notices, typesetting
from office.posters import Doors
from storage.classes import OPEN_FOR, class_of
from storage.conversations import Raced
from storage.database import Database
from storage.neighbourhoods import NeighbourhoodRow, helper_of, save
from storage.team import act
from storage.team_facts import Ticked, Unticked
from tests.dialogue import NOON, Resident, stored, verify_dialogue
from tests.test_neighbours import LEARN, with_person
from tests.test_team import member, membership
from tests.visits import settings_of


async def opened(lan: Resident, place: str = "Nhà văn hóa") -> str:
    """Open a class; return its code as it is typed."""
    found = re.search(r"#lop-\w{6}", (await lan.say(f"/team_class_open first_steps {place}")).text)
    assert found
    return found[0]


async def there(database: Database) -> int:
    return len((await stored(database))["attendances"])


async def test_a_class_is_opened_in_four_taps(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    await verify_dialogue(lan, [("viec cua to", "Lớp học"), ("lop hoc", "Mở lớp: Bước đầu"), ("1", "học ở đâu?")])
    await verify_dialogue(lan, [("1", "Đã mở lớp **Bước đầu**, tại Nhà văn hóa"), ("1", "Có mặt: **0** người")])
    held = await membership(database, "lan")
    [found] = (await stored(database))["classes"]
    assert (found["topic"], found["place"], found["member_id"], found["at"]) == (
        "first_steps",
        "Nhà văn hóa",
        held.id,
        NOON,
    )


async def test_a_newcomer_comes_in_by_the_code_and_is_placed(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    code, tu = await opened(lan), Resident(core, "tu")
    await verify_dialogue(tu, [(code, "Lớp **Bước đầu** của Khu phố 5"), ("1", "xin phép ghi lại")])
    await verify_dialogue(tu, [("1", "Khu phố 5"), ("1", "Khu phố 5")])
    assert [row["neighbourhood_id"] for row in (await stored(database))["residents"]] == [
        (await membership(database, "lan")).neighbourhood_id
    ]
    assert await there(database) == 1
    await verify_dialogue(lan, [(f"/team_class_show {code[1:]}", "Có mặt: **1** người, trong đó 0 người đã đạt")])
    await tu.says(*LEARN)
    await verify_dialogue(lan, [(f"/team_class_show {code[1:]}", "trong đó 1 người đã đạt")])
    await verify_dialogue(tu, [("/mydata", "Số lớp đã dự: 1")])


async def test_a_resident_comes_in_by_one_tap_and_twice_is_once(core: Core, database: Database) -> None:
    code, tu = await opened(await member(core, "lan")), Resident(core, "tu")
    await tu.join("kp7")
    await verify_dialogue(tu, [(code, "Tôi có mặt"), ("1", "Có mặt thôi thì chưa tính là đạt"), (code, "Tôi có mặt")])
    await tu.say("1")
    tables = await stored(database)
    assert len(tables["attendances"]) == 1
    assert tables["completions"] == []


async def test_the_code_is_of_no_use_the_next_day(core: Core, database: Database) -> None:
    code, tu = await opened(await member(core, "lan")), Resident(core, "tu")
    await tu.join()
    late = replace(tu, now=NOON + OPEN_FOR + dt.timedelta(seconds=1))
    await verify_dialogue(late, [(code, "Lớp này đã xong"), (f"/here {code[1:]}", "Lớp này đã xong")])
    assert await there(database) == 0


async def test_people_are_ticked_by_numbers_and_ranges_as_they_were_on_show(core: Core, database: Database) -> None:
    lan = await with_person(core, *(f"{name}, 1950" for name in ("An", "Bình", "Cúc", "Dung", "Em")))
    code = (await opened(lan))[1:]
    await verify_dialogue(lan, [(f"/team_tick {code}", "[5] Em"), ("1 3-4", "Đã điểm danh: An, Cúc, Dung.")])
    await verify_dialogue(lan, [("2", "Đã điểm danh: Em."), ("7 8", "không có số 7, 8"), ("1", "Đã điểm danh: Bình.")])
    assert await there(database) == 5
    people = [row["resident_id"] for row in (await stored(database))["names"]]
    await lan.say(f"/team_tick {code} id {people[0]}")
    assert await there(database) == 5
    assert (await stored(database))["completions"] == []


@pytest.mark.parametrize(
    ("typed", "names", "said"),
    [
        ("1,3;4\u20135", "An, Cúc, Dung, Em", "Đã điểm danh: An, Cúc, Dung, Em."),
        ("1 1 1-1", "An", "Đã điểm danh: An."),
        ("4-2", "Bình, Cúc, Dung", "Đã điểm danh: Bình, Cúc, Dung."),
        ("2 đến 4", "Bình, Cúc, Dung", "Đã điểm danh: Bình, Cúc, Dung."),
        ("so 5 va 40", "Em", "không có số 40"),
        ("1-999", "An, Bình, Cúc, Dung, Em", "không có số 999"),
        ("0 3", "Cúc", "không có số 0"),
        ("An với Cúc", "", "gõ các số đứng trước tên"),
    ],
)
async def test_numbers_may_be_typed_anyhow(typed: str, names: str, said: str, core: Core, database: Database) -> None:
    lan = await with_person(core, *(f"{name}, 1950" for name in ("An", "Bình", "Cúc", "Dung", "Em")))
    code = (await opened(lan))[1:]
    await verify_dialogue(lan, [(f"/team_tick {code}", "[5] Em"), (typed, said)])
    tables = await stored(database)
    called = {row["resident_id"]: row["name"] for row in tables["names"]}
    assert ", ".join(sorted(called[row["resident_id"]] for row in tables["attendances"])) == names


async def test_an_open_class_has_a_notice_to_be_scanned(core: Core, database: Database, tmp_path: Path) -> None:
    lan = await member(core, "lan")
    rows = [NeighbourhoodRow("kp5", "Khu phố 5", 10, "", None, "Cô Lan", "nhà văn hóa")]
    await database.write(save, core.house.ward.id, rows)
    shown = await lan.say("/team_class_open first_steps Nhà văn hóa, phòng 2")
    again = await lan.say(f"/team_class_code {shown.card.split('/')[1]}")
    assert again.card == shown.card
    for said in ("Tại: Nhà văn hóa, phòng 2, từ 12:00 ngày 21/11/2026", "Người hướng dẫn: Cô Lan"):
        assert said in again.text
    settings = settings_of(cards_dir=tmp_path, public_url="https://hocvuso.example.invalid")
    file = await Pictures(settings, core.house, lambda: NOON).picture_of(shown)
    assert file
    assert file.stat().st_size <= 150_000
    found = await database.read(class_of, core.house.ward.id, shown.card.split("/")[1], NOON)
    assert found
    helper = await database.read(helper_of, found.neighbourhood_id)
    for doors, link in (
        (Doors(site="https://a.invalid", telegram="bot"), f"https://a.invalid/kp/{found.code}"),
        (Doors(telegram="bot"), f"https://t.me/bot?start={found.code}"),
        (Doors(zalo_oa="1"), ""),
    ):
        given = notices.given(found, "Bước đầu", helper, "Phường Thử", doors)
        assert given["qr"] == (typesetting.qr(link) if link else "")
        assert (given["code"], given["helper"]) == (f"#{found.code}", "Người hướng dẫn: Cô Lan")
        typesetting.check("notice", given)
    late = Pictures(settings, core.house, lambda: NOON + OPEN_FOR + dt.timedelta(seconds=1))
    assert await late.picture_of(shown) is None


async def test_who_was_ticked_is_asked_from_the_class(core: Core, database: Database) -> None:
    lan = await with_person(core)
    code = (await opened(lan))[1:]
    await lan.says(f"/team_tick {code}", "1")
    await verify_dialogue(lan, [(f"/team_class_show {code}", "Hỏi hai câu: Bà Tư"), ("3", "câu 1/2")])
    await verify_dialogue(lan, [("1", "câu 2/2"), ("3", "Đã ghi"), (f"/team_class_show {code}", "1 người đã đạt")])


async def test_nobody_is_ticked_off_in_a_class_of_another_neighbourhood(core: Core, database: Database) -> None:
    code = (await opened(await with_person(core)))[1:]
    await member(core, "hoa", "kp7")
    tables = await stored(database)
    [tu] = [row["resident_id"] for row in tables["names"]]
    [conversation] = [row["id"] for row in tables["conversations"] if row["address"] == "hoa"]
    held = await membership(database, "hoa")
    with pytest.raises(Raced):
        await database.write(act, conversation, Ticked(held.id, code, (tu,)), "web", NOON)


async def test_erasing_a_resident_erases_that_they_were_there(core: Core, database: Database) -> None:
    code, tu = await opened(await member(core, "lan")), Resident(core, "tu")
    await tu.join()
    await tu.says(code, "1", "/erase yes")
    assert await there(database) == 0


async def test_who_was_ticked_off_by_mistake_is_taken_back_and_nobody_else(core: Core, database: Database) -> None:
    lan = await with_person(core, "An, 1950", "Bình, 1950", "Cúc, 1950")
    code = (await opened(lan))[1:]
    await lan.says(f"/team_tick {code}", "1")
    later = replace(lan, now=NOON + dt.timedelta(minutes=5))
    shown = await later.say(f"/team_tick {code}")
    assert "hoàn tác" not in " ".join(choice.label for choice in shown.choices)
    await verify_dialogue(later, [("1 2", "Đã điểm danh: Bình, Cúc."), ("ghi nhầm, hoàn tác", "có mặt: Bình, Cúc.")])
    assert await there(database) == 1
    undo = f"/team_untick {code} {later.now:{MOMENT}}"
    await verify_dialogue(later, [(undo, "Không còn ai để hoàn tác"), (f"/team_untick {code} 1", "Hôm nay")])
    await later.says(f"/team_tick {code}", "1")
    await verify_dialogue(await member(core, "hoa", "kp7"), [(undo, "Hôm nay")])
    held = await membership(database, "hoa")
    [conversation] = [row["id"] for row in (await stored(database))["conversations"] if row["address"] == "hoa"]
    with pytest.raises(Raced):
        await database.write(act, conversation, Unticked(held.id, code, later.now), "web", NOON)
    assert await there(database) == 2
