"""What stands behind a report's figures: appendices, praise, and sentences that were changed before taking it away."""

import datetime as dt
import io
from pathlib import Path

import pytest
from docx import Document
from python_calamine import CalamineWorkbook

from handlers.core import Core
from lessons.library import read_library
from office.appendix import appendices, praises, related
from office.period import Period, period_of
from office.report import Report, read_report
from office.report_files import made
from office.report_text import typed_text
from office.typesetting import Unprintable
from office.words import words
from tests.clerks import Office
from tests.dialogue import NOON, Resident, stored, verify_dialogue
from tests.test_team import member

PAGE = "/van-phong/bao-cao"
LEARN = ("/lesson first_steps 3", "/quiz first_steps", "/answer first_steps 1 1", "/answer first_steps 2 3")


def december() -> Period:
    period = period_of("2026-12", 14)
    assert period is not None
    return period


async def report_of(core: Core, period: Period) -> Report:
    house, skills = core.house, dict.fromkeys(core.house.library.core_topics, "Bước đầu")
    more = {"second_steps": "Bước sau"}
    return await house.database.report(read_report, house.ward, "khu phố", skills, 80, period, NOON, more)


async def test_what_was_done_is_counted_and_the_rest_left_to_the_office(core: Core) -> None:
    lan = await member(core, "lan")
    await lan.say("/team_class_open first_steps Nhà văn hóa")
    await lan.says("/team_add yes", "Bà Tư, 1950")
    [added] = (await stored(core.house.database))["names"]
    await lan.say(f"/team_oral {added['resident_id']} first_steps 1 3")
    tu = Resident(core, "tu")
    await tu.join()
    await tu.says(*LEARN)
    done, _ = appendices(await report_of(core, december()))
    found = {str(row[1]): row[3] for row in done.rows}
    assert found["Người bắt đầu học trên tổ số"] == 2
    assert found["Bài học đạt"] == 2
    assert found["Người mới đạt đủ các kỹ năng số cơ bản"] == 2
    assert found["Người được tổ thấy tận mắt tự làm được"] == 1
    assert found["Lớp học do tổ công nghệ số mở"] == 1
    assert found["Thành viên tổ công nghệ số đang hoạt động trên tổ số"] == 1
    assert found["Băng rôn, pano, áp phích, bảng điện tử"] == "chưa đếm ở đây, đơn vị ghi"
    earlier = period_of("2026-11", 14)
    assert earlier is not None
    before, _ = appendices(await report_of(core, earlier))
    assert {row[3] for row in before.rows} <= {0, "chưa đếm ở đây, đơn vị ghi"}


@pytest.mark.parametrize(
    ("code", "year", "digital", "access"),
    [
        ("2025", 2025, "> 80 %", "> 30 %"),
        ("2026-12", 2030, "100 %; chữ ký số > 50 %", "> 50 %"),
        ("2060", 2045, "100 %; chữ ký số > 60 %", "100 %"),
    ],
)
async def test_indicators_show_the_target_of_the_next_milestone_and_no_figure_that_is_not_counted(
    core: Core, code: str, year: int, digital: str, access: str
) -> None:
    period = period_of(code, 14)
    assert period is not None
    _, indicators = appendices(await report_of(core, period))
    assert indicators.heading[2] == f"Mục tiêu {year}"
    assert (indicators.rows[13][2], indicators.rows[20][2]) == (digital, access)
    assert {row[3] for row in indicators.rows} == {words("appendix")["uncounted"]}
    assert [row[0] for row in indicators.rows] == list(range(1, 36))


def test_the_lessons_named_beside_indicators_exist() -> None:
    named = {topic for row in words("appendix")["indicators"]["rows"] for topic in row.get("topics", ())}
    assert set(related(read_library())) == named


async def test_only_who_agreed_is_named_in_praise_and_only_for_what_they_did_in_the_period(core: Core) -> None:
    for address, name in (("tu", "Bà Tư"), ("sau", "Ông Sáu"), ("bay", "Cô <Bảy>")):
        who = Resident(core, address)
        await who.join()
        if address != "bay":
            await who.says(*LEARN)
        await verify_dialogue(who, [("/shown", "Gõ tên là đồng ý"), (name, "Cho phường, xã nêu tên khen")])
        if address != "sau":
            await verify_dialogue(who, [("/praise", "Bà con đồng ý không?"), ("Đồng ý cho nêu tên", "được nêu tên")])
    report = await report_of(core, december())
    assert praises(report) == ["Bà Tư, Khu phố 5"]
    text = "\n".join(line.text for line in Document(io.BytesIO(made(report, "docx"))).paragraphs)
    assert "- Bà Tư, Khu phố 5." in text
    assert "Ông Sáu" not in text
    tu = Resident(core, "tu", now=NOON + dt.timedelta(minutes=1))
    tu.events = iter(range(100, 200))  # type: ignore[assignment]
    await verify_dialogue(tu, [("/mydata", "nêu tên khi khen: được"), ("Thôi cho nêu tên khen", "không nêu tên")])
    assert praises(await report_of(core, december())) == []


async def test_nobody_without_a_name_is_asked_to_be_praised(core: Core) -> None:
    tu = Resident(core, "tu")
    await tu.join()
    assert "nêu tên" not in (await tu.say("/mydata")).text
    assert "nêu tên" not in (await tu.say("/praise yes")).text


async def test_the_sentences_are_changed_in_the_form_before_taking_them_away(core: Core) -> None:
    clerk = await Office(core).logged_in("lead")
    typed = "Đoạn của tôi & <b>.\r\n\r\n  {{ 7 * 7 }} \x00\x07xong\r\n"
    taken = await clerk.send(f"{PAGE}/tai/docx?ky=2026-11", page=PAGE, told=typed)
    text = [line.text for line in Document(io.BytesIO(taken.content)).paragraphs]
    at = text.index("I. KẾT QUẢ")
    assert text[at + 1 : at + 3] == ["Đoạn của tôi & <b>.", "{{ 7 * 7 }} xong"]
    assert text[at + 3] == "II. SỐ LIỆU THEO ĐỊA BÀN"
    assert (await clerk.send(f"{PAGE}/tai/pdf?ky=2026-11", page=PAGE, told=typed)).content.startswith(b"%PDF")
    assert (await clerk.client.post(f"{PAGE}/tai/docx?ky=2026-11", data={"told": "x"})).status_code == 403
    assert typed_text("x" * 20_000) == ["x" * 10_000]


async def test_a_word_file_of_the_office_with_a_mistake_in_it_is_told(core: Core, tmp_path: Path) -> None:
    report = await report_of(core, december())
    (tmp_path / "none.docx").write_bytes(b"no zip")
    wrong = Document()
    wrong.add_paragraph("{{ ward ")
    wrong.save(str(tmp_path / "wrong.docx"))
    for name in ("none", "wrong", "missing"):
        with pytest.raises(Unprintable):
            made(report, "docx", tmp_path / f"{name}.docx")


async def test_the_workbook_has_a_page_for_each_part(core: Core) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(made(await report_of(core, december()), "xlsx")))
    assert book.sheet_names == ["Độ phủ", "Kỹ năng", "Phụ lục 1", "Phụ lục 2"]
    assert len(book.get_sheet_by_name("Phụ lục 2").to_python()) == 5 + 35
