"""What check says of lessons: every kind of mistake names file, field and remedy; the real lessons have none."""

import datetime as dt
from pathlib import Path

import pytest
import yaml

from bot.content import bank_of
from bot.content_check import Remark, covered, remarks
from bot.content_survey import survey
from bot.settings import Settings
from content.reading import ContentError
from lessons.library import Library, complaints, read_library

CONTENT = Path(__file__).parent / "content"
TODAY = dt.date(2026, 11, 27)
KINDS = [
    # what is changed in second_steps.yaml, into what; kind, field and remedy
    (
        "check_again: 2099-01-01",
        "check_again: 2026-11-27",
        "mistake",
        "past",
        "check_again",
        "ghi ngày mới vào checked",
    ),
    ("check_again: 2099-01-01", "check_again: 2026-12-20", "look", "soon", "check_again", "xem lại nguồn trước"),
    ("Bà con mở máy ảnh.", "Bà con mở **máy ảnh.", "mistake", "bold", "steps.1.text", "thêm hoặc bỏ bớt một dấu"),
    ("Bà con mở máy ảnh.", "Bà con MỞ máy ảnh.", "mistake", "shouting", "steps.1.text", "hãy viết thường"),
    (
        "Bà con mở máy ảnh.",
        "Bà con quét QR.",
        "mistake",
        "gloss",
        "steps.1.text",
        "ví dụ «QR (ô vuông chấm đen trắng)»",
    ),
    ("[Biển hiệu, Tờ lịch]", "[Mã OTP, Tờ lịch]", "mistake", "gloss", "quiz.2.options.1", "«OTP (mã xác nhận)»"),
    ("[Không đọc tên.]", "[Bấm link.]", "mistake", "gloss", "mistakes.1", "«link (đường liên kết)»"),
    ("Mời bà con học bài Bước sau", "Mời học ví QR", "mistake", "gloss", "group_message", "«QR (ô vuông"),
    ("Bà con mở máy ảnh.", f"{'chữ ' * 16}.", "look", "long", "steps.1.text", "câu dài 16 chữ, quá 15 chữ; nên tách"),
    ("Bà con mở máy ảnh.", "Bà con bấm nút thứ nhất", "look", "alike", "steps.1.text", "bước 1 của first_steps.yaml"),
    ("[Biển hiệu, Tờ lịch], answer: 1", "[A, B], answer: 2", "look", "same_place", "quiz", "đổi chỗ vài lựa chọn"),
]


def changed(folder: Path, old: str, new: str) -> Library:
    """Return the test lessons with a change in the second."""
    for file in CONTENT.glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        (folder / file.name).write_text(text.replace(old, new), encoding="utf-8")
    return read_library(folder)


def told(library: Library, weight: str) -> list[Remark]:
    return [remark for remark in remarks(library, [], TODAY) if remark.weight == weight]


@pytest.mark.parametrize(("old", "new", "weight", "kind", "field", "remedy"), KINDS)
def test_every_kind_of_remark_names_file_field_and_remedy(
    old: str, new: str, weight: str, kind: str, field: str, remedy: str, tmp_path: Path
) -> None:
    found = [remark for remark in told(changed(tmp_path, old, new), weight) if remark.kind == kind]
    files = {"past": {"first_steps.yaml", "second_steps.yaml"}, "soon": {"first_steps.yaml", "second_steps.yaml"}}
    assert {remark.file for remark in found} == files.get(kind, {"second_steps.yaml"})
    assert str(found[-1]).startswith(f"second_steps.yaml, mục «{field}»: ")
    assert remedy in str(found[-1])


def test_the_test_lessons_have_no_mistake_and_lack_only_what_a_ward_may_lack(library: Library) -> None:
    assert told(library, "mistake") == []
    assert {remark.kind for remark in told(library, "look")} == {"no_question", "skills"}
    skills = next(str(remark) for remark in told(library, "look") if remark.kind == "skills")
    assert "T1, T2, T3" in skills
    assert "hãy ghi covers vào bài đã dạy" in skills


def test_a_command_that_no_button_can_carry_is_a_mistake(library: Library) -> None:
    long = [lesson.model_copy(update={"topic": f"{'x' * 60}{number}"}) for number, lesson in enumerate(library)]
    found = told(Library(lesson.model_copy(update={"requires": ()}) for lesson in long), "mistake")
    assert {remark.kind for remark in found} == {"command"}
    assert "hãy đặt mã bài ngắn hơn" in str(found[0])


