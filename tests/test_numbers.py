"""The numbers the office brings in through its pages: sheets whole or not at all, and counters that are never mixed."""

import datetime as dt
import io
import re
from html import unescape

import pytest
from python_calamine import CalamineWorkbook

from handlers.core import Core
from office.marked_sheet import XLSX
from storage.counters import latest
from storage.database import Database
from storage.neighbourhoods import Ward, all_of
from tests.clerks import Clerk, Office

SHEET = "/van-phong/so-lieu/bang"
COUNT = "/van-phong/so-lieu/dem"
PAGE = "/van-phong/so-lieu"
GOOD = "Mã;Tên;Số người trưởng thành;Văn bản nguồn;Ngày\nkp5;Khu phố 5;1.250;BC 12;15/10/2026\nkp10;Khu phố 10;900;;\n"
BAD = "Tên;Số người trưởng thành\nKhu phố 5;abc\nKhu phố 6;20\nTổng;1000\n=1+1;3\n"


@pytest.fixture
async def clerk(core: Core) -> Clerk:
    return await Office(core).logged_in()


def file(text: str, name: str = "khu-pho.csv") -> dict[str, tuple[str, bytes, str]]:
    return {"file": (name, text.encode(), "text/csv")}


def carried(page: str) -> dict[str, str]:
    """Return what the form of the preview carries to the next page, as a browser sends it."""
    fields = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in fields if name != "seal"}


async def test_a_good_sheet_is_shown_and_then_taken_in(clerk: Clerk, database: Database, ward: Ward) -> None:
    shown = await clerk.send(SHEET, files=file(GOOD), do="save")
    assert shown.status_code == 200
    [heading, added, changed, absent] = re.findall(r"<h[12]>([^<]+)", shown.text)
    assert (heading, added, changed) == ("Bảng này sẽ đổi gì", "Thêm mới 1 nơi", "Đổi 1 nơi")
    assert absent == "Không có trong bảng, giữ như cũ: 8 nơi"
    assert "<td" in shown.text
    told = re.findall(r'data-label="Đang ghi">([^<]+)</td><td role="cell" data-label="Sẽ ghi"><b>([^<]+)', shown.text)
    assert told == [("10 người", "1.250 người"), ("Văn bản thử", "BC 12"), ("chưa ghi", "15/10/2026")]
    assert "Khu phố 10" not in (await clerk.client.get(PAGE)).text  # nothing yet
    done = await clerk.send(SHEET, **carried(shown.text))
    assert "Thêm mới 1 nơi, đổi 1 nơi" in done.text
    page = (await clerk.client.get(PAGE)).text
    assert "1.250<br><small>BC 12, 15/10/2026</small>" in page
    assert "Khu phố 10" in page
    standing = [place.code for place in await database.read(all_of, ward.id)]
    assert standing == [f"kp{number}" for number in range(1, 11)]  # a sheet of some does not order all
    whole = "Mã;Tên;Số người trưởng thành\n" + "".join(f"{code};Khu {code};9\n" for code in reversed(standing))
    await clerk.send(SHEET, **carried((await clerk.send(SHEET, files=file(whole), do="save")).text))
    assert [place.code for place in await database.read(all_of, ward.id)] == standing[::-1]


async def test_a_bad_sheet_changes_nothing_and_every_row_is_named(clerk: Clerk, database: Database, ward: Ward) -> None:
    before = await database.read(all_of, ward.id)
    done = await clerk.send(SHEET, files=file(BAD), do="save")
    assert done.status_code == 422
    for told in ("Dòng 2, cột «số người trưởng thành»", "Dòng 4, cột «tên»", "Dòng 5, cột «tên»"):
        assert told in done.text
    assert await database.read(all_of, ward.id) == before


async def test_a_bad_sheet_comes_back_with_a_column_that_says_what_to_mend(clerk: Clerk) -> None:
    done = await clerk.send(SHEET, files=file(BAD), do="mark")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(done.content)).get_sheet_by_index(0).to_python()
    assert [row[:2] for row in sheet] == [
        ["Tên", "Số người trưởng thành"],
        ["Khu phố 5", "abc"],
        ["Khu phố 6", "20"],
        ["Tổng", "1000"],
        ["=1+1", "3"],
    ]
    assert sheet[0][2] == "Cần sửa"
    assert [bool(row[2]) for row in sheet[1:]] == [True, False, True, True]
    assert b"<f>" not in done.content
    assert "không có chỗ nào cần sửa" in (await clerk.send(SHEET, files=file(GOOD), do="mark")).text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("../../x.csv", "\x00\x01"),
        ("x.xlsx", "no workbook"),
        ("x", "Tên"),
        ("x.exe", "MZ"),
        ("x.csv", ""),
        ("x." + "c" * 300, "a;b"),
        ("khu-pho.csv", "Tên;Số người trưởng thành\n" + "x;1\n" * 3000),
    ],
)
async def test_whatever_else_is_sent_is_refused_in_words(clerk: Clerk, name: str, content: str) -> None:
    for do in ("save", "mark"):
        done = await clerk.send(SHEET, files=file(content, name), do=do)
        assert done.status_code == 422
        assert "Chưa nạp gì" in done.text


