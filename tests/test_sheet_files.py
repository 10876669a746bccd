"""Files with a sheet of neighbourhoods: every format is read alike, and whatever is in them is answered."""

import datetime as dt
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from office.cells import MOST_ROWS
from office.neighbourhood_sheet import Sheet, read_sheet
from storage.neighbourhoods import NeighbourhoodRow
from tests.sheets import FIRST, HEADER, SECOND, TODAY, Rows, as_csv, as_ods, as_xlsx, only_complaint


@pytest.mark.parametrize(("ending", "write"), [("xlsx", as_xlsx), ("ods", as_ods), ("csv", as_csv)])
def test_every_format_is_read_alike(ending: str, write: Callable[[Path, Rows], Path], tmp_path: Path) -> None:
    day: object = "2/1/2026" if ending == "csv" else dt.date(2026, 1, 2)
    rows = [HEADER, ("KP1", "Khu phố 1", 1250, "Công văn 12/UBND", day), ("kp2", " Khu  phố 2 ", None, None, None)]
    assert read_sheet(write(tmp_path / f"bang.{ending}", rows), TODAY) == Sheet((FIRST, SECOND))


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_csv_that_excel_writes_is_understood(separator: str, encoding: str, tmp_path: Path) -> None:
    rows = [HEADER, ("kp1", "Khu phố 1", "1.250", "Công văn 12/UBND", "2/1/2026"), ("kp2", "Khu phố 2", "", "", "")]
    file = as_csv(tmp_path / "bang.CSV", rows, separator, encoding)
    assert read_sheet(file, TODAY) == Sheet((FIRST, SECOND))


def test_the_old_vietnamese_encoding_of_windows_is_understood(tmp_path: Path) -> None:
    text = "Tên;Sô\u0301 ngươ\u0300i trươ\u0309ng tha\u0300nh\r\nKhu phô\u0301 1;1250"
    file = tmp_path / "bang.csv"
    file.write_bytes(text.encode("windows-1258"))
    assert read_sheet(file, TODAY) == Sheet((NeighbourhoodRow("khu-pho-1", "Khu phố 1", 1250, "", None),))


def test_the_sheet_with_the_header_is_found_among_others(tmp_path: Path) -> None:
    file = tmp_path / "bang.xlsx"
    book = xlsxwriter.Workbook(str(file))
    book.add_worksheet("Ghi chú").write_string(0, 0, "Tên")
    hidden = book.add_worksheet("Ẩn")
    hidden.hide()
    for sheet, name in ((hidden, "Khu phố ẩn"), (book.add_worksheet("Số liệu"), "Khu phố 1")):
        sheet.write_row(3, 2, ("Tên", "Số người trưởng thành"))
        sheet.write_row(4, 2, (name, 1250))
    book.close()
    assert [row.name for row in read_sheet(file, TODAY).rows] == ["Khu phố 1"]


def test_a_file_that_cannot_be_used_is_told_why(tmp_path: Path) -> None:
    def told(name: str, content: bytes | None = None) -> str:
        file = tmp_path / name
        if content is not None:
            file.write_bytes(content)
        return only_complaint(read_sheet(file, TODAY))

    assert told("khong-co.xlsx").startswith("Không tìm thấy tệp")
    assert told("bang.docx", b"PK\x03\x04").startswith("Chỉ đọc được tệp có đuôi .xlsx, .ods hoặc .csv")
    assert told("bang.csv", b"").startswith("Tệp trống")
    assert told("trang.xlsx", b" \r\n").startswith("Tệp trống")
    assert told("bang.xlsx", b"PK\x03\x04 not really").startswith("Không đọc được bảng tính này")
    assert told("cu.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)).startswith("Không đọc được bảng tính này")
    assert told("anh.csv", b"\xff\xd8\xff\xe0\x00\x10JFIF\x8d\x9d").startswith("Tệp không phải là chữ đọc được")
    assert told("lon.csv", b"a" * 5_000_001).startswith("Tệp lớn hơn 5 MB")
    assert told("dai.csv", b"Ten,Nguoi lon\n" + b"a,1\n" * MOST_ROWS).startswith("Bảng có hơn 2000 dòng")
    (tmp_path / "thu-muc.csv").mkdir()
    assert told("thu-muc.csv").startswith("Không mở được tệp")


def test_a_workbook_that_would_take_all_memory_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bang.xlsx"
    book = xlsxwriter.Workbook(str(file))
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADER)
    sheet.write(1_048_575, 16_383, "lạc")
    book.close()
    assert file.stat().st_size < 20_000
    assert only_complaint(read_sheet(file, TODAY)).startswith("Không đọc được bảng tính này")


def check(sheet: Sheet) -> None:
    """Check that there are either rows that may be stored, or complaints that may be shown."""
    assert bool(sheet.rows) != bool(sheet.complaints)
    for complaint in sheet.complaints:
        assert complaint.isprintable()
    for row in sheet.rows:
        assert 0 < len(row.name) <= 60
        assert row.name.isprintable()
        assert row.code.strip("-")
        assert row.adults is None or 1 <= row.adults <= 200_000
        assert row.date is None or row.date <= TODAY
    assert len({row.code for row in sheet.rows}) == len({row.name for row in sheet.rows}) == len(sheet.rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sheets")


@settings(max_examples=150, deadline=None)
@given(content=st.binary(max_size=400), ending=st.sampled_from([".csv", ".xlsx", ".ods", ".CSV", ".xls", ""]))
def test_any_bytes_under_any_ending_are_answered(folder: Path, content: bytes, ending: str) -> None:
    file = folder / f"any{ending}"
    file.write_bytes(content)
    check(read_sheet(file, TODAY))


SLIPS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8)
"""Where in a file, as a share of its length, a byte is replaced and by what: the length depends on the time of day."""


@settings(max_examples=25, deadline=None)
@given(slips=SLIPS, write=st.sampled_from([as_xlsx, as_ods]))
def test_a_damaged_workbook_is_answered(
    folder: Path, slips: list[tuple[float, int]], write: Callable[[Path, Rows], Path]
) -> None:
    file = write(folder / f"damaged.{write.__name__[3:]}", [HEADER, ("kp1", "Khu phố 1", 1250, "x", TODAY)])
    content = bytearray(file.read_bytes())
    for share, byte in slips:
        content[4 + int(share * (len(content) - 4))] = byte
    file.write_bytes(content)
    check(read_sheet(file, TODAY))


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 300_000),
    st.floats(),
    st.dates(dt.date(1900, 3, 1), dt.date(2100, 1, 1)),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=70),
    st.sampled_from(["Khu phố 1", "Ấp 2", "kp1", "1.250", "2/1/2026", "Tổng"]),
)
TABLES = st.lists(st.lists(CELLS, max_size=6), max_size=4)


@settings(max_examples=40, deadline=None)
@given(table=TABLES, write=st.sampled_from([as_xlsx, as_ods]))
def test_any_cells_in_a_workbook_are_answered(table: Rows, write: Callable[[Path, Rows], Path]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        check(read_sheet(write(Path(folder) / f"bang.{write.__name__[3:]}", [HEADER, *table]), TODAY))


@settings(max_examples=150, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"])), encoding=st.sampled_from(["utf-8-sig", "utf-16"]))
def test_any_text_in_a_csv_is_answered(folder: Path, text: str, encoding: str) -> None:
    file = folder / "any.csv"
    file.write_bytes(f"Tên;Số người trưởng thành;Ngày\r\n{text}".encode(encoding))
    check(read_sheet(file, TODAY))