def test_answers_that_crowd_at_one_place_are_told() -> None:
    crowded = [
        lesson.model_copy(update={"quiz": tuple(one.model_copy(update={"answer": 1}) for one in lesson.quiz)})
        for lesson in read_library()
    ]
    found = [remark for remark in told(Library(crowded), "look") if remark.kind == "one_place"]
    assert "180 trên 180 đáp án đúng đứng ở vị trí 1; hãy đổi chỗ cho đều" in str(found[0])


def test_a_foreign_word_is_explained_once_a_lesson(tmp_path: Path) -> None:
    library = changed(tmp_path, "Bà con mở máy ảnh.", "Quét QR (ô vuông chấm đen trắng).")
    again = changed(tmp_path, "Bà con đọc tên hiện ra.", "Xem lại QR.")
    assert told(library, "mistake") == []
    assert len(told(again, "mistake")) == 1
    assert told(changed(tmp_path, "Bà con mở máy ảnh.", "Sạc đầy pin. Ai hỏi thì thôi."), "mistake") == []


def test_every_remark_has_words_and_every_word_is_used() -> None:
    words = yaml.safe_load(Path("bot/texts/remarks.yaml").read_text(encoding="utf-8"))
    used = {kind for _, _, _, kind, _, _ in KINDS} | {"no_question", "skills", "command", "one_place"}
    assert set(words["kinds"]) == used | {"past_bank", "unknown_lesson", "no_label", "asked_twice", "weights_old"}


def test_the_real_lessons_are_as_many_and_as_short_as_they_must_be() -> None:
    library = read_library()
    found = survey(library)
    assert (found.lessons >= 44, found.questions >= 110, found.unsourced) == (True, True, 0)
    assert len(covered(library)) == 27
    assert found.longest.words <= 15
    assert found.step_characters <= 200
    told_of = remarks(library, list(bank_of(Settings(_env_file=None))), TODAY)
    assert [str(remark) for remark in told_of if remark.kind not in ("no_question", "soon", "past")] == []


def own_folder(tmp_path: Path, **texts: str) -> Path:
    own = tmp_path / "bai-rieng"
    own.mkdir()
    for name, text in texts.items():
        (own / f"{name}.yaml").write_text(text, encoding="utf-8")
    return own


SECOND = (CONTENT / "second_steps.yaml").read_text(encoding="utf-8")
THIRD = SECOND.replace("topic: second_steps", "topic: third_steps")


def test_the_wards_own_lessons_replace_and_add(tmp_path: Path) -> None:
    own = own_folder(tmp_path, second_steps=SECOND.replace("title: Bước sau", "title: Bước riêng"), third_steps=THIRD)
    library = read_library(CONTENT, own)
    assert [lesson.title for lesson in library] == ["Bước đầu", "Bước riêng", "Bước sau"]


def test_a_mistake_in_the_wards_own_lesson_is_named_with_its_folder(tmp_path: Path) -> None:
    own = own_folder(tmp_path, second_steps=SECOND.replace("version: 1", "version: 0"), third_steps=THIRD + "x: 1\n")
    found = complaints(CONTENT, own)
    assert len(found) == 2, "every file is told of, not the first alone"
    assert found[0].startswith("bai-rieng/second_steps.yaml, mục «version»: ")
    assert found[1].startswith("bai-rieng/third_steps.yaml, mục «x»: ")


def test_an_own_lesson_may_use_drawings_of_both_folders(tmp_path: Path) -> None:
    text = THIRD.replace("ảnh., sources", "ảnh., picture: qr_scan, sources")
    assert complaints(CONTENT, own_folder(tmp_path, third_steps=text))[0].startswith("bai-rieng/third_steps.yaml")
    own = tmp_path / "bai-rieng"
    (own / "pictures").mkdir()
    (own / "pictures" / "qr_scan.svg").write_text("<svg/>", encoding="utf-8")
    assert complaints(CONTENT, own) == []


def test_an_own_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="không có thư mục bài riêng"):
        read_library(CONTENT, tmp_path / "nowhere")