async def test_signs_nobody_sees_are_named_in_the_red_column(clerk: Clerk) -> None:
    sent = file("tên;số người trưởng thành\nKhu\x01 phố 5;20\n")
    given = await clerk.send(SHEET, PAGE, files=sent, do="mark")
    assert (given.status_code, given.headers["content-type"]) == (200, XLSX)
    [_, row] = CalamineWorkbook.from_filelike(io.BytesIO(given.content)).get_sheet_by_index(0).to_python()
    assert row[0] == "Khu phố 5"
    assert "Dòng 2" in str(row[2])


async def test_no_file_and_too_large_a_file_are_refused(clerk: Clerk) -> None:
    assert "Chưa chọn tệp" in (await clerk.send(SHEET, do="save")).text
    assert (await clerk.send(SHEET, files=file("x" * 5_200_000), do="save")).status_code == 413


async def test_counters_stand_beside_ours_the_latest_date_holds_and_the_old_rows_stay(
    clerk: Clerk, database: Database, ward: Ward
) -> None:
    for kind, code, people, date in (
        ("confirmed", "kp5", "7", "20/11/2026"),
        ("confirmed", "kp5", "5", "1/10/2026"),
        ("official", "", "1.060", "31/10/2026"),
        ("official", "", "1.061", "31/10/2026"),
    ):
        done = await clerk.send(COUNT, PAGE, kind=kind, code=code, people=people, source="BC <9>", date=date)
        assert "Đã ghi" in done.text
    page = (await clerk.client.get(PAGE)).text
    assert "7 người<br><small>BC &lt;9&gt;, 20/11/2026</small>" in page
    assert "1.061 người" in page
    assert "1.060" not in page
    earlier = await database.read(latest, ward.id, dt.date(2026, 11, 1))
    assert {key: counter.people for key, counter in earlier.items()} == {
        ("confirmed", "kp5"): 5,
        ("official", ""): 1061,
    }


WRONG = [
    {"people": "-1"},
    {"people": ""},
    {"people": "1e9"},
    {"date": "31/2/2026"},
    {"date": "1/1/2100"},
    {"date": ""},
    {"source": " "},
    {"source": "BC\x019"},
    {"kind": "own"},
    {"code": "kp99"},
]


@pytest.mark.parametrize("typed", WRONG, ids=str)
async def test_a_counter_that_is_not_whole_is_not_taken(
    clerk: Clerk, database: Database, ward: Ward, typed: dict[str, str]
) -> None:
    right = {"kind": "official", "code": "kp5", "people": "9", "source": "BC 9", "date": "1/11/2026"}
    refused = await clerk.send(COUNT, PAGE, **{**right, **typed})
    assert refused.status_code == 422
    for name, value in {**right, **typed}.items():  # nothing that was typed is lost
        if name in ("people", "source", "date"):
            assert f'name="{name}" value="{value}"' in refused.text
    assert await database.read(latest, ward.id) == {}


SHEETS = f"{COUNT}-bang"
COUNTED = "Tên;Số người;Văn bản nguồn;Ngày\nKhu phố 5;9;BC 9;1/11/2026\nkhu phố 6;;;\nTổng;1.061;BC 10;1/11/2026\n"


async def test_counters_come_by_sheet_too_all_or_none(clerk: Clerk, database: Database, ward: Ward) -> None:
    done = await clerk.send(SHEETS, PAGE, files=file(COUNTED), kind="official")
    assert "Đã ghi" in done.text
    right = {("official", "kp5"): 9, ("official", ""): 1061}
    found = await database.read(latest, ward.id)
    assert {key: counter.people for key, counter in found.items()} == right
    assert found["official", "kp5"].source == "BC 9"
    for wrong, said in (
        (COUNTED.replace("Khu phố 5", "Khu phố 99"), "không có nơi nào tên «Khu phố 99»"),
        (COUNTED.replace(";9;", ";chín;"), "Dòng 2, cột «số người»"),
        (COUNTED.replace("BC 9", ""), "cột «văn bản nguồn»: hãy ghi"),
        (COUNTED.replace("9;1/11/2026", "9;"), "hãy ghi ngày của số liệu"),
        (COUNTED.replace("Tổng", "Khu phố 5"), "ghi hai dòng"),
        (COUNTED.replace("Số người;", "Số người trưởng thành;"), "thiếu cột «số người»"),
        ("a;b\n1;2\n", "Bảng cần bốn cột"),
    ):
        answer = await clerk.send(SHEETS, PAGE, files=file(wrong), kind="official")
        assert (answer.status_code, said in answer.text) == (422, True), said
    assert (await clerk.send(SHEETS, PAGE, files=file(COUNTED), kind="own")).status_code == 422
    found = await database.read(latest, ward.id)
    assert {key: counter.people for key, counter in found.items()} == right
