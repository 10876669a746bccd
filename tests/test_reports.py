"""What the command line reports: imports, coverage, content and settings, in Vietnamese and with an exit code."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from bot.reports import check_content, import_sheet, recount_all, show_coverage
from bot.settings import Settings, complaint
from handlers.core import Core
from storage.coverage import places_of
from storage.database import Database
from storage.neighbourhoods import NeighbourhoodRow, Ward
from tests.dialogue import NOON, Resident

CONTENT = Path(__file__).parent / "content"
HEADER = "mã;tên;số người trưởng thành;văn bản nguồn;ngày"


def clock() -> dt.datetime:
    return NOON


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        _env_file=None,
        database_url=database_url,
        ward_code="phuong-thu",
        ward_name="Phường Thử",
        content_dir=CONTENT,
        faq_dir=CONTENT.parent / "bank",
    )


def sheet(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "khu-pho.csv"
    file.write_text("\n".join([HEADER, *lines]), encoding="utf-8-sig")
    return file


async def stored(database: Database, ward: Ward) -> list[NeighbourhoodRow]:
    return list((await database.read(places_of, ward.id)).values())


async def test_an_import_tells_what_was_added_changed_and_left_alone(
    settings: Settings, database: Database, ward: Ward, tmp_path: Path
) -> None:
    file = sheet(
        tmp_path,
        "kp10;Khu phố 10;1.250;;",
        "kp2;Khu phố Hai;;QĐ 5;2/1/2026",
        ";Khu phố 3;10;Văn bản thử;",
    )
    text, code = await import_sheet(settings, file, clock)
    assert (code, text) == (
        0,
        """\
Đã nạp tệp khu-pho.csv cho Phường Thử.
Thêm mới 1:
  kp10  Khu phố 10 – 1.250 người trưởng thành
Thay đổi 1:
  kp2  Khu phố Hai
      tên: «Khu phố 2» → «Khu phố Hai»
      số người trưởng thành: 10 → chưa có
      văn bản nguồn: «Văn bản thử» → «QĐ 5»
      ngày: chưa có → 2/1/2026
