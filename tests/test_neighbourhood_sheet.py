"""The sheet of neighbourhoods: what is understood in its cells, and what is refused in which words."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from office.neighbourhood_sheet import Sheet, code_for, read_sheet
from office.sheet_changes import written
from storage.neighbourhoods import NeighbourhoodRow
from tests.sheets import FIRST, HEADER, SECOND, TODAY, Rows, as_csv, as_xlsx, only_complaint, read


@pytest.mark.parametrize(
    "header",
    [
        ("ma", "TEN", "so nguoi truong thanh", "nguon", "ngay"),
        ("Mã khu phố", "Tên khu phố, ấp", "Người trưởng thành (từ 18 tuổi)", "Căn cứ", "Ngày ban hành"),
        ("Mã số", "Tổ dân phố", "Số người từ đủ 18 tuổi trở lên", "Số văn bản", "Tính đến ngày"),
    ],
)
def test_columns_are_known_by_several_spellings(header: tuple[str, ...], tmp_path: Path) -> None:
    assert read(tmp_path, [header, ("kp1", "Khu phố 1", "1250", "Công văn 12/UBND", "2/1/2026")]).rows == (FIRST,)


def test_columns_may_stand_in_any_order_below_a_title_and_beside_others(tmp_path: Path) -> None:
    rows = [
        ("UBND PHƯỜNG THỬ",),
        (),
        ("DANH SÁCH KHU PHỐ",),
        ("STT", "Ngày", "Văn bản", "Trưởng phố", "Tên", "Mã", "Người trưởng thành"),
        ("1", "2/1/2026", "Công văn 12/UBND", "Ông Ba", "Khu phố 1", "kp1", "1250"),
        ("", "", "", "", "", "", ""),
        ("2", "", "", "Bà Tư", "Khu phố 2", "kp2", ""),
    ]
    assert read(tmp_path, rows) == Sheet((FIRST, SECOND))


@pytest.mark.parametrize(
    ("written", "adults"),
    [
        ("1250", 1250),
        ("1.250", 1250),
        ("1,250", 1250),
        ("1 250", 1250),
        ("1\u00a0250", 1250),
        ("1250.0", 1250),
        ("1250,00", 1250),
        ("12.345,0", 12345),
        ("200000", 200_000),
        ("1", 1),
        ("", None),
    ],
)
def test_a_count_may_be_written_in_several_ways(written: str, adults: int | None, tmp_path: Path) -> None:
    (row,) = read_sheet(as_csv(tmp_path / "bang.csv", [HEADER, ("", "Ấp 1", written, "", "")], "\t"), TODAY).rows
    assert row.adults == adults


@pytest.mark.parametrize(
    "written", ["1250 người", "1.25", "12a", "-5", "1.2500", "1.250.5", "1250.5", "1e3", "¼", "٣", "9" * 5000, "hai"]
)
def test_what_is_no_count_is_refused(written: str, tmp_path: Path) -> None:
    sheet = read_sheet(as_csv(tmp_path / "bang.csv", [HEADER, ("", "Ấp 1", written, "", "")], "\t"), TODAY)
    found = only_complaint(sheet)
    assert found.startswith("Dòng 2, cột «số người trưởng thành»: ")
    assert found.endswith("không phải là số người; hãy ghi số nguyên, ví dụ 1250, hoặc để trống nếu chưa có.")
    assert len(found) < 250


@pytest.mark.parametrize("written", ["0", "200001", "999999999"])
def test_a_count_must_be_likely(written: str, tmp_path: Path) -> None:
    assert "từ 1 đến 200.000" in only_complaint(read(tmp_path, [HEADER, ("", "Ấp 1", written, "", "")]))


@pytest.mark.parametrize(
    "written",
    ["2/1/2026", "02/01/2026", "2-1-2026", "2.1.2026", "2026-01-02", "2026-01-02 00:00:00", "2026-01-02T07:00"],
)
def test_a_date_may_be_written_in_several_ways(written: str, tmp_path: Path) -> None:
    (row,) = read(tmp_path, [HEADER, ("", "Ấp 1", "", "", written)]).rows
    assert row.date == dt.date(2026, 1, 2)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("31/2/2026", "không phải là ngày; hãy ghi ngày/tháng/năm"),
        ("13/13/2026", "không phải là ngày"),
        ("2/1/26", "không phải là ngày"),
        ("46000", "không phải là ngày"),
        ("hôm qua", "không phải là ngày"),
        ("0/0/0000", "không phải là ngày"),
        ("22/11/2026", "chưa tới"),
        ("1/1/1926", "quá xa"),
    ],
)
def test_what_is_no_likely_date_is_refused(written: str, reason: str, tmp_path: Path) -> None:
    found = only_complaint(read(tmp_path, [HEADER, ("", "Ấp 1", "", "", written)]))
    assert found.startswith("Dòng 2, cột «ngày»: ")
    assert reason in found


def test_today_is_not_in_the_future(tmp_path: Path) -> None:
    assert read(tmp_path, [HEADER, ("", "Ấp 1", "", "", "21/11/2026")]).rows[0].date == TODAY


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "chưa có tên"),
        ("=1+1", "giống công thức"),
        ("+84", "giống công thức"),
        ("-Ấp 1", "giống công thức"),
        ("@Ấp 1", "giống công thức"),
        ("#REF!", "giống công thức"),
        ("(2)", "không phải là tên"),
        ("5", "không phải là tên"),
        ("Tổng cộng", "dòng cộng"),
        ("CỘNG:", "dòng cộng"),
        ("Ấp" * 31, "tên dài 62 ký tự"),
        ("Ấp\x07 1", "ký tự lạ"),
        ("Ấp\x00 1", "ký tự lạ"),
    ],
)
def test_what_is_no_name_is_refused(name: str, reason: str, tmp_path: Path) -> None:
    found = only_complaint(read(tmp_path, [HEADER, ("kp1", name, "5", "", "")]))
    assert found.startswith("Dòng 2, cột «tên»: ")
    assert reason in found


def test_a_name_is_stored_composed_on_one_line_without_what_cannot_be_seen(tmp_path: Path) -> None:
    decomposed = "Khu pho\u0302\u0301\u200b 1\ufeff"
    file = as_xlsx(tmp_path / "bang.xlsx", [HEADER, ("", f"{decomposed}\n(Bình  Minh)", 5, "", "")])
    assert read_sheet(file, TODAY).rows[0].name == "Khu phố 1 (Bình Minh)"


@pytest.mark.parametrize("code", ["kp 1", "ấp1", "k_p", "-", "-kp1", "a" * 21, "1.5"])
def test_what_is_no_code_is_refused(code: str, tmp_path: Path) -> None:
    found = only_complaint(read(tmp_path, [HEADER, (code, "Ấp 1", "5", "", "")]))
    assert found.startswith(f"Dòng 2, cột «mã»: mã «{code}» không dùng được")


def test_a_code_may_be_a_number(tmp_path: Path) -> None:
    file = as_xlsx(tmp_path / "bang.xlsx", [HEADER, (7, "Ấp 7", 5, "", "")])
    assert read_sheet(file, TODAY).rows[0].code == "7"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Khu phố 5", "khu-pho-5"),
        ("Ấp Đồng  Xoài (cũ)", "ap-dong-xoai-cu"),
        ("Tổ dân phố số 12 A", "to-dan-pho-so-12-a"),
    ],
)
def test_without_a_code_it_is_made_from_the_name(name: str, code: str, tmp_path: Path) -> None:
    assert code_for(name) == code
    assert read(tmp_path, [HEADER, ("", name, "5", "", "")]).rows[0].code == code


def test_without_a_code_a_known_neighbourhood_keeps_its_own(tmp_path: Path) -> None:
    assert read(tmp_path, [HEADER, ("", "KHU PHỐ 1", "5", "", "")], [FIRST]).rows[0].code == "kp1"


def test_a_known_name_with_another_code_would_make_two_of_it(tmp_path: Path) -> None:
    found = only_complaint(read(tmp_path, [HEADER, ("kp9", "Khu phố 1", "5", "", "")], [FIRST]))
    assert found == "Dòng 2, cột «mã»: «Khu phố 1» đã có sẵn với mã «kp1»; hãy ghi mã «kp1» ở dòng này, hoặc đổi tên."


def test_two_neighbourhoods_may_swap_their_names(tmp_path: Path) -> None:
    rows = [HEADER, ("kp1", "Khu phố 2", "5", "", ""), ("kp2", "Khu phố 1", "5", "", "")]
    assert [row.name for row in read(tmp_path, rows, [FIRST, SECOND]).rows] == ["Khu phố 2", "Khu phố 1"]


def test_nothing_may_be_there_twice(tmp_path: Path) -> None:
    rows = [HEADER, ("kp1", "Ấp 1", "5", "", ""), ("KP1", "Ấp 2", "5", "", ""), (), ("kp3", "ẤP  1.", "5", "", "")]
    assert read(tmp_path, rows).complaints == (
        "Dòng 3, cột «mã»: mã «kp1» đã có ở dòng 2; hãy ghi mã khác.",
        "Dòng 5, cột «tên»: tên «ẤP 1.» đã có ở dòng 2; hãy xóa một dòng hoặc sửa tên.",
    )


def test_names_that_differ_only_in_diacritics_are_two_places_with_two_codes(tmp_path: Path) -> None:
    assert "hãy ghi mã khác" in only_complaint(
        read(tmp_path, [HEADER, ("", "Ấp Bàu", "", "", ""), ("", "Ấp Bầu", "", "", "")])
    )
    both = read(tmp_path, [HEADER, ("a1", "Ấp Bàu", "", "", ""), ("a2", "Ấp Bầu", "", "", "")])
    assert [row.name for row in both.rows] == ["Ấp Bàu", "Ấp Bầu"]


def test_every_bad_cell_is_told_with_the_row_as_in_the_sheet_and_good_rows_are_not_read_alone(tmp_path: Path) -> None:
    rows = [
        ("DANH SÁCH",),
        HEADER,
        ("kp1", "Khu phố 1", 10, "", ""),
        (None, None, None, None, None),
        ("kp 2", "", "mười", "x" * 201, "mai"),
        ("kp3", "Khu phố 3", 0, "", ""),
    ]
    sheet = read_sheet(as_xlsx(tmp_path / "bang.xlsx", rows), TODAY)
    assert sheet.rows == ()
    places = [complaint.partition(":")[0] for complaint in sheet.complaints]
    assert sorted(places[:5]) == sorted(
        f"Dòng 5, cột «{column}»" for column in ("mã", "tên", "số người trưởng thành", "văn bản nguồn", "ngày")
    )
    assert places[5:] == ["Dòng 6, cột «số người trưởng thành»"]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([("Khu phố 1", "1250")], "Không thấy dòng đầu bảng"),
        ([("Mã", "Tên", "Dân số"), ("kp1", "Ấp 1", "5")], "Đầu bảng thiếu cột «số người trưởng thành»"),
        ([("Mã", "Người trưởng thành"), ("kp1", "5")], "Đầu bảng thiếu cột «tên»"),
        ([("Tên", "Khu phố", "Người lớn"), ("a", "b", "5")], "Đầu bảng có hai cột «tên»"),
        ([HEADER], "Dưới đầu bảng không có dòng nào"),
        ([HEADER, (" ", "", "", "", "")], "Dưới đầu bảng không có dòng nào"),
    ],
)
def test_a_table_that_cannot_be_understood_is_told_what_it_lacks(rows: Rows, reason: str, tmp_path: Path) -> None:
    assert only_complaint(read(tmp_path, rows)).startswith(reason)


@pytest.mark.parametrize("told", [(None, None), ("Cô, «Năm»;\t", ""), ("", "Nhà văn hóa; số 3")])
def test_a_sheet_that_was_shown_is_read_again_as_it_was(tmp_path: Path, told: tuple[str | None, ...]) -> None:
    helper, place = (text.strip() if text else text for text in told)
    odd = NeighbourhoodRow("kp3", 'Khu "3", phố', 90, '=BC; "9", a', TODAY, helper, place)
    rows = (odd, replace(FIRST, helper=helper, helper_place=place), replace(SECOND, helper=helper, helper_place=place))
    file = tmp_path / "shown.csv"
    file.write_text(written(rows), encoding="utf-8", newline="")
    assert read_sheet(file, TODAY) == Sheet(rows)
