"""Reports: whatever form they are taken in, the figures are those of the page; periods end where the office says."""

import csv
import datetime as dt
import io
import json
import re
from pathlib import Path

import pytest
from docx import Document
from python_calamine import CalamineWorkbook

from bot.period_report import make_report
from bot.reports import show_coverage
from bot.settings import Settings
from handlers.core import Core
from office.period import Period, offered, period_of
from office.report import Line, Report, read_report
from office.report_files import made
from office.report_text import sentences
from storage.coverage import CoverageRow, coverage, total
from storage.database import Database
from storage.neighbourhoods import NeighbourhoodRow, Ward, save
from tests.clerks import Office
from tests.dialogue import NOON
from tests.test_figures import filled

PAGE = "/van-phong/bao-cao"
PERIODS = [
    ("2026-11", 14, "2026-10-15", "2026-11-14"),
    ("2026-01", 14, "2025-12-15", "2026-01-14"),
    ("2026-11", 0, "2026-11-01", "2026-11-30"),
    ("2026-02", 0, "2026-02-01", "2026-02-28"),
    ("2026-q4", 14, "2026-09-15", "2026-12-14"),
    ("2026-q1", 14, "2025-12-15", "2026-03-14"),
    ("2026-h1", 14, "2025-12-15", "2026-06-14"),
    ("2026-h2", 0, "2026-07-01", "2026-12-31"),
    ("2026", 14, "2025-12-15", "2026-12-14"),
    ("2026", 0, "2026-01-01", "2026-12-31"),
    ("2026-10-01..2026-11-15", 14, "2026-10-01", "2026-11-15"),
]


@pytest.mark.parametrize(("code", "cutoff", "first", "last"), PERIODS)
def test_a_period_goes_from_the_day_after_one_cut_to_the_next(code: str, cutoff: int, first: str, last: str) -> None:
    period = period_of(code, cutoff)
    assert period is not None
    assert (period.first.isoformat(), period.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    "code",
    ["", "2026-13", "2026-00", "2026-q5", "2026-q0", "2026-h3", "26", "2026-1", "1999", "9999-12", "x", "2026-11 ",
     "2026-11-02..2026-11-01", "2026-02-30..2026-03-01", "0001-01-01..2026-01-01", "٢٠٢٦"],
)  # fmt: skip
def test_what_is_no_period_is_refused(code: str) -> None:
    assert period_of(code, 14) is None


def test_the_periods_offered_are_those_just_over_and_then_those_under_way() -> None:
    codes = [period.code for period in offered(dt.date(2026, 12, 20), 14)]
    assert codes == ["2026-12", "2027-01", "2026-q4", "2027-q1", "2026-h2", "2027-h1", "2026", "2027"]
    assert [period.code for period in offered(dt.date(2026, 1, 1), 0)][:2] == ["2025-12", "2026-01"]


async def test_the_report_that_is_due_comes_first_and_what_is_under_way_says_so(core: Core) -> None:
    page = (await (await Office(core).logged_in("view")).client.get(PAGE)).text
    assert "<h1>Báo cáo: Tháng 11/2026</h1>" in page
    assert "Kỳ này chưa hết" not in page
    chosen, *others = re.findall(r'<option value="([^"]+)"( selected)?>([^<]+)', page)
    assert chosen == ("2026-11", " selected", "Tháng 11/2026 (15/10/2026 – 14/11/2026)")
    assert others[0] == ("2026-12", "", "Tháng 12/2026 (15/11/2026 – 14/12/2026, chưa hết kỳ)")


def november() -> Period:
    period = period_of("2026-11", 14)
    assert period is not None
    return period


async def test_a_report_up_to_now_says_what_the_coverage_page_says(core: Core, database: Database, ward: Ward) -> None:
    await filled(database, ward)
    period = period_of("2026-12", 14)
    assert period is not None
    skills = dict.fromkeys(core.house.library.core_topics, "x")
    report = await database.report(read_report, ward, "khu phố", skills, 80, period, NOON)
    rows = await database.report(coverage, ward.id, core.house.library.core_topics, 80)
    assert [line.row for line in report.lines[:-1]] == rows
    for column in ("before", "earlier", "new"):
        assert sum(getattr(line, column) for line in report.lines[:-1]) == getattr(report.whole, column)


def reported(before: int, earlier: int, covered: int, at: dt.datetime = NOON, adults: int = 100) -> list[str]:
    """Return what is said of two neighbourhoods, of which one stands still, in November."""
    target = adults * 80 // 100
    first = CoverageRow("a", "Ấp A", covered, covered, covered, adults, "", None, max(target - covered, 0))
    second = CoverageRow("b", "Ấp B", 0, 0, 0, adults, "", None, target)
    lines = [Line(first, "Ấp A", before, earlier, {}), Line(second, "Ấp B", 0, 0, {})]
    lines.append(Line(total([first, second], 80), "Tổng", before, earlier, {}))
    return sentences(Report(Ward(1, "x", "Xã X"), "ấp", 80, november(), at, tuple(lines), ()))


def test_what_rose_and_what_fell_is_told_from_the_figures() -> None:
    assert "Kỳ trước thêm 10 người, kỳ này thêm 20 người: nhịp tăng lên." in reported(20, 10, 40)
    fell = reported(30, 10, 35)
    assert "Kỳ trước thêm 20 người, kỳ này thêm 5 người: nhịp giảm đi." in fell
    assert "Thêm ít người hơn kỳ trước: Ấp A." in fell
    assert "Kỳ trước và kỳ này đều thêm 5 người." in reported(10, 5, 15)
    assert fell[0].startswith("Đến hết ngày 14/11/2026, Xã X có 35/200 người trưởng thành")
    assert "Thêm nhiều người nhất: Ấp A (thêm 5 người)." in fell
    assert "Tỉ lệ cao nhất: Ấp A, 35,0 %; thấp nhất: Ấp B, 0,0 %." in fell
    assert "Chưa có thêm ai trong kỳ ở 1 nơi: Ấp B." in fell
    assert "Đã đạt mục tiêu ở 1 nơi: Ấp A." in reported(30, 10, 85)