Giống như đã có 1: Khu phố 3.
Không có trong tệp, giữ như cũ 7:
"""
        + "\n".join(f"  kp{number}  Khu phố {number} – 10 người trưởng thành" for number in (1, 4, 5, 6, 7, 8, 9)),
    )
    found = {row.code: row for row in await stored(database, ward)}
    assert len(found) == 10
    assert found["kp10"] == NeighbourhoodRow("kp10", "Khu phố 10", 1250, "", None)
    assert found["kp2"] == NeighbourhoodRow("kp2", "Khu phố Hai", None, "QĐ 5", dt.date(2026, 1, 2))


async def test_a_second_import_of_the_same_sheet_changes_nothing(
    settings: Settings, database: Database, ward: Ward, tmp_path: Path
) -> None:
    file = sheet(tmp_path, "kp1;Khu phố 1;1250;;", ";Ấp Mới;5;;")
    await import_sheet(settings, file, clock)
    before = await stored(database, ward)
    text, code = await import_sheet(settings, file, clock)
    assert code == 0
    assert "Giống như đã có 2: Khu phố 1, Ấp Mới." in text
    assert "Thêm mới" not in text
    assert "Thay đổi" not in text
    assert await stored(database, ward) == before


async def test_of_a_sheet_with_a_bad_row_nothing_is_written(
    settings: Settings, database: Database, ward: Ward, tmp_path: Path
) -> None:
    before = await stored(database, ward)
    text, code = await import_sheet(settings, sheet(tmp_path, "kp10;Khu phố 10;5;;", "kp11;Khu phố 11;x;;"), clock)
    assert code == 1
    assert text.startswith("Chưa nạp gì từ tệp khu-pho.csv.")
    assert "  - Dòng 3, cột «số người trưởng thành»: «x» không phải là số người" in text
    assert await stored(database, ward) == before


async def test_a_long_list_of_complaints_is_cut_and_says_so(settings: Settings, tmp_path: Path) -> None:
    text, _ = await import_sheet(settings, sheet(tmp_path, *(f"kp{n};Ấp {n};x;;" for n in range(1300))), clock)
    assert text.count("\n  - ") == 100
    assert text.endswith("… và 1.200 chỗ khác.")


async def test_a_new_ward_begins_with_its_sheet(settings: Settings, tmp_path: Path) -> None:
    text, code = await import_sheet(settings, sheet(tmp_path, ";Ấp Một;300;;", ";Ấp Hai;;;"), clock)
    assert (code, text.splitlines()[1]) == (0, "Thêm mới 2:")
    text, code = await show_coverage(settings, "", "text", clock)
    assert code == 0
    assert [line.split("  ")[0] for line in text.splitlines()[4:8]] == ["Ấp Một", "Ấp Hai", "Chưa rõ", "Tổng"]


async def test_who_passes_in_the_chat_is_one_more_in_the_coverage(core: Core, settings: Settings) -> None:
    before = json.loads((await show_coverage(settings, "", "json", clock))[0])
    resident = Resident(core)
    await resident.join("kp5")
    for said in ("/quiz first_steps", "/answer first_steps 1 1", "/answer first_steps 2 3"):
        await resident.say(said)
    after = json.loads((await show_coverage(settings, "", "json", clock))[0])
    assert after["topics"] == ["first_steps"]
    for found, expected in ((before, 0), (after, 1)):
        assert [place["covered"] for place in found["neighbourhoods"]] == [0, 0, 0, 0, expected, 0, 0, 0, 0]
        assert (found["total"]["covered"], found["total"]["missing"]) == (expected, 72 - expected)
    text, _ = await show_coverage(settings, "first_steps", "text", clock)
    assert text.startswith("Độ phủ kỹ năng «Bước đầu» – Phường Thử\n")
    assert "Số liệu tính đến 12:00 ngày 21/11/2026." in text
    sheet, _ = await show_coverage(settings, "first_steps", "csv", clock)
    assert "\nkp5;Khu phố 5;1;1;1;10;Văn bản thử;;10,0;7;" in sheet
    other, _ = await show_coverage(settings, "second_steps", "json", clock)
    assert json.loads(other)["total"]["covered"] == 0
    assert await recount_all(settings) == ("Đã đếm lại. Mọi con số đều khớp với sổ ghi.", 0)


async def test_an_unknown_skill_is_answered_with_the_list_of_skills(settings: Settings) -> None:
    text, code = await show_coverage(settings, "vneid", "text", clock)
    assert code == 2
    assert text.splitlines() == [
        "Không có bài «vneid». Hãy chọn một mã bài dưới đây:",
        "  first_steps           Bước đầu",
        "  second_steps          Bước sau",
    ]


async def test_two_forms_at_once_are_refused(settings: Settings) -> None:
    text, code = await show_coverage(settings, "", "json+csv", clock)
    assert (code, text) == (2, "Chỉ chọn một dạng in ra: --json hoặc --csv, không dùng cả hai.")


def content_of(tmp_path: Path, **changes: Any) -> Path:
    """Return a folder with the first test lesson alone, changed."""
    lesson = yaml.load((CONTENT / "first_steps.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader) | changes
    folder = tmp_path / "content"
    folder.mkdir()
    (folder / "first_steps.yaml").write_text(yaml.safe_dump(lesson, allow_unicode=True), encoding="utf-8")
    return folder


async def test_without_core_lessons_there_is_no_basic_coverage(settings: Settings, tmp_path: Path) -> None:
    changed = settings.model_copy(update={"content_dir": content_of(tmp_path, core=False)})
    text, code = await show_coverage(changed, "", "text", clock)
    assert (code, text.startswith("Chưa có bài nào là kỹ năng cơ bản")) == (1, True)
    assert (await show_coverage(changed, "first_steps", "text", clock))[1] == 0


async def test_a_mistake_in_a_lesson_is_named_by_check_and_by_coverage(settings: Settings, tmp_path: Path) -> None:
    changed = settings.model_copy(update={"content_dir": content_of(tmp_path, title="")})
    expected = ("first_steps.yaml, mục «title»: đang để trống; hãy viết nội dung.", 1)
    assert check_content(changed, clock) == expected
    assert await show_coverage(changed, "", "text", clock) == expected


def test_check_describes_the_lessons(settings: Settings, tmp_path: Path) -> None:
    text, code = check_content(settings.model_copy(update={"faq_dir": tmp_path / "no questions"}), clock)
    assert (code, text) == (
        0,
        """\
Các bài học đọc được hết.
  Bài học: 2, trong đó kỹ năng cơ bản: 1
  Kỹ năng của chương trình có bài dạy: 0/27
  Bước: 7, dài thường gặp 23 ký tự; bước không có nguồn: 0
  Câu hỏi: 5, đáp án đúng đứng ở vị trí 1: 2 câu, vị trí 2: 2 câu, vị trí 3: 1 câu
  Bài có việc làm thử: 0. Câu hỏi thường gặp: 0
  Câu văn dài nhất: 7 chữ (second_steps)

