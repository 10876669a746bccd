"""Residents' requests about their data at the office: found by little, done once, with a receipt and clocks."""

import datetime as dt
import re

import pytest

from handlers.core import Core
from office import working_days
from office.requests_desk import PER_MINUTE
from storage import audit
from storage.database import Database
from storage.neighbourhoods import Ward
from storage.requests import named
from tests.clerks import Clerk, Office
from tests.dialogue import Resident, stored, verify_dialogue
from tests.test_mydata import busy_resident
from tests.test_team import member

PAGE = "/van-phong/yeu-cau"


async def request(clerk: Clerk, kind: str = "erase", day: str = "") -> str:
    """Have a request taken in; return its path."""
    answer = await clerk.send(PAGE, kind=kind, day=day)
    assert answer.status_code == 303
    return str(answer.headers["location"])


async def marks(clerk: Clerk, path: str, **searched: str) -> list[str]:
    """Return how the page names those it found."""
    page = await clerk.send(f"{path}/tim", page=path, **searched)
    assert page.status_code == 200
    actions = set(re.findall(r'action="([^"]+)"', page.text)) - {"/van-phong/dang-xuat"}
    assert {action.rpartition("/")[0] for action in actions} == {path}
    return re.findall(r'name="who" value="([^"]+)"', page.text)


async def with_name(core: Core, address: str = "tu", name: str = "Bà Tư, tổ 3") -> Resident:
    resident = await busy_resident(core, address)
    await resident.says("/shown", name)
    return resident


async def test_who_is_named_is_found_by_place_and_name_and_erased_at_the_second_tap(
    core: Core, database: Database
) -> None:
    await with_name(core)
    office = Office(core)
    clerk = await office.logged_in()
    path = await request(clerk)
    for searched in (
        {"place": "kp1", "name": "Bà Tư"},
        {"place": "kp5", "name": "Bà Năm"},
        {"place": "kp5", "name": "B"},
    ):
        assert await marks(clerk, path, **searched) == []
    [who] = await marks(clerk, path, place="kp5", name="ba tu")
    asked = await clerk.send(f"{path}/xoa", page=path, who=who)
    assert "không lấy lại được" in asked.text
    assert len((await stored(database))["residents"]) == 1
    assert (await clerk.send(f"{path}/xoa", page=path, who=who, sure="yes")).status_code == 303
    tables = await stored(database)
    kept = {"adult_counts", "tallies", "wards", "neighbourhoods", "data_requests", "audit", "lesson_versions"}
    assert [name for name, rows in tables.items() if rows and name not in kept and not name.startswith("staff")] == []
    [row] = tables["data_requests"]
    assert (row["outcome"], row["receipt"]) == ("erased", path.rpartition("/")[2])
    assert row["answered_at"] == row["done_at"]
    assert "Đã xong" in (await clerk.client.get(path)).text
    assert (await clerk.send(f"{path}/xoa", page=PAGE, who=who, sure="yes")).status_code == 404
    acts = [line.act for line in await database.read(audit.latest, core.house.ward.id, 3)]
    assert acts == ["erased", "searched", "searched"]


async def test_the_same_resident_begins_anew_after_being_erased_at_the_office(core: Core) -> None:
    tu = await with_name(core)
    clerk = await Office(core).logged_in()
    path = await request(clerk)
    [who] = await marks(clerk, path, place="kp5", name="Tư")
    await clerk.send(f"{path}/xoa", page=path, who=who, sure="yes")
    await verify_dialogue(tu, [("/mydata", "chưa giữ")])


async def test_the_code_in_the_chat_finds_exactly_its_owner_and_the_file_says_what_the_chat_says(core: Core) -> None:
    tu = await with_name(core)
    code = re.search(r"\d{3} \d{3}", (await tu.say("/link")).text)
    assert code is not None
    clerk = await Office(core).logged_in()
    path = await request(clerk, "see")
    assert await marks(clerk, path, code="999 999") == []
    [who] = await marks(clerk, path, code=code[0])
    taken = await clerk.send(f"{path}/tai", page=path, who=who)
    assert taken.headers["content-disposition"] == f'attachment; filename="du-lieu-{path.rpartition("/")[2]}.txt"'
    told = (await tu.say("/mydata")).text.replace("**", "")
    assert taken.text.removeprefix("\ufeff").replace("\r\n", "\n").strip() == told
    assert "Bà Tư" in told
    assert "đã giao dữ liệu" in (await clerk.client.get(path)).text
    assert (await clerk.send(f"{path}/tai", page=PAGE, who=who)).status_code == 404


async def test_somebody_without_a_phone_is_found_and_given_their_data(core: Core) -> None:
    lan = await member(core, "lan")
    await lan.says("/team_add yes", "Ông Sáu, 1948, tổ 1")
    clerk = await Office(core).logged_in()
    path = await request(clerk, "see")
    [who] = await marks(clerk, path, place="kp5", name="Sáu tổ 1")
    assert "Ông Sáu" in (await clerk.send(f"{path}/tai", page=path, who=who)).text


