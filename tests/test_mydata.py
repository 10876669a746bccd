"""The resident's own data: shown in full, reminders stopped at one tap, everything erased at two."""

import re
from dataclasses import replace

import pytest

from handlers.core import Core
from storage.conversations import belong
from storage.database import Database
from tests.dialogue import NOON, Resident, commands_of, stored, stored_texts, verify_dialogue

ABOUT_PEOPLE = ("residents", "consents", "positions", "attempts", "answers", "completions", "certificates")


async def busy_resident(core: Core, address: str = "ba-tu") -> Resident:
    """Return a resident of whom every table holds something."""
    resident = Resident(core, address)
    await resident.join(remind="1")
    await resident.says(
        "/lesson first_steps 3",
        "/quiz first_steps",
        "2",
        "1",
        "3",
        "1",
        "1",
        "3",
        "/certificate",
        "/quiz second_steps",
        "1",
    )
    tables = await stored(core.house.database)
    assert all(tables[name] for name in ABOUT_PEOPLE)
    return resident


async def test_everything_that_is_held_is_shown(core: Core) -> None:
    resident = await busy_resident(core)
    text = (await resident.say("dữ liệu của tôi")).text
    for held in (
        "Nơi ở: **Khu phố 5**",
        "Nhóm tuổi: từ 60 tuổi trở lên",
        "Bài đã đạt: Bước đầu",
        "Số bài đã mở: 1",
        "12:00 ngày 21/11/2026: đồng ý được đếm",
        "12:00 ngày 21/11/2026: đồng ý được nhắc",
    ):
        assert held in text


async def test_a_guardian_is_shown_with_the_childs_consent(core: Core) -> None:
    resident = Resident(core)
    await resident.join_as_child()
    shown = await resident.say("/mydata")
    assert "đồng ý được đếm, có người giám hộ" in shown.text
    assert "từ 7 đến 17 tuổi" in shown.text
    assert [choice.label for choice in shown.choices][:3] == ["Đổi nơi ở", "Thôi đếm tôi", "Nối với Zalo hoặc máy khác"]


async def test_somebody_who_agreed_to_nothing_is_told_that_nothing_is_held(core: Core) -> None:
    shown = await Resident(core).says("/start kp5", "/mydata")
    assert "**chưa giữ**" in shown.text
    assert commands_of(shown) == ["/consent", "/link code", "/erase", "/menu", "/person"]


