"""The coverage table: shares, totals, and the same figures in text, CSV and JSON."""

import csv
import datetime as dt
import io
import json
import re

import pytest

from office.coverage_table import CoverageTable, as_csv, as_json, as_text
from storage.coverage import CoverageRow, total
from storage.neighbourhoods import Ward


def row(code: str = "kp1", adults: int | None = None, covered: int = 0) -> CoverageRow:
    return CoverageRow(code, f"Khu phố {code}", covered, covered, covered, adults, "", None, None)


@pytest.mark.parametrize(
    ("adults", "covered", "target", "share", "missing"),
    [
        (10, 0, 80, 0.0, 8),
        (12, 9, 80, 0.75, 1),  # 9.6 people are 10 people
        (310, 214, 80, 0.69, 34),
        (5, 4, 80, 0.8, 0),
        (10_000, 7_999, 80, 0.799, 1),  # nearly there is not there
        (3, 5, 80, 1.666, 0),  # an official count that is out of date
        (7, 6, 100, 0.857, 1),
        (1, 0, 1, 0.0, 1),
    ],
)
def test_share_and_what_is_missing(adults: int, covered: int, target: int, share: float, missing: int) -> None:
    place = row(adults=adults, covered=covered)
    whole = total([place], target)
    assert (whole.adults, whole.covered, whole.share, whole.missing) == (adults, covered, share, missing)


def test_the_total_is_of_all_residents_and_of_all_adults() -> None:
    found = total([row("kp1", adults=100, covered=90), row("kp2", adults=200, covered=100), row("", covered=10)], 80)
    assert ((found.joined, found.learned, found.covered), found.adults, found.share, found.missing) == (
        (200, 200, 200),
        300,
        0.666,
        40,
    )


def test_the_adults_of_the_ward_are_unknown_while_those_of_one_neighbourhood_are() -> None:
    found = total([row("kp1", adults=100, covered=90), row("kp2", covered=5)], 80)
    assert (found.covered, found.adults, found.share, found.missing) == (95, None, None, None)
    assert total([row("")], 80).adults is None


def table(*rows: CoverageRow, skill: str = "") -> CoverageTable:
    ward = Ward(1, "phuong-thu", "Phường Thử")
    at = dt.datetime(2026, 11, 21, 2, 5, tzinfo=dt.UTC)
    return CoverageTable(ward, "khu phố", skill, ("first_steps",), 80, at, rows)


SAMPLE = table(
    CoverageRow("kp1", "Khu phố 1", 1320, 1250, 1214, 1756, "Công văn 12/UBND", dt.date(2026, 1, 2), 191),
    CoverageRow("kp2", "Khu phố 2", 99, 98, 97, 100, "", None, 0),
    CoverageRow("", "", 5, 4, 3, None, "", None, None),
)


def test_the_terminal_shows_numbers_as_they_are_written_in_viet_nam() -> None:
    text = as_text(SAMPLE)
    assert "kỹ năng số cơ bản (1 bài) – Phường Thử" in text
    assert "Mục tiêu: 80 % người trưởng thành. Số liệu tính đến 9:05 ngày 21/11/2026." in text
    assert re.search(r"^Khu phố 1 +1\.320 +1\.250 +1\.214 +1\.756 +69,1 % +còn thiếu 191 người$", text, re.MULTILINE)
    assert re.search(r"^Khu phố 2 +99 +98 +97 +100 +97,0 % +đã đạt$", text, re.MULTILINE)
    assert re.search(r"^Chưa rõ +5 +4 +3 +– +–$", text, re.MULTILINE)
    assert re.search(r"^Tổng +1\.424 +1\.352 +1\.314 +1\.856 +70,7 % +còn thiếu 171 người$", text, re.MULTILINE)


def test_the_columns_of_the_terminal_end_below_each_other() -> None:
    lines = as_text(SAMPLE).splitlines()[3:8]
    for word in ("Tham gia", "Học xong", "Đạt", "Trưởng thành", "Tỉ lệ"):
        end = lines[0].index(word) + len(word)
        assert all(line[end - 1] != " " and line[end : end + 2] in {"", "  "} for line in lines), word