def test_a_period_that_is_not_over_is_not_held_against_a_whole_one() -> None:
    told = reported(30, 10, 35, dt.datetime(2026, 11, 1, 5, tzinfo=dt.UTC))
    assert told[0].startswith("Đến hết ngày 1/11/2026")
    assert not [said for said in told if "ỳ trước" in said]


async def test_the_files_hold_numbers_and_never_a_formula(core: Core, database: Database, ward: Ward) -> None:
    await database.write(save, ward.id, [NeighbourhoodRow("kp1", '=HYPERLINK("http://x")', 10, "", None)])
    skills = dict.fromkeys(core.house.library.core_topics, "=1+1")
    report = await database.report(read_report, ward, "khu phố", skills, 80, november(), NOON)
    for name in (0, 1):
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(made(report, "xlsx"))).get_sheet_by_index(name)
        assert not [cell for row in sheet.to_python()[5:] for cell in row[2:] if isinstance(cell, str) and cell]
    table = list(csv.reader(io.StringIO(made(report, "csv").decode()), delimiter=";"))
    assert table[1][1] == '\'=HYPERLINK("http://x")'
    assert not [cell for row in table for cell in row if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("query", ["?ky=x", "?tu=1/1/2026&den=x", "?tu=2/1/2026&den=1/1/2026", "?ky=%00"])
async def test_an_unknown_period_is_said_and_gives_no_file(core: Core, query: str) -> None:
    clerk = await Office(core).logged_in("lead")
    page = await clerk.client.get(PAGE + query)
    assert page.status_code == 422
    assert "Không có kỳ ấy" in page.text
    for path in (f"{PAGE}/tai/docx{query}", f"{PAGE}/tai/exe?ky=2026-11", f"{PAGE}/tai/..%2Fx?ky=2026-11"):
        assert (await clerk.client.get(path)).status_code == 404


async def test_any_two_days_make_a_period(core: Core) -> None:
    clerk = await Office(core).logged_in("view")
    page = await clerk.client.get(f"{PAGE}?tu=1/10/2026&den=15/11/2026")
    assert "Từ 1/10/2026 đến 15/11/2026" in page.text
    assert "Tải báo cáo" not in page.text  # who only sees takes nothing away


async def test_the_command_writes_files_and_prints_csv(database_url: str, tmp_path: Path) -> None:
    settings = Settings(_env_file=None, database_url=database_url, report_cutoff_day=0)
    told, code = await make_report(settings, "2026-q4", None, lambda: NOON)
    assert (told.splitlines()[0][:4], code) == ("\ufeffMã;", 0)
    for kind in ("docx", "xlsx", "pdf", "csv"):
        out = tmp_path / f"x.{kind}"
        told, code = await make_report(settings, "2026-q4", out, lambda: NOON)
        assert (code, "1/10/2026 – 31/12/2026" in told) == (0, True)
        assert out.stat().st_size > 100
    assert (await make_report(settings, "2026-q9", None))[1] == 2
    assert (await make_report(settings, "2026-q4", tmp_path / "x.exe"))[1] == 2
    assert (await make_report(settings, "2026-q4", tmp_path / "no" / "x.csv"))[1] == 1


async def test_a_report_and_the_coverage_hold_the_target_of_their_year(database_url: str) -> None:
    settings = Settings(_env_file=None, database_url=database_url, target_by_year="2025=60 2027=85")
    for code, target in (("2025", "60 %"), ("2026", "80 %"), ("2027", "85 %")):
        said, _ = await make_report(settings, code, None, lambda: NOON)
        assert target in said.splitlines()[0]
    for year, percent in ((2026, 80), (2027, 85)):
        said, _ = await show_coverage(settings, "", "json", lambda year=year: NOON.replace(year=year))  # type: ignore[misc]
        assert json.loads(said)["target_percent"] == percent


async def test_the_office_may_have_a_word_file_of_its_own(database_url: str, tmp_path: Path) -> None:
    own = Document()
    own.add_paragraph("{{ ward }}: {{ lines[-1].covered }} người")
    own.save(str(tmp_path / "own.docx"))
    settings = Settings(_env_file=None, database_url=database_url, report_template=tmp_path / "own.docx")
    await make_report(settings, "2026", tmp_path / "x.docx")
    assert Document(str(tmp_path / "x.docx")).paragraphs[0].text == "Phường Mẫu: 0 người"


async def test_a_word_file_of_the_offices_own_reaches_nothing_but_the_report(database_url: str, tmp_path: Path) -> None:
    """What opens a file of this machine where a template is filled in without bounds."""
    secret = tmp_path / "secret.txt"
    secret.write_text("bí mật", encoding="utf-8")
    own = Document()
    own.add_paragraph("{{ cycler.__init__.__globals__.os.popen('cat " + str(secret) + "').read() }}")
    own.save(str(tmp_path / "own.docx"))
    settings = Settings(_env_file=None, database_url=database_url, report_template=tmp_path / "own.docx")
    said, code = await make_report(settings, "2026", tmp_path / "x.docx")
    assert code != 0
    assert not (tmp_path / "x.docx").exists()
    assert "bí mật" not in said
