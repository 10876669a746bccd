"""The team's neighbourhood: how far it is, who is left, people without a phone; and no other neighbourhood."""

from dataclasses import replace
from itertools import count

import pytest

from handlers.core import Core
from storage.conversations import Raced
from storage.coverage import coverage
from storage.database import Database
from storage.neighbours import UNDO_WITHIN, all_neighbours, observe
from storage.suspicions import judge
from storage.team import act
from storage.team_facts import NeighbourForgotten, Observed, Unobserved
from tests.dialogue import NOON, Resident, stored, verify_dialogue
from tests.test_team import member, membership

LEARN = ("/lesson first_steps 3", "/quiz first_steps", "/answer first_steps 1 1", "/answer first_steps 2 3")
ORAL = "/team_oral {} first_steps {} {}"


async def with_person(core: Core, *described: str, address: str = "lan", place: str = "kp5") -> Resident:
    """Return a member who has added people without a phone."""
    helper = await member(core, address, place)
    for said in described or ("Bà Tư, 1950, tổ 3",):
        await helper.says("/team_add yes", said)
    return helper


async def ids(database: Database) -> list[int]:
    return [row["resident_id"] for row in (await stored(database))["names"]]


async def covered(core: Core) -> dict[str, tuple[int, int]]:
    """Return how many have joined and are covered in each neighbourhood that has somebody."""
    house = core.house
    rows = await house.database.read(coverage, house.ward.id, ("first_steps",), 80)
    return {row.code: (row.joined, row.covered) for row in rows if row.joined}


async def test_a_member_sees_the_goal_at_once(core: Core) -> None:
    for number in range(3):
        await Resident(core, f"r{number}").join()
    await Resident(core, "r0", events=count(100)).says(*LEARN)
    lan = await member(core, "lan")
    await verify_dialogue(lan, [("viec cua to", "Khu phố 5: **1/10** (10 %), còn **7** người nữa đạt 80 %")])


async def test_who_is_left_is_a_number_until_they_agree_to_be_seen(core: Core) -> None:
    tu, lan = Resident(core, "tu"), await member(core, "lan")
    await tu.join()
    await verify_dialogue(lan, [("/team_left", "còn **1** người không nêu tên, trong đó 1 người chỉ thiếu một bài")])
    await verify_dialogue(tu, [("/mydata", "Cho tổ biết tên tôi"), ("cho to biet ten toi", "Gõ tên là đồng ý")])
    assert "Bà Tư" not in (await lan.say("/team_left")).choices[0].label
    await verify_dialogue(tu, [("Bà Tư, tổ 3", "với tên **Bà Tư**"), ("/mydata", "Tên tổ khu phố thấy: Bà Tư, tổ 3")])
    await verify_dialogue(lan, [("/team_left", "[1] Bà Tư, tổ 3 – thiếu 1"), ("1", "Còn thiếu 1 bài cơ bản")])
    await verify_dialogue(tu, [("/unshown", "chỉ còn là một con số")])
    await verify_dialogue(lan, [("/team_left", "còn **1** người không nêu tên")])


async def test_those_with_the_least_left_come_first(core: Core) -> None:
    lan = await with_person(core, "Bà Tư, 1950", "Ông Sáu, 1948")
    [_, sau] = await ids(core.house.database)
    await lan.say(ORAL.format(sau, 1, 3))
    shown = await lan.say("/team_left")
    assert [choice.label for choice in shown.choices][:1] == ["Bà Tư – thiếu 1"]


async def test_a_number_is_no_name(core: Core, database: Database) -> None:
    tu = Resident(core, "tu")
    await tu.join()
    await tu.says("/shown", "0912345678")
    assert await ids(database) == []


async def test_a_name_is_nobodys_business_before_counting_is_agreed_to(core: Core, database: Database) -> None:
    for said in ("/shown Bà Tư", "/unshown"):
        await Resident(core, "la").say(said)
    child = Resident(core, "be")
    await child.join_as_child()
    await child.say("/shown Bé Tư")
    assert await ids(database) == []