async def test_nobody_is_reached_who_was_not_found_for_this_request(core: Core, database: Database) -> None:
    await with_name(core)
    clerk, other = await Office(core).logged_in(), await Office(core).logged_in(name="other")
    path, another = await request(clerk), await request(clerk)
    [who] = await marks(clerk, path, place="kp5", name="Tư")
    number = who.partition(".")[0]
    forged = ("", number, f"{number}.", f"{int(number) + 1}.{who.partition('.')[2]}", "٣.x", "9" * 30, "é.é")
    for wrong in forged:
        assert (await clerk.send(f"{path}/xoa", page=path, who=wrong, sure="yes")).status_code == 404
    for theirs, where in ((clerk, another), (other, path)):
        assert (await theirs.send(f"{where}/xoa", page=where, who=who, sure="yes")).status_code == 404
    assert len((await stored(database))["residents"]) == 1


async def test_the_clocks_are_counted_and_what_is_late_is_said_and_counted_in_the_menu(core: Core) -> None:
    office = Office(core)
    clerk = await office.logged_in()
    path = await request(clerk, "see", "19/11/2026")  # a Thursday
    page = (await clerk.client.get(PAGE)).text
    assert "23/11/2026" in page
    assert "10/12/2026" in page
    assert "trễ hạn" not in page
    assert '<b>1<span class="unseen"> việc đang chờ' in page
    office.now = dt.datetime(2026, 11, 23, 17, 0, tzinfo=dt.UTC)
    await clerk_again(clerk, office)
    assert "trễ hạn" in (await clerk.client.get(PAGE)).text
    await clerk.send(f"{path}/dong", page=path, outcome="answered")
    assert "trễ hạn" not in (await clerk.client.get(PAGE)).text
    await clerk.send(f"{path}/dong", page=path, outcome="withdrawn")
    assert "Mở lại yêu cầu" in (await clerk.client.get(path)).text
    await clerk.send(f"{path}/dong", page=path, outcome="reopened")
    assert "Tìm bằng tên" in (await clerk.client.get(path)).text
    assert (await clerk.send(f"{path}/dong", page=path, outcome="reopened")).status_code == 422  # it is open
    await clerk.send(f"{path}/dong", page=path, outcome="not_found")
    page = (await clerk.client.get(PAGE)).text
    assert "không tìm thấy, đã trả lời" in page
    assert "việc đang chờ" not in page


async def clerk_again(clerk: Clerk, office: Office) -> None:
    """Let a clerk log in once more, when the session is over."""
    assert (await clerk.log_in()).status_code == 303


@pytest.mark.parametrize(
    "typed", [{"kind": "x"}, {}, {"kind": "see", "day": "31/2/2026"}, {"kind": "see", "day": "1/1/2030"}], ids=str
)
async def test_what_cannot_be_taken_in_is_said_and_nothing_is_written(
    core: Core, database: Database, typed: dict[str, str]
) -> None:
    clerk = await Office(core).logged_in()
    answer = await clerk.send(PAGE, **typed)
    assert (answer.status_code, "Chưa ghi gì" in answer.text) == (422, True)
    assert (await stored(database))["data_requests"] == []


async def test_nobody_tries_out_codes(core: Core) -> None:
    clerk = await Office(core).logged_in()
    path = await request(clerk)
    for _ in range(PER_MINUTE.amount):
        assert await marks(clerk, path, code="123456") == []
    assert (await clerk.send(f"{path}/tim", page=path, code="123456")).status_code == 429


async def test_names_are_shown_as_text_and_many_of_them_in_part(core: Core, database: Database, ward: Ward) -> None:
    lan = await member(core, "lan")
    for number in range(12):
        await lan.says("/team_add yes", f"Bà <b>Tư, {1930 + 3 * number}, tổ {number}")
    assert len(await database.read(named, ward.id, "kp5")) == 12
    clerk = await Office(core).logged_in()
    path = await request(clerk)
    page = (await clerk.send(f"{path}/tim", page=path, place="kp5", name="Tư")).text
    assert page.count('class="found"') == 10
    assert "Còn nhiều người nữa" in page
    assert "<b>Tư" not in page


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        ("2026-11-27", 2, "2026-12-01"),
        ("2026-12-31", 2, "2027-01-05"),
        ("2026-04-29", 2, "2026-05-05"),
        ("2026-11-28", 1, "2026-11-30"),
    ],
)
def test_weekends_and_fixed_holidays_are_no_working_days(day: str, days: int, expected: str) -> None:
    assert working_days.after(dt.date.fromisoformat(day), days).isoformat() == expected
