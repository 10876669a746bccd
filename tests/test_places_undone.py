"""Changes of neighbourhoods are taken back: what was moved goes back as it was, what came since stays."""

import datetime as dt
import re
from collections.abc import Collection, Mapping
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Connection, RowMapping, insert, select

from handlers.core import Core
from storage import campaigns, live
from storage.audience import FREE_ONLY
from storage.coverage import coverage, places_of
from storage.database import Database
from storage.neighbourhoods import Ward, all_of
from storage.tables import campaigns as asked_for
from storage.tallies import by_place, recount
from tests.clerks import Clerk, Office
from tests.dialogue import NOON, Resident, stored, verify_dialogue
from tests.test_classes import opened
from tests.test_helping import asking
from tests.test_link import LEARN, code_in
from tests.test_local_warning import passed_on
from tests.test_places import ORDER, PAGE, changed
from tests.test_places import enter as ask
from tests.test_reminders import enter
from tests.test_seals import TOPICS
from tests.test_team import invitation, member, membership, roles

OURS = ("residents", "members", "classes", "attendances", "completions", "help_requests", "local_warnings")
PARTS = "Khu A; 5; a\nKhu B; 5; b"


async def undone(clerk: Clerk, sure: str = "yes") -> str:
    """Press the first button beside a change, and the one of the next page; return what the page says then."""
    found = re.search(r'name="number" value="(\d+)"', (await clerk.client.get(PAGE)).text)
    assert found
    return (await clerk.send(f"{PAGE}/hoan-tac", page=PAGE, number=found[1], sure=sure)).text


async def standing(database: Database, ward: Ward) -> dict[str, int]:
    """Return how many count in each neighbourhood, after asking whether the tallies say the same as counting."""

    tallied = (await database.read(by_place, ward.id, TOPICS[:1]))["first_steps"]
    counted = await database.read(live.counted, ward.id, TOPICS[:1])
    assert {place: tally for place, tally in tallied.items() if any(tally)} == counted
    assert await database.write(recount) == 0
    return {row.code: row.joined for row in await database.report(coverage, ward.id, TOPICS[:1], 80) if row.joined}


async def busy(core: Core, database: Database, ward: Ward) -> int:
    """Let all that can hang on a neighbourhood hang on kp5; return the number of its campaign that has begun."""
    await passed_on(core)  # by lan, the leader
    lan = Resident(core, "lan", events=count(100))
    learner, told = await asking(core, "ba-tu"), Resident(core, "an", "telegram")
    await learner.says("/menu", *LEARN)
    await told.join("kp5", remind="1")
    await Resident(core, "kp7-er").join("kp7")
    class_code = await opened(lan)
    await learner.says(class_code, "1")
    await lan.say("/team_invite member")
    ids = {place.code: place.id for place in await database.read(all_of, ward.id)}
    begun = await database.write(enter, ids["kp5"], NOON, "not_passed", 0, None)
    while await database.write(campaigns.plan, begun, NOON, FREE_ONLY):
        pass
    for topic, code in (("first_steps", "kp5"), ("second_steps", "kp5"), ("first_steps", "kp7")):
        await database.write(ask, ids[code], NOON + dt.timedelta(days=1), topic)
    clerk = await Office(core).logged_in("office", "draft")
    await clerk.send("/van-phong/nhac-bai/moi", bai="first_steps", ai="not_passed", ngay="today", noi="kp5")
    return begun


