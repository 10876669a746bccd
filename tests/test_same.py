"""Two records of one person are joined and counted once; a member who notes too fast is asked, and flagged."""

import datetime as dt
from dataclasses import replace

import pytest

from handlers.assisted import A_DAY
from handlers.core import Core
from storage.conversations import Raced
from storage.database import Database
from storage.neighbours import BURSTS, add, bursts
from storage.team import act
from storage.team_facts import NeighbourAdded, NeighbourJoined, NeighbourLinked
from tests.dialogue import NOON, Resident, stored, verify_dialogue
from tests.test_link import code_in
from tests.test_neighbours import LEARN, ORAL, covered, ids, with_person
from tests.test_team import member, membership


async def assisted(core: Core) -> tuple[Resident, int]:
    """Return a member and the id of somebody they added, who has a skill."""
    lan = await with_person(core)
    [tu] = await ids(core.house.database)
    await lan.say(ORAL.format(tu, 1, 3))
    return lan, tu


async def test_who_writes_for_the_first_time_takes_over_what_was_noted(core: Core, database: Database) -> None:
    lan, tu = await assisted(core)
    shown = await lan.says(f"/team_person {tu}", "Người này nay tự nhắn được")
    phone = Resident(core, "may-ba-tu", "telegram")
    await verify_dialogue(phone, [(code_in(shown), "Đã nối xong"), ("/results", "Bước đầu")])
    assert await covered(core) == {"kp5": (1, 1)}
    [name] = (await stored(database))["names"]
    assert (name["name"], bool(name["spoken"])) == ("Bà Tư", False)
    await verify_dialogue(lan, [(f"/team_forget {tu}", "Hôm nay"), (f"/team_same {tu}", "Hôm nay")])


async def test_who_had_joined_by_themselves_is_counted_once_and_keeps_their_own_word(
    core: Core, database: Database
) -> None:
    lan, tu = await assisted(core)
    phone = Resident(core, "may-ba-tu", "telegram")
    await phone.join("kp7", age="2", remind="1")
    await phone.says(*LEARN)
    assert await covered(core) == {"kp5": (1, 1), "kp7": (1, 1)}
    await phone.say(code_in(await lan.say(f"/team_same {tu}")))
    assert await covered(core) == {"kp7": (1, 1)}
    [resident] = (await stored(database))["residents"]
    assert (resident["age_band"], bool(resident["counted"]), bool(resident["reminded"])) == ("adult", True, True)
    assert sorted(row["grade"] for row in (await stored(database))["completions"]) == ["learned", "observed", "passed"]


async def test_a_member_joins_who_has_let_the_team_know_their_name(core: Core, database: Database) -> None:
    lan, tu = await assisted(core)
    phone = Resident(core, "may-ba-tu")
    await phone.join()
    await phone.says("/shown ba tu", *LEARN)
    other = next(person for person in await ids(database) if person != tu)
    await verify_dialogue(lan, [(f"/team_same {tu}", "[1] ba tu"), ("1", "Hai tên này là **một người** phải không?")])
    assert await covered(core) == {"kp5": (2, 2)}
    await verify_dialogue(lan, [("1", "Đã nối. Từ giờ **ba tu** được tính một lần"), ("1", "**ba tu**")])
    assert await covered(core) == {"kp5": (1, 1)}
    assert await ids(database) == [other]
    await verify_dialogue(lan, [(f"/team_same {tu} {other} yes", "Hôm nay"), (f"/team_same {other}", "Hôm nay")])


async def test_somebody_who_was_added_twice_is_one_again(core: Core, database: Database) -> None:
    lan = await with_person(core)
    await lan.says("/team_add yes", "Bà Tư, 1951", "2")
    one, other = await ids(database)
    for person in (one, other):
        await lan.say(ORAL.format(person, 1, 3))
    await verify_dialogue(lan, [(f"/team_same {one}", "Bà Tư"), ("1", "sinh 1951"), ("1", "Đã nối")])
    tables = await stored(database)
    assert (len(tables["residents"]), len(tables["completions"]), len(tables["observations"])) == (1, 1, 1)


async def test_nobody_is_joined_with_themselves_or_over_the_border(core: Core, database: Database) -> None:
    _, tu = await assisted(core)
    hoa = await with_person(core, "Bà Tư, 1950", address="hoa", place="kp7")
    far = next(person for person in await ids(database) if person != tu)
    for said in (f"/team_same {far} {far} yes", f"/team_same {far} {tu} yes", f"/team_same {tu}", f"/team_same {tu} 1"):
        await verify_dialogue(hoa, [(said, "Hôm nay")])
    held = await membership(database, "hoa")
    [conversation] = [row["id"] for row in (await stored(database))["conversations"] if row["address"] == "hoa"]
    for fact in (
        NeighbourJoined(held.id, tu, far),
        NeighbourJoined(held.id, far, tu),
        NeighbourJoined(held.id, far, far),
        NeighbourLinked(held.id, tu, "123456"),
    ):
        with pytest.raises(Raced):
            await database.write(act, conversation, fact, "web", NOON)


@pytest.mark.parametrize(("most", "within"), BURSTS)
async def test_whoever_notes_too_fast_is_asked_and_flagged(
    most: int, within: dt.timedelta, core: Core, database: Database
) -> None:
    lan = await with_person(core)
    held = await membership(database, "lan")
    for place in range(most - 1):
        await lan.says("/team_add yes", f"Người {chr(65 + place) * 8}, {1920 + 2 * place}")
    people = await ids(database)
    each = within / most
    for place, person in enumerate(people[:-1]):
        await replace(lan, now=NOON + place * each).say(ORAL.format(person, 1, 3))
    assert await database.read(bursts, core.house.ward.id) == []
    last = replace(lan, now=NOON + (most - 1) * each)
    await verify_dialogue(last, [(ORAL.format(people[-1], 1, 3), "nhanh hơn thường lệ"), ("1", "Đã ghi")])
    [flagged] = await database.read(bursts, core.house.ward.id)
    assert (flagged.member_id, flagged.name, flagged.count, flagged.since) == (held.id, "Khu phố 5", most, NOON)
    assert dt.timedelta(minutes=flagged.minutes) == within


async def test_who_takes_their_time_is_not_asked(core: Core) -> None:
    lan = await member(core, "lan")
    for place in range(12):
        await lan.says("/team_add yes", f"Người {chr(65 + place) * 8}, {1920 + 2 * place}")
    for place, person in enumerate(await ids(core.house.database)):
        slow = replace(lan, now=NOON + place * dt.timedelta(minutes=3))
        await verify_dialogue(slow, [(ORAL.format(person, 1, 3), "Đã ghi")])


async def test_a_member_records_no_more_than_so_many_a_day(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    held = await membership(database, "lan")
    fact = NeighbourAdded(held.id, "Bà Tư", 1950, "", "senior", "1")
    for _ in range(A_DAY + 1):
        await database.write(add, held.neighbourhood_id, fact, "web", NOON)
    *people, last = await ids(database)
    for person in people:
        await lan.say(f"{ORAL.format(person, 1, 3)} yes")
    await verify_dialogue(lan, [(ORAL.format(last, 1, 3), f"nhiều nhất {A_DAY} lần")])
    tomorrow = replace(lan, now=NOON + dt.timedelta(days=1))
    await verify_dialogue(tomorrow, [(ORAL.format(last, 1, 3), "Đã ghi")])
