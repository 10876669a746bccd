"""Neighbourhoods: found however they are typed, asked back when unclear, never taken for another number."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.neighbourhood import find
from handlers.speech import known_words
from storage.database import Database
from storage.neighbourhoods import Neighbourhood, NeighbourhoodRow, save, ward_of
from tests.dialogue import Resident, commands_of, stored, verify_dialogue

NUMBERED = [Neighbourhood(number, f"kp{number}", f"Khu phố {number}") for number in range(1, 10)]
THIRTY = [Neighbourhood(number, f"kp{number:02}", f"Khu phố {number:02}") for number in range(1, 31)]
NAMED = [
    Neighbourhood(place, f"ap-{place}", name)
    for place, name in enumerate(
        ["Ấp Bến Đò", "Ấp Bến Cộ", "Ấp Bến Cò", "Ấp Bến Cộ Đông", "Ấp Láng Dài", "Ấp Gò Cát", "Ấp An Hoà", "Ấp Năm Căn"]
    )
]
MIXED = [
    Neighbourhood(place, f"m{place}", name)
    for place, name in enumerate(["Ấp 3", "Ấp Bến Đò", "Khu phố 3", "Khu phố 4"])
]


def names(found: list[Neighbourhood]) -> list[str]:
    return sorted(place.name for place in found)


FIVE = (
    "khu pho 5|Khu phố 5|KHU PHỐ 5|kp5|KP5|kp 5|KP 05|kp.5|khu phô 5|khu phố5|khu  pho  05|k5|ấp 5|số 5|5|khu phố năm"
)
FIVE += "|kp năm|khu pho nam|tôi ở khu phố 5|khu phố 5 ạ|nhà 12/3 khu phố 5|khu phố ５|tổ 5|khu vực 5|ku pho 5"


@pytest.mark.parametrize("typed", FIVE.split("|"))
def test_the_fifth_neighbourhood_is_found_however_it_is_typed(typed: str) -> None:
    assert names(find(typed, NUMBERED)) == ["Khu phố 5"]
    assert names(find(typed, THIRTY)) == ["Khu phố 05"]


@pytest.mark.parametrize(
    "typed",
    ["khu pho 15", "kp15", "15", "kp 10", "50", "khu pho 0", "khu phố mười", "khu phố mười lăm", "kp 55", "105"],
)
def test_another_number_is_never_taken_for_one_there_is(typed: str) -> None:
    assert find(typed, NUMBERED) == []


@pytest.mark.parametrize(
    ("typed", "name"), [("khu phố mười lăm", "Khu phố 15"), ("kp mười", "Khu phố 10"), ("25", "Khu phố 25")]
)
def test_larger_numbers_are_found_in_words_and_digits(typed: str, name: str) -> None:
    assert names(find(typed, THIRTY)) == [name]


@pytest.mark.parametrize("typed", ["", "👍", "khu phố", "khu pho", "xyz", "nhà tôi gần chợ", "?", "khu phố thần tiên"])
def test_what_fits_none_or_all_finds_none(typed: str) -> None:
    assert find(typed, NUMBERED) == []


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ấp Bến Đò", "Ấp Bến Đò"),
        ("ap ben do", "Ấp Bến Đò"),
        ("ben do", "Ấp Bến Đò"),
        ("Bến Cộ", "Ấp Bến Cộ"),
        ("ấp bến cò", "Ấp Bến Cò"),
        ("ap lang dai", "Ấp Láng Dài"),
        ("langdai", "Ấp Láng Dài"),
        ("ap lang daii", "Ấp Láng Dài"),
        ("go cat", "Ấp Gò Cát"),
        ("ấp An Hòa", "Ấp An Hoà"),
        ("thon go cat", "Ấp Gò Cát"),
        ("nam can", "Ấp Năm Căn"),
        ("ap-4", "Ấp Láng Dài"),
        ("ben co dong", "Ấp Bến Cộ Đông"),
    ],
)
def test_a_name_without_a_number_is_found(typed: str, name: str) -> None:
    assert names(find(typed, NAMED)) == [name]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Tôi ở tổ 4 ấp 2", "Ấp 2"),
        ("nha toi o ap 2, to 4", "Ấp 2"),
        ("nhà ở ấp 3 số nhà 17", "Ấp 3"),
        ("nha toi o khu pho 5 ngay cho", "Khu phố 5"),
        ("kp 4, hẻm 6", "Khu phố 4"),
        ("toi o ben do gan cho", "Ấp Bến Đò"),
    ],
)
def test_a_place_told_among_other_words_is_found(typed: str, name: str) -> None:
    places = [*MIXED, Neighbourhood(4, "m4", "Ấp 2"), Neighbourhood(5, "m5", "Khu phố 5")]
    assert names(find(typed, places)) == [name]


def test_two_places_told_are_both_asked_about() -> None:
    assert names(find("ap 3 gần khu phố 4", MIXED)) == ["Khu phố 4", "Ấp 3"]


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("ap ben co", {"Ấp Bến Cộ", "Ấp Bến Cò"}),
        ("ben co", {"Ấp Bến Cộ", "Ấp Bến Cò"}),
        ("ap ben", {"Ấp Bến Đò", "Ấp Bến Cộ", "Ấp Bến Cò"}),
        ("ap ben to", {"Ấp Bến Đò", "Ấp Bến Cộ", "Ấp Bến Cò"}),
    ],
)
def test_names_that_are_alike_are_asked_back(typed: str, asked: set[str]) -> None:
    found = names(find(typed, NAMED))
    assert asked <= set(found)
    assert 2 <= len(found) <= 4


def test_a_number_that_two_have_is_asked_back() -> None:
    assert names(find("3", MIXED)) == ["Khu phố 3", "Ấp 3"]
    assert names(find("ap 3", MIXED)) == ["Ấp 3"]
    assert names(find("kp 4", MIXED)) == ["Khu phố 4"]


async def elsewhere(core: Core, names: Sequence[str]) -> Core:
    """Return the core of another ward, with these neighbourhoods."""
    database = core.house.database
    ward = await database.write(ward_of, "phuong-khac", "Phường Khác")
    rows = [NeighbourhoodRow(f"noi-{place}", name, 10, "", None) for place, name in enumerate(names, 1)]
    await database.write(save, ward.id, rows)
    return Core(replace(core.house, ward=ward), COMMANDS, known_words())


DIRECTIONS = ("Đông", "Tây", "Nam", "Bắc", "Trong", "Ngoài")
THIRTY_NAMES = [f"Ấp {name} {direction}" for name in ("Bến", "Gò", "Láng", "Rạch", "Vàm") for direction in DIRECTIONS]


async def test_thirty_names_are_shown_page_by_page_and_back(core: Core) -> None:
    resident = Resident(await elsewhere(core, THIRTY_NAMES))
    page = await resident.says("/start", "1", "1")
    pages, labels = [page], []
    while "Xem tiếp danh sách" in [choice.label for choice in page.choices]:
        page = await resident.say("xem tiếp")
        pages.append(page)
    for page in pages:
        assert len(page.choices) <= 11
        labels += [choice.label for choice in page.choices if choice.command.startswith("/confirm")]
    assert labels == THIRTY_NAMES
    for expected in reversed(pages[:-1]):
        assert await resident.say("0") == expected


async def test_a_typed_name_is_found_on_whatever_page(core: Core) -> None:
    resident = Resident(await elsewhere(core, THIRTY_NAMES))
    await resident.says("/start", "1", "1", "xem tiếp")
    for name in THIRTY_NAMES:
        assert f"**{name}**, đúng không?" in (await resident.say(name)).text
        await resident.say("chọn nơi khác")


async def test_an_unknown_name_gets_a_kind_answer_and_the_list(core: Core) -> None:
    resident = Resident(core)
    asked = await resident.says("/start", "1", "1")
    for said in ("khu phố mười lăm", "khu pho 15", "15", "nhà tôi gần chợ", "9" * 5, "x" * 5000):
        reply = await resident.say(said)
        assert reply.text.startswith("Tổ số chưa tìm thấy"), said
        assert reply.choices == asked.choices
    assert "**Khu phố 5**, đúng không?" in (await resident.say("kp5")).text


@pytest.mark.parametrize("joining", [True, False])
async def test_a_question_asked_instead_is_answered_and_the_place_is_asked_for_again(core: Core, joining: bool) -> None:
    resident = Resident(core)
    if not joining:
        await resident.join("kp1")
    asked = await resident.says(*(("/start", "1", "1") if joining else ("/neighbourhoods",)))
    answer = await resident.say("quét mã QR thế nào")
    assert "bấm **Quét mã**" in answer.text
    assert (await resident.say("0")).choices == asked.choices
    await resident.say("quét mã QR thế nào")
    assert "**Khu phố 5**, đúng không?" in (await resident.say("khu pho 5")).text


async def test_own_numbers_choose_and_other_choices_have_numbers_above(core: Core) -> None:
    resident = Resident(await elsewhere(core, [place.name for place in THIRTY]))
    page = await resident.says("/start", "1", "1")
    keys = {key: choice.label for key, choice in page.numbered()}
    assert keys["24"] == "Khu phố 24"
    assert (keys["31"], keys["32"], keys["33"]) == ("Xem tiếp danh sách", "Tôi chưa rõ", "Gặp người hướng dẫn")
    for number in (1, 9, 24, 25, 26, 30):
        assert f"**Khu phố {number:02}**, đúng không?" in (await resident.say(str(number))).text
        await resident.say("2")
    second = await resident.say("31")
    assert [choice.label for choice in second.choices][:2] == ["Khu phố 25", "Khu phố 26"]
    assert "**Khu phố 09**, đúng không?" in (await resident.say("9")).text


async def test_nine_is_the_person_where_no_neighbourhood_has_that_number(core: Core) -> None:
    resident = Resident(await elsewhere(core, ["Khu phố 1", "Khu phố 2", "Khu phố 3"]))
    page = await resident.says("/start", "1", "1")
    assert {key: choice.label for key, choice in page.numbered()} == {
        "1": "Khu phố 1",
        "2": "Khu phố 2",
        "3": "Khu phố 3",
        "5": "Tôi chưa rõ",
        "0": "Quay lại",
        "9": "Gặp người hướng dẫn",
    }


async def test_a_resident_may_not_know_and_tell_later(core: Core, database: Database) -> None:
    resident = Resident(core)
    reply = await resident.says("/start", "1", "1", "chưa rõ")
    assert "Không sao" in reply.text
    (row,) = (await stored(database))["residents"]
    assert row["neighbourhood_id"] is None
    assert "Nơi ở: **chưa rõ**" in (await resident.say("dữ liệu của tôi")).text
    await verify_dialogue(
        resident,
        [
            ("đổi nơi ở", "khu phố nào?"),
            ("kp5", "**Khu phố 5**, đúng không?"),
            ("1", "danh sách học của **Khu phố 5**"),
        ],
    )


async def test_a_move_is_confirmed_and_can_be_undone(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.join("kp5")
    await verify_dialogue(
        resident,
        [
            ("đổi khu phố", "Bà con đang ở khu phố nào?"),
            ("khu pho 7", "ghi là ở **Khu phố 5**. Đổi sang **Khu phố 7**"),
            ("đúng rồi", "danh sách học của **Khu phố 7**"),
            ("đổi lại như trước", "danh sách học của **Khu phố 5**"),
            ("đổi lại như trước", "danh sách học của **Khu phố 7**"),
            ("dữ liệu của tôi", "Nơi ở: **Khu phố 7**"),
        ],
    )
    assert len((await stored(database))["residents"]) == 1


async def test_a_ward_without_neighbourhoods_asks_nobody_where_they_live(core: Core) -> None:
    reply = await Resident(await elsewhere(core, [])).says("/start", "1", "1")
    assert "nhắn nhắc học" in reply.text
    assert commands_of(reply)[:2] == ["/remind yes", "/remind no"]