async def test_everything_shown_can_be_changed_from_there(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    await verify_dialogue(
        resident,
        [
            ("/mydata", "Nhắc tôi học"),
            ("nhắc tôi học", "**muốn được nhắc**"),
            ("/mydata", "Dừng nhắc"),
            ("dừng nhắc", "**dừng nhắc**"),
            ("/mydata", "không đồng ý được nhắc"),
            ("thôi đếm tôi", "**không đếm**"),
            ("/mydata", "Cho phép ghi và đếm"),
            ("không xóa", "chưa trả lời được"),
            ("đổi nơi ở", "Bà con đang ở khu phố nào?"),
        ],
    )


@pytest.mark.parametrize("said", ["dừng", "Dừng!", "dung", "/stop", "đừng nhắn nữa", "stop", "dừng lại"])
async def test_reminders_stop_at_one_word_and_that_can_be_undone(core: Core, database: Database, said: str) -> None:
    resident = Resident(core)
    await resident.join(remind="1")
    assert "**dừng nhắc**" in (await resident.say(said)).text
    assert [row["reminded"] for row in (await stored(database))["residents"]] == [False]
    await resident.say("đổi lại như trước")
    assert [row["reminded"] for row in (await stored(database))["residents"]] == [True]


async def test_stopping_what_never_began_reassures_and_keeps_nothing(core: Core, database: Database) -> None:
    reply = await Resident(core).say("dừng")
    assert "không nhắc" in reply.text
    resident = Resident(core, "joined")
    await resident.join()
    proofs = len((await stored(database))["consents"])
    await resident.says("dừng", "dừng")
    assert len((await stored(database))["consents"]) == proofs


@pytest.mark.parametrize("said", ["xoá", "xóa", "xoa", "Xóa dữ liệu của tôi", "xoa het", "/erase", "/erase no"])
async def test_one_tap_erases_nothing_yet(core: Core, database: Database, said: str) -> None:
    resident = Resident(core)
    await resident.join()
    for _ in range(2):
        asked = await resident.say(said)
        assert "**không lấy lại được**" in asked.text
    assert len((await stored(database))["residents"]) == 1
    assert "Đây là tất cả" in (await resident.say("không")).text


async def test_the_second_tap_erases_everything_at_once_with_a_receipt(core: Core, database: Database) -> None:
    resident = await busy_resident(core)
    reply = await resident.says("xóa", "1")
    found = re.search(r"Mã biên nhận: \*\*([0-9A-F]{8})\*\*", reply.text)
    assert found
    assert "12:00 ngày 21/11/2026" in reply.text
    tables = await stored(database)
    for name in ABOUT_PEOPLE:
        assert tables[name] == [], name
    (request,) = tables["data_requests"]
    assert (request["kind"], request["receipt"], request["done_at"]) == ("erase", found[1], NOON)
    (conversation,) = tables["conversations"]
    assert conversation["resident_id"] is None
    kept = await stored_texts(database)
    assert "khu phố 5, " not in kept
    assert "bước đầu" not in kept


async def test_after_erasing_the_bot_knows_nothing_and_one_may_begin_anew(core: Core, database: Database) -> None:
    resident = await busy_resident(core)
    await resident.says("xóa", "1")
    await verify_dialogue(
        resident,
        [
            ("/mydata", "**chưa giữ**"),
            ("/results", "**không ghi lại**"),
            ("/place kp5", "cho phép"),
            ("/remind yes", "Nút này cũ rồi"),
            ("/start kp7", "Chào bà con **Khu phố 7**"),
        ],
    )
    assert (await stored(database))["residents"] == []
    await resident.says("1", "1", "1", "2")
    (row,) = (await stored(database))["residents"]
    assert row["counted"] is True


async def test_erasing_takes_the_residents_other_conversations_along(core: Core, database: Database) -> None:
    resident = await busy_resident(core)
    other = Resident(core, "ba-tu-zalo", channel="zalo")
    neighbour = Resident(core, "ong-nam")
    await other.say("/start")
    await neighbour.join()
    tables = await stored(database)
    (first,) = [row for row in tables["conversations"] if row["address"] == "ba-tu"]
    (second,) = [row for row in tables["conversations"] if row["address"] == "ba-tu-zalo"]
    await database.write(belong, second["id"], first["resident_id"])
    assert "Khu phố 5" in (await other.say("/mydata")).text
    await resident.says("xóa", "1")
    tables = await stored(database)
    assert sorted(row["address"] for row in tables["conversations"]) == ["ba-tu", "ong-nam"]
    assert len(tables["residents"]) == 1, "the neighbour stays"
    assert not [row for row in tables["seen"] if row["conversation_id"] == second["id"]]
    assert "**chưa giữ**" in (await other.say("/mydata")).text


async def test_erasing_takes_the_answers_still_to_be_carried_along(core: Core, database: Database) -> None:
    resident = Resident(core)
    for said in ("/start kp5", "1", "1", "1", "/mydata", "/erase yes"):
        assert await core.answer(replace(resident.message(said), immediate=False))
    (delivery,) = (await stored(database))["deliveries"]
    assert "Mã biên nhận" in delivery["reply"], "only the receipt is left to be sent"


async def test_erasing_twice_does_no_harm(core: Core, database: Database) -> None:
    resident = await busy_resident(core)
    await resident.says("xóa", "1")
    reply = await resident.say("/erase yes")
    assert "Đã xóa xong" in reply.text
    assert (await stored(database))["residents"] == []


async def test_the_same_tap_delivered_twice_erases_once(core: Core, database: Database) -> None:
    resident = await busy_resident(core)
    first = await resident.say("/erase yes", event="tap")
    assert await resident.say("/erase yes", event="tap") == first
    assert len((await stored(database))["data_requests"]) == 1
