"""The sheet of neighbourhoods: what is understood in xlsx, ods and csv, and what is refused in which words."""

import datetime as dt
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from office.cells import MOST_ROWS
from office.neighbourhood_sheet import Sheet, code_for, read_sheet
from storage.neighbourhoods import NeighbourhoodRow

TODAY = dt.date(2026, 11, 21)
HEADER = ("Mã", "Tên", "Số người trưởng thành", "Văn bản nguồn", "Ngày")
FIRST = NeighbourhoodRow("kp1", "Khu phố 1", 1250, "Công văn 12/UBND", dt.date(2026, 1, 2))
SECOND = NeighbourhoodRow("kp2", "Khu phố 2", None, "", None)
Rows = Sequence[Sequence[object]]


def as_xlsx(file: Path, rows: Rows) -> Path:
    book = xlsxwriter.Workbook(str(file), {"strings_to_formulas": False, "nan_inf_to_errors": True})
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for at, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, bool):
                sheet.write_boolean(at, column, value)
            elif isinstance(value, dt.date):
                sheet.write_datetime(at, column, value, day)
            elif isinstance(value, int | float):
                sheet.write_number(at, column, value)
            elif value is not None:
                sheet.write_string(at, column, str(value))
    book.close()
    return file


def as_ods(file: Path, rows: Rows) -> Path:
    book = OpenDocumentSpreadsheet()
    table = Table(name="Bang")
    for row in rows:
        line = TableRow()
        for value in row:
            line.addElement(_ods_cell(value))
        table.addElement(line)
    book.spreadsheet.addElement(table)
    book.save(str(file))
    return file


def _ods_cell(value: object) -> TableCell:
    if isinstance(value, bool):
        return TableCell(valuetype="boolean", booleanvalue=str(value).lower())
    if isinstance(value, dt.date):
        return TableCell(valuetype="date", datevalue=value.isoformat())
    if isinstance(value, int | float):
        return TableCell(valuetype="float", value=str(value))
    cell = TableCell(valuetype="string")
    if value is not None:
        cell.addElement(P(text=str(value)))
    return cell


def as_csv(file: Path, rows: Rows, separator: str = ";", encoding: str = "utf-8-sig") -> Path:
    lines = (separator.join("" if value is None else str(value) for value in row) for row in rows)
    file.write_bytes("\r\n".join(lines).encode(encoding))
    return file


def read(tmp_path: Path, rows: Rows, known: Sequence[NeighbourhoodRow] = ()) -> Sheet:
    """Return what is read from an office's csv with these rows."""
    return read_sheet(as_csv(tmp_path / "bang.csv", rows), TODAY, known)


def only_complaint(sheet: Sheet) -> str:
    assert sheet.rows == ()
    assert len(sheet.complaints) == 1, sheet.complaints
    return sheet.complaints[0]


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
        "Dòng 5, cột «tên»: tên «ẤP 1.» đã có ở dòng 2; hãy xoá một dòng hoặc sửa tên.",
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


@settings(max_examples=25, deadline=None)
@given(data=st.data(), write=st.sampled_from([as_xlsx, as_ods]))
def test_a_damaged_workbook_is_answered(folder: Path, data: st.DataObject, write: Callable[[Path, Rows], Path]) -> None:
    file = write(folder / f"damaged.{write.__name__[3:]}", [HEADER, ("kp1", "Khu phố 1", 1250, "x", TODAY)])
    content = bytearray(file.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(4, len(content) - 1))] = data.draw(st.integers(0, 255))
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