async def test_somebody_without_a_phone_is_added_asked_and_counted(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    taps = [
        ("/team_left", "Thêm người không có máy"),
        ("them nguoi khong co may", "đọc to cho người ấy nghe"),
        ("1", "tên gọi, năm sinh"),
        ("Bà Tư, 1950, tổ 3", "Đã thêm **Bà Tư**, sinh 1950, tổ 3"),
        ("1", "[1] Bà Tư, tổ 3 – thiếu 1"),
        ("1", "[1] Hỏi bài: Bước đầu"),
        ("1", "câu 1/2"),
        ("1", "câu 2/2"),
        ("3", "Đã ghi: **Bà Tư** biết làm «Bước đầu»"),
    ]
    await verify_dialogue(lan, taps)
    assert await covered(core) == {"kp5": (1, 1)}
    tables = await stored(database)
    held = await membership(database, "lan")
    assert [(row["topic"], row["member_id"]) for row in tables["observations"]] == [("first_steps", held.id)]
    assert [(row["topic"], row["grade"]) for row in tables["completions"]] == [("first_steps", "observed")]
    assert [(row["purpose"], row["agreed"], row["version"]) for row in tables["consents"]] == [
        ("count", True, "2026-11 spoken")
    ]
    assert [(row["spoken"], row["member_id"]) for row in tables["names"]] == [(True, held.id)]


async def test_one_wrong_answer_records_nothing_and_both_are_asked_again(core: Core, database: Database) -> None:
    lan = await with_person(core)
    [tu] = await ids(database)
    await verify_dialogue(lan, [(ORAL.format(tu, 2, 3), "chưa đúng cả hai câu"), ("1", "câu 1/2")])
    assert (await stored(database))["completions"] == []


async def test_recording_twice_changes_nothing(core: Core, database: Database) -> None:
    lan = await with_person(core)
    [tu] = await ids(database)
    await lan.says(ORAL.format(tu, 1, 3), ORAL.format(tu, 1, 3))
    await verify_dialogue(lan, [(ORAL.format(tu, 1, 3), "không tính thêm")])
    assert len((await stored(database))["completions"]) == 1


async def test_who_may_be_the_same_person_is_shown_first(core: Core, database: Database) -> None:
    lan = await with_person(core)
    await verify_dialogue(lan, [("/team_add yes", "tên gọi"), ("ba tu, 1951, to 3", "Đã có người giống **ba tu**")])
    assert len(await ids(database)) == 1
    await verify_dialogue(lan, [("2", "Đã thêm **ba tu**"), ("/team_add_anyway", "Bà con gõ **tên gọi")])
    assert len(await ids(database)) == 2
    await verify_dialogue(lan, [("/team_add yes", "tên gọi"), ("Bà Tư, 1980", "Đã thêm")])  # a daughter, perhaps


@pytest.mark.parametrize("said", ["Bà Tư", "1950", "Bé Na, 2020", "Bà Tư, 1950, 0912345678", "Bà Tư 1850"])
async def test_what_is_not_clear_or_too_much_is_asked_again(said: str, core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    await verify_dialogue(lan, [("/team_add yes", "tên gọi"), (said, "Ví dụ: Bà Tư, 1950, tổ 3")])
    assert await ids(database) == []


async def test_somebody_who_was_added_can_be_erased_with_all_that_is_known(core: Core, database: Database) -> None:
    lan = await with_person(core)
    [tu] = await ids(database)
    await lan.say(ORAL.format(tu, 1, 3))
    await verify_dialogue(lan, [(f"/team_forget {tu}", "không lấy lại được"), ("1", "Đã xóa hết")])
    tables = await stored(database)
    assert not any(tables[name] for name in ("residents", "names", "observations", "completions", "consents"))


async def test_erasing_a_member_leaves_what_they_saw_without_their_mark(core: Core, database: Database) -> None:
    lan = await with_person(core)
    [tu] = await ids(database)
    await lan.says(ORAL.format(tu, 1, 3), "/erase yes")
    tables = await stored(database)
    assert [row["member_id"] for row in (*tables["observations"], *tables["names"])] == [None, None]
    assert await covered(core) == {"kp5": (1, 1)}


async def test_erasing_a_resident_erases_the_name(core: Core, database: Database) -> None:
    tu = Resident(core, "tu")
    await tu.join()
    await tu.says("/shown Bà Tư", "/erase yes")
    assert await ids(database) == []


async def test_who_lives_elsewhere_is_not_shown_as_alike(core: Core, database: Database) -> None:
    await with_person(core, "Bà Tư, 1950, tổ 3", address="lan", place="kp5")
    await with_person(core, "Bà Tư, 1950", address="hoa", place="kp7")
    assert len(await ids(database)) == 2


async def test_a_write_for_another_neighbourhood_is_refused_as_well(core: Core, database: Database) -> None:
    await with_person(core, address="lan", place="kp5")
    [tu] = await ids(database)
    await member(core, "hoa", "kp7")
    held = await membership(database, "hoa")
    [conversation] = [row["id"] for row in (await stored(database))["conversations"] if row["address"] == "hoa"]
    for fact in (Observed(held.id, tu, "first_steps", 1), NeighbourForgotten(held.id, tu)):
        with pytest.raises(Raced):
            await database.write(act, conversation, fact, "web", NOON)


async def test_a_resident_with_a_phone_is_not_erased_by_the_team(core: Core, database: Database) -> None:
    tu = Resident(core, "tu")
    await tu.join()
    await tu.say("/shown Bà Tư")
    lan = await member(core, "lan")
    [shown] = await ids(database)
    await lan.say(f"/team_forget {shown} yes")
    assert await ids(database) == [shown]


async def test_two_who_are_one_keep_one_name(core: Core, database: Database) -> None:
    web, zalo = Resident(core, "w", channel="web"), Resident(core, "z", channel="zalo_oa")
    await web.join()
    await zalo.join()
    await zalo.say("/shown Bà Tư")
    await zalo.say((await web.say("/link")).text.split("**")[1])
    assert [one.name for one in await database.read(all_neighbours, 5)] == ["Bà Tư"]


async def test_what_was_recorded_by_mistake_is_taken_back_and_counts_no_more(core: Core, database: Database) -> None:
    lan = await with_person(core)
    [tu] = await ids(database)
    await verify_dialogue(lan, [(ORAL.format(tu, 1, 3), "Ghi nhầm, hoàn tác")])
    assert await covered(core) == {"kp5": (1, 1)}
    undo = f"/team_unsee {tu} first_steps"
    await verify_dialogue(lan, [("ghi nhầm, hoàn tác", "«Bước đầu» của **Bà Tư** không còn được tính")])
    assert await covered(core) == {"kp5": (1, 0)}
    await verify_dialogue(lan, [(undo, "Không còn gì để hoàn tác"), (ORAL.format(tu, 1, 3), "Đã ghi")])
    assert await covered(core) == {"kp5": (1, 1)}
    verdicts = [row["verdict"] for row in (await stored(database))["completions"]]
    assert verdicts == ["rejected", None]


async def test_only_whoever_recorded_it_takes_it_back_within_a_day_unless_the_office_confirmed_it(
    core: Core, database: Database
) -> None:
    lan = await with_person(core)
    [tu] = await ids(database)
    await lan.say(ORAL.format(tu, 1, 3))
    undo = f"/team_unsee {tu} first_steps"
    beside = await member(core, "minh", role="member")
    await verify_dialogue(beside, [(undo, "Không còn gì để hoàn tác")])
    await verify_dialogue(await member(core, "hoa", "kp7"), [(undo, "Hôm nay bà con muốn làm gì")])
    await verify_dialogue(replace(lan, now=NOON + UNDO_WITHIN), [(undo, "Không còn gì để hoàn tác")])
    [seen] = [row["id"] for row in (await stored(database))["completions"]]
    assert await database.write(judge, core.house.ward.id, seen, "verified")
    await verify_dialogue(lan, [(undo, "Không còn gì để hoàn tác")])
    held = await membership(database, "hoa")
    [conversation] = [row["id"] for row in (await stored(database))["conversations"] if row["address"] == "hoa"]
    with pytest.raises(Raced):
        await database.write(act, conversation, Unobserved(held.id, tu, "first_steps"), "web", NOON)
    assert await covered(core) == {"kp5": (1, 1)}


async def test_who_records_what_stands_already_takes_nothing_over(core: Core, database: Database) -> None:
    lan = await with_person(core)
    [tu] = await ids(database)
    minh = await member(core, "minh", role="member")
    await lan.say(ORAL.format(tu, 1, 3))
    place, second = [(row["neighbourhood_id"], row["id"]) for row in (await stored(database))["members"]][-1]
    await database.write(observe, place, Observed(second, tu, "first_steps", 1), "web", NOON)
    await verify_dialogue(minh, [(f"/team_unsee {tu} first_steps", "Không còn gì để hoàn tác")])
    assert await covered(core) == {"kp5": (1, 1)}


async def test_who_records_it_anew_is_the_one_who_can_take_it_back(core: Core, database: Database) -> None:
    lan = await with_person(core)
    [tu] = await ids(database)
    minh, undo = await member(core, "minh", role="member"), f"/team_unsee {tu} first_steps"
    await lan.says(ORAL.format(tu, 1, 3), undo)
    await minh.say(ORAL.format(tu, 1, 3))
    await verify_dialogue(lan, [(undo, "Không còn gì để hoàn tác")])
    await verify_dialogue(minh, [(undo, "không còn được tính")])
    assert await covered(core) == {"kp5": (1, 0)}