def told(tables: Mapping[str, Collection[RowMapping]], *names: str) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of these tables, without when a reminder came to its outcome."""
    rows = {name: sorted(map(dict, tables[name]), key=str) for name in names}
    return {
        name: [{key: row[key] for key in row if name != "reminders" or key != "at"} for row in found]
        for name, found in rows.items()
    }


@pytest.mark.parametrize(("act", "about"), [("nhap", {"into": "kp7"}), ("tach", {"parts": PARTS})])
async def test_a_change_taken_back_at_once_leaves_nothing_as_it_was_not_before(
    core: Core, database: Database, ward: Ward, act: str, about: dict[str, str]
) -> None:
    await busy(core, database, ward)
    names = (*OURS, "campaigns", "reminders", "invitations", "consents", "observations")
    clerk = await Office(core).logged_in("office")
    before, people = await stored(database), await standing(database, ward)
    rows = await database.report(coverage, ward.id, TOPICS[:1], 80)
    assert "Đã ghi." in await changed(clerk, act, code="kp5", **about)
    assert (await standing(database, ward)).get("kp5") is None
    between = await stored(database)
    assert told(between, *names) != told(before, *names)
    shown = await undone(clerk, sure="")
    counted = dict(re.findall(r'<tr><th scope="row">(.+?): (\d+)</th>', shown))
    assert counted == {
        "Bà con": "2",
        "Người trong tổ": "1",
        "Lớp học": "1" if act == "nhap" else "0",
        "Người đang hỏi tổ": "1",
        "Cảnh báo của khu": "1",
    }
    assert told(await stored(database), *OURS, "place_changes") == told(between, *OURS, "place_changes")
    assert "Đã hoàn tác." in await undone(clerk)
    after = await stored(database)
    assert told(after, *names) == told(before, *names)
    assert {row["outcome"] for row in after["reminders"]} >= {"waiting"}
    assert after["place_moves"] == []
    assert await standing(database, ward) == people
    assert await database.report(coverage, ward.id, TOPICS[:1], 80) == rows
    page = (await clerk.client.get(PAGE)).text
    assert "<strong>Đã hoàn tác</strong> 21/11/2026, office" in page
    assert 'action="/van-phong/so-lieu/thay-doi/hoan-tac"' not in page
    log = (await clerk.client.get("/van-phong/nhat-ky")).text
    assert f"hoàn tác việc {'nhập' if act == 'nhap' else 'tách'} Khu phố 5 (kp5), theo «{ORDER['source']}»" in log


async def test_what_came_since_a_merger_stays_and_who_chose_for_themselves_stays_there(
    core: Core, database: Database, ward: Ward
) -> None:
    people = {name: Resident(core, name) for name in ("stayed", "went", "unknown", "erased", "joined", "phone")}
    for name in ("stayed", "went", "unknown", "erased"):
        await people[name].join("kp5")
    lan, hoa = await member(core, "lan"), await member(core, "hoa", "kp7")
    invited = await invitation(core, "kp5", "member")
    clerk = await Office(core).logged_in("office")
    await changed(clerk, "nhap", code="kp5", into="kp7")
    await verify_dialogue(Resident(core, "mai"), [(invited, "**Khu phố 7**"), ("1", "**Khu phố 7**")])
    await people["joined"].join("kp5")  # an old code, which leads to kp7 now
    await people["went"].say("/place kp1")
    await people["unknown"].say("/place -")
    await people["erased"].says("/erase", "/erase yes")
    await people["phone"].says("/start", "1", "1", "1")  # nowhere yet, then one person with somebody who was moved
    await people["stayed"].say(code_in(await people["phone"].say("/link")))
    await people["stayed"].says(*LEARN)
    lesson = await opened(hoa)
    await people["joined"].says(lesson, "1")
    assert "Đã hoàn tác." in await undone(clerk)
    assert await standing(database, ward) == {"kp5": 1, "kp7": 1, "kp1": 1, "": 1}
    rows = {row.code: row for row in await database.report(coverage, ward.id, TOPICS[:1], 80)}
    assert (rows["kp5"].covered, rows["kp7"].covered) == (1, 0)
    codes = {place.id: place.code for place in await database.read(all_of, ward.id)}
    [held] = (await stored(database))["classes"]
    assert codes[held["neighbourhood_id"]] == "kp7"
    assert sorted(await roles(core)) == [("kp5", "leader"), ("kp7", "leader"), ("kp7", "member")]
    assert (await membership(database, "lan")).code == "kp5"
    assert "Việc của tổ – Khu phố 5" in (await lan.say("/team")).text


async def test_who_bears_the_number_of_somebody_erased_is_somebody_else(
    core: Core, database: Database, ward: Ward
) -> None:
    gone, newcomer = Resident(core, "gone"), Resident(core, "new")
    await gone.join("kp5")
    clerk = await Office(core).logged_in("office")
    await changed(clerk, "nhap", code="kp5", into="kp7")
    await gone.says("/erase", "/erase yes")
    await newcomer.join("kp7")
    assert "Đã hoàn tác." in await undone(clerk)
    assert await standing(database, ward) == {"kp7": 1}


async def test_the_parts_of_a_split_one_come_together_again(core: Core, database: Database, ward: Ward) -> None:
    people = {name: Resident(core, name) for name in ("asked", "chose", "went", "newcomer", "outsider")}
    for name in ("asked", "chose", "went"):
        await people[name].join("kp5")
    await people["outsider"].join("kp6")
    lan, hoa, other = [
        await member(core, name, role=role) for name, role in (("lan", "leader"), ("hoa", "member"), ("tam", "member"))
    ]
    invited = await invitation(core)
    clerk = await Office(core).logged_in("office")
    await changed(clerk, "tach", code="kp5", parts=PARTS)
    assert await roles(core) == []
    late = Resident(core, "late")
    assert "đã dùng rồi hoặc đã quá một ngày" in (await late.say(invited)).text
    await late.say(f"/team_join {invited[1:]}")
    assert await roles(core) == []
    for name, code in (("chose", "a"), ("went", "kp1"), ("outsider", "b")):
        await people[name].say(f"/place {code}")
    await people["asked"].say("/place -")  # they do not know in which part they live
    await people["newcomer"].join("a")
    await people["chose"].says(*LEARN)
    await hoa.says(await invitation(core, "a"), "1")
    await other.says(await invitation(core, "kp7"), "1")
    assert "làm việc lại" in await undone(clerk, sure="")
    assert "Đã hoàn tác." in await undone(clerk)
    assert await standing(database, ward) == {"kp5": 4, "kp1": 1}
    [row] = [row for row in await database.report(coverage, ward.id, TOPICS[:1], 80) if row.code == "kp5"]
    assert row.covered == 1
    assert sorted(await roles(core)) == [("kp5", "leader"), ("kp5", "leader"), ("kp7", "leader")]
    await late.says(invited, "1")
    assert (await membership(database, "late")).code == "kp5"
    again = Resident(core, "again")
    await again.join("b")  # a code of a part that is on the wall already
    assert (await standing(database, ward))["kp5"] == 5
    assert (await lan.say("/team")).text.startswith("**Việc của tổ – Khu phố 5")


async def test_the_codes_of_a_split_that_was_taken_back_are_free_for_the_right_one(
    core: Core, database: Database, ward: Ward
) -> None:
    clerk = await Office(core).logged_in("office")
    await changed(clerk, "tach", code="kp6", parts=PARTS)
    assert "Chưa ghi gì" in await changed(clerk, "tach", code="kp5", parts=PARTS)
    await undone(clerk)
    assert "Đã ghi." in await changed(clerk, "tach", code="kp5", parts="Khu A; 7; a\nKhu B; 8; b")
    found = await database.read(places_of, ward.id)
    assert [(row.code, row.adults) for row in found.values()][4:7] == [("a", 7), ("b", 8), ("kp6", 10)]
    await changed(clerk, "nhap", code="a", into="b")
    assert "Chưa ghi gì" in await changed(clerk, "tach", code="kp1", parts=PARTS)


async def test_reminders_whose_time_has_passed_are_not_sent_after_all(
    core: Core, database: Database, ward: Ward
) -> None:
    begun = await busy(core, database, ward)
    office = Office(core)
    clerk = await office.logged_in("office")
    await changed(clerk, "tach", code="kp5", parts=PARTS)
    office.now = NOON + dt.timedelta(days=1, hours=1)
    clerk = await office.logged_in("office", "later")
    ids = {place.code: place.id for place in await database.read(all_of, ward.id)}
    await database.write(ask, ids["a"], NOON + dt.timedelta(days=3), "second_steps")
    assert "Đã hoàn tác." in await undone(clerk)
    rows = {row["id"]: row for row in (await stored(database))["campaigns"]}
    assert rows[begun]["status"] == "started"  # for a day more
    [kp5] = [place.id for place in await database.read(all_of, ward.id) if place.code == "kp5"]
    here = [row for row in rows.values() if row["neighbourhood_id"] == kp5 and row["id"] != begun]
    assert sorted((row["topic"], row["status"]) for row in here) == [
        ("first_steps", "cancelled"),
        ("second_steps", "approved"),  # what a part wanted since
        ("second_steps", "cancelled"),
    ]
    assert {row["outcome"] for row in (await stored(database))["reminders"]} >= {"waiting"}


async def test_what_goes_on_from_a_campaign_goes_back_with_it(core: Core, database: Database, ward: Ward) -> None:
    await busy(core, database, ward)
    clerk = await Office(core).logged_in("office")
    before = await stored(database)
    await changed(clerk, "nhap", code="kp5", into="kp7")
    ids = {place.code: place.id for place in await database.read(all_of, ward.id)}

    def go_on(connection: Connection) -> None:
        """Let every campaign be followed by another one, as if it had started."""
        rows = connection.execute(select(asked_for).where(asked_for.c.status != "cancelled")).mappings().all()
        for row in rows:
            values = {**row, "campaign_id": row["id"], "number": 2, "topic": "third", "status": "started"}
            connection.execute(insert(asked_for).values({name: values[name] for name in values if name != "id"}))

    await database.write(go_on)
    assert "Đã hoàn tác." in await undone(clerk)
    places = {row["id"]: (row["neighbourhood_id"], row["places"]) for row in before["campaigns"]}
    rows = (await stored(database))["campaigns"]
    assert {row["id"]: (row["neighbourhood_id"], row["places"]) for row in rows if not row["campaign_id"]} == places
    later = [row for row in rows if row["campaign_id"]]
    assert len(later) == 4  # all but the one of kp5 that stood still beside the one of kp7
    assert all((row["neighbourhood_id"], row["places"]) == places[row["campaign_id"]] for row in later)
    assert ids["kp7"] in {row["neighbourhood_id"] for row in later}