def test_a_skill_is_called_by_its_title() -> None:
    assert as_text(table(skill="Quét mã trả tiền")).startswith("Độ phủ kỹ năng «Quét mã trả tiền» – Phường Thử")


def test_an_unknown_count_of_adults_is_said_in_words() -> None:
    assert re.search(r"Khu phố kp1 +5 +5 +5 +chưa có số +–$", as_text(table(row(covered=5), row(""))), re.MULTILINE)


def test_text_csv_and_json_show_the_same_figures() -> None:
    lines = [re.split(r" {2,}", line) for line in as_text(SAMPLE).splitlines()[4:8]]
    sheet = list(csv.reader(io.StringIO(as_csv(SAMPLE).removeprefix("\ufeff")), delimiter=";"))[1:]
    found = json.loads(as_json(SAMPLE))
    objects = [*found["neighbourhoods"], found["unknown"], found["total"]]
    assert len(lines) == len(sheet) == len(objects) == 4
    for line, cells, entry in zip(lines, sheet, objects, strict=True):
        counts = [entry[key] for key in ("joined", "learned", "covered")]
        assert [int(cell.replace(".", "")) for cell in line[1:4]] == [int(cell) for cell in cells[2:5]] == counts
        assert line[0] == cells[1]
        if entry["adults"] is None:
            assert (line[4:], cells[5:6] + cells[8:10]) == (["–", "–"], ["", "", ""])
            assert (entry["share"], entry["missing"]) == (None, None)
            continue
        assert int(line[4].replace(".", "")) == int(cells[5]) == entry["adults"]
        assert line[5] == f"{cells[8]} %"
        assert float(cells[8].replace(",", ".")) == pytest.approx(entry["share"] * 100)
        assert int(cells[9]) == entry["missing"]
        assert line[6] == ("đã đạt" if entry["missing"] == 0 else f"còn thiếu {entry['missing']} người")


def test_the_json_has_stable_keys() -> None:
    found = json.loads(as_json(SAMPLE))
    assert (found["ward"], found["skill"], found["topics"]) == (
        {"code": "phuong-thu", "name": "Phường Thử"},
        None,
        ["first_steps"],
    )
    assert (found["target_percent"], found["at"]) == (80, "2026-11-21T02:05:00+00:00")
    assert found["neighbourhoods"][0] == {
        "code": "kp1",
        "name": "Khu phố 1",
        "joined": 1320,
        "learned": 1250,
        "covered": 1214,
        "adults": 1756,
        "adults_source": "Công văn 12/UBND",
        "adults_date": "2026-01-02",
        "share": 0.691,
        "missing": 191,
    }
    assert json.loads(as_json(table(row(""), skill="Bước đầu")))["skill"] == "first_steps"


def test_the_csv_opens_in_excel() -> None:
    encoded = as_csv(SAMPLE).encode()
    assert encoded.startswith(b"\xef\xbb\xbfM\xc3\xa3;Khu ph\xe1\xbb\x91;")
    assert "kp1;Khu phố 1;1320;1250;1214;1756;Công văn 12/UBND;2/1/2026;69,1;191;" in encoded.decode("utf-8-sig")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "\r\n+"])
def test_no_text_becomes_a_formula_in_excel(sign: str) -> None:
    wicked = row(covered=1)._replace(name=f"{sign}cmd|' /C calc'!A0", source=f"{sign}1+1")
    sheet = list(csv.reader(io.StringIO(as_csv(table(wicked, row(""))), newline=""), delimiter=";"))
    assert sheet[1][1] == f"'{sign.strip()}cmd|' /C calc'!A0"
    assert sheet[1][6] == f"'{sign.strip()}1+1"


def test_a_name_with_separators_and_quotes_stays_one_cell() -> None:
    odd = row(covered=1)._replace(name='Ấp "Bà; Tư",\n khu 2')
    sheet = list(csv.reader(io.StringIO(as_csv(table(odd, row(""))), newline=""), delimiter=";"))
    assert sheet[1][1] == 'Ấp "Bà; Tư", khu 2'