Nên xem 3 chỗ:
  - first_steps.yaml, mục «topic»: chưa có câu hỏi thường gặp nào dẫn tới bài này; hãy soạn thêm vào ngân hàng câu hỏi.
  - second_steps.yaml, mục «topic»: chưa có câu hỏi thường gặp nào dẫn tới bài này; hãy soạn thêm vào ngân hàng câu hỏi.
  - *.yaml, mục «covers»: chưa có bài nào dạy kỹ năng T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, \
T12, T13, T14, T15, T16, T17, T18, T19, T20, T21, T22, T23, T24, T25, T26, T27 của chương trình; \
hãy ghi covers vào bài đã dạy, hoặc soạn thêm bài.""",
    )


def test_long_sentences_are_listed_and_do_no_harm(settings: Settings, tmp_path: Path) -> None:
    words = " ".join(f"chữ{number}" for number in range(15))
    steps = [
        {"text": f"Một hai ba. **{words}** thêm! Bốn?", "sources": ["pt"]},
        {"text": f"{words}.", "sources": ["pt"]},
        {"text": "Năm.", "sources": ["pt"]},
    ]
    text, code = check_content(settings.model_copy(update={"content_dir": content_of(tmp_path, steps=steps)}), clock)
    assert code == 0
    assert "Câu văn dài nhất: 16 chữ (first_steps)" in text
    assert f"first_steps.yaml, mục «steps.1.text»: câu dài 16 chữ, quá 15 chữ; nên tách: {words} thêm!" in text
    assert text.count("câu dài") == 1


def test_lessons_past_their_date_to_check_again_are_listed_and_fail(settings: Settings) -> None:
    text, code = check_content(settings, lambda: dt.datetime(2098, 12, 31, 16, 59, tzinfo=dt.UTC))
    assert (code, "đã đến hạn" in text) == (0, False)
    assert "sắp đến hạn rà soát lại (01/01/2099)" in text
    text, code = check_content(settings, lambda: dt.datetime(2098, 12, 31, 17, 0, tzinfo=dt.UTC))  # midnight here
    assert code == 1
    assert "Phải sửa 2 chỗ:" in text
    assert "  - first_steps.yaml, mục «check_again»: đã đến hạn rà soát lại (01/01/2099)" in text


def test_a_folder_without_lessons_is_told(settings: Settings, tmp_path: Path) -> None:
    text, code = check_content(settings.model_copy(update={"content_dir": tmp_path}), clock)
    assert (code, "không có bài học nào" in text) == (1, True)


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("target_percent", "eighty-s3cret", "TARGET_PERCENT: không phải là số nguyên; cần số nguyên từ 1 đến 100."),
        ("target_percent", "101", "TARGET_PERCENT: lớn hơn 100; cần số nguyên từ 1 đến 100."),
        ("web_port", "0", "WEB_PORT: nhỏ hơn 1; cần số nguyên từ 1 đến 65535."),
        ("ward_code", "Phường S3cret", "WARD_CODE: viết không đúng dạng; chỉ gồm chữ thường không dấu,"),
        ("ward_name", "", "WARD_NAME: đang để trống; cần từ 1 đến 80 ký tự"),
        ("ward_name", "s3cret" * 20, "WARD_NAME: dài quá 80 ký tự; cần từ 1 đến 80 ký tự"),
        ("public_coverage", "s3cret", "PUBLIC_COVERAGE: không phải là có hay không; chỉ ghi true hoặc false."),
        ("log_format", "s3cret", "LOG_FORMAT: viết không đúng dạng; chỉ ghi text hoặc json."),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_without_its_value(
    setting: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(setting.upper(), value)
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None)
    text = complaint(caught.value)
    assert f"\n  - {expected}" in text
    assert "s3cret" not in text.lower()


def refused(setting: str, value: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what is said about a value of a setting; nothing when it can be used."""
    with monkeypatch.context() as environment:
        environment.setenv(setting.upper(), value)
        try:
            Settings(_env_file=None)
        except ValidationError as error:
            return complaint(error)
    return ""


def test_every_setting_that_can_be_wrong_says_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        setting: text
        for setting in Settings.model_fields
        for value in ("", "⚠ " * 500, "-1")
        if (text := refused(setting, value, monkeypatch))
    }
    assert {"ward_code", "target_percent", "web_port", "public_coverage"} <= set(told)
    for setting, text in told.items():
        assert f"- {setting.upper()}: " in text
        assert ".env.example" not in text, f"texts/settings.yaml does not say what {setting} allows"
        assert "không hợp lệ" not in text


def test_all_settings_that_cannot_be_used_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET_PERCENT", "x")
    monkeypatch.setenv("WEB_PORT", "y")
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None)
    assert [line.split(":")[0] for line in complaint(caught.value).splitlines()[1:]] == [
        "  - TARGET_PERCENT",
        "  - WEB_PORT",
    ]
