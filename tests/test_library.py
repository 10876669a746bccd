"""The library: the first mistake of a file is named with its place and its remedy; the real lessons have none."""

import datetime as dt
import re
from pathlib import Path

import pytest

from content.reading import ContentError
from lessons.library import Library, read_lesson, read_library
from lessons.model import STEP_CHARACTERS

SAMPLE = (Path(__file__).parent / "content" / "second_steps.yaml").read_text(encoding="utf-8")
LONG = "chữ " * 200
MISTAKES = [
    # what is changed, into what, the field that is named, the remedy that is given
    ("title: Bước sau\n", "", "title", "hãy thêm vào"),
    ("title: Bước sau", "titel: Bước sau", "title", "thiếu mục này"),
    ("core: false", "core: false\nnote: x", "note", "hãy sửa chính tả hoặc bỏ đi"),
    ("core: false", "core: false\ncore: true", "core", "mục này viết hai lần, lần sau ở dòng "),
    ("text: Bà con mở máy ảnh.,", "text: A., text: B.,", "text", "mục này viết hai lần"),
    ("topic: second_steps", "topic: third_steps", "topic", "trong tệp ghi «third_steps», khác với tên tệp"),
    ("topic: second_steps", "topic: Bước sau", "topic", "chữ thường không dấu"),
    ("version: 1", "version: 0", "version", "phải từ 1 trở lên"),
    ("version: 1", 'version: "1"', "version", "phải là số nguyên"),
    ("version: 1", "version: 1.5", "version", "phải là số nguyên"),
    ("title: Bước sau", 'title: ""', "title", "hãy viết nội dung"),
    ("title: Bước sau", "title: 2026", "title", "đặt trong dấu ngoặc kép"),
    ("title: Bước sau", "title: null", "title", "phải là chữ"),
    ("title: Bước sau", f"title: {LONG[:46]}x", "title", "dài quá 45 ký tự"),
    ("title: Bước sau", 'title: " Bước sau"', "title", "thừa khoảng trắng"),
    ("title: Bước sau", "title: Bu\u031bo\u031b\u0301c sau", "title", "gõ theo kiểu tách dấu"),
    ("summary: Biết", f"summary: {LONG}", "summary", "dài quá 160 ký tự"),
    ("theme: money", "theme: fun", "theme", "chỉ nhận một trong các giá trị"),
    ("theme: money\n", "", "theme", "thiếu mục này"),
    ("core: false", "core: 1", "core", "chỉ được là true hoặc false"),
    ("core: false", "core: chưa", "core", "chỉ được là true hoặc false"),
    ("order: 2", "order: 0", "order", "phải từ 1 trở lên"),
    ("audience: [everyone]", "audience: [aliens]", "audience.1", "chỉ nhận một trong các giá trị"),
    ("audience: [everyone]", "audience: []", "audience", "cần tối thiểu 1 mục"),
    ("audience: [everyone]", "audience: everyone", "audience", "phải là một danh sách"),
    ("requires: [first_steps]", "requires: [second_steps]", "cả tệp", "không thể đòi học chính nó"),
    ("  - {text: Bà con mở", "  - Bà con mở\n  - {text: Bà con mở", "steps.1", "phải là các mục có tên"),
    ("text: Bà con mở máy ảnh.", f"text: {'a' * (STEP_CHARACTERS + 1)}", "steps.1.text", "dài quá 300 ký tự"),
    ("{text: Bà con mở máy ảnh., ", "{", "steps.1.text", "thiếu mục này"),
    ("ảnh., sources: [pt]", "ảnh., picture: nowhere, sources: [pt]", "steps.1.picture", "không có hình «nowhere»"),
    ("ảnh., sources: [pt]", "ảnh., picture: Hình 1, sources: [pt]", "steps.1.picture", "chữ thường không dấu"),
    ("ảnh., sources: [pt]", "ảnh., sources: [zz]", "cả tệp", "mã nguồn không có trong danh sách"),
    ("ảnh., sources: [pt]", "ảnh., sources: []", "steps.1.sources", "cần tối thiểu 1 mục"),
    ("answer: 2, why: Máy", "answer: 3, why: Máy", "quiz.1", "đáp án phải là số thứ tự"),
    ("answer: 2, why: Máy", "answer: 0, why: Máy", "quiz.1.answer", "phải từ 1 trở lên"),
    ("[Loa, Máy ảnh]", "[Loa, Loa]", "quiz.1", "hai lựa chọn giống hệt nhau"),
    ("[Loa, Máy ảnh]", "[Loa]", "quiz.1.options", "cần tối thiểu 2 mục"),
    ("[Loa, Máy ảnh]", "[A, B, C, D, E]", "quiz.1.options", "tối đa 4 mục"),
    ("[Loa, Máy ảnh]", f"[Loa, {'a' * 61}]", "quiz.1.options.2", "dài quá 60 ký tự"),
    ("[Loa, Máy ảnh]", "[1, 2]", "quiz.1.options.1", "phải là chữ"),
    (", why: Máy ảnh nhìn thấy mã.", "", "quiz.1.why", "thiếu mục này"),
    ("mistakes: [Không đọc tên.]", "mistakes: []", "mistakes", "cần tối thiểu 1 mục"),
    ("audience: [everyone]", "audience: [everyone]\ncovers: [T28]", "covers.1", "từ T1 đến T27"),
    ("mistakes: [Không", "practice: {do: [], seen: x}\nmistakes: [Không", "practice.do", "cần tối thiểu 1 mục"),
    ("mistakes: [Không", "practice: {do: [A, B, C, D], seen: x}\nmistakes: [Không", "practice.do", "tối đa 3 mục"),
    ("mistakes: [Không", f"practice: {{do: [{'a' * 161}], seen: x}}\nmistakes: [Không", "practice.do.1", "quá 160 ký"),
    ("mistakes: [Không", "practice: {do: [A]}\nmistakes: [Không", "practice.seen", "thiếu mục này"),
    ("mistakes: [Không", "helping: [A, B, C, D, E, F]\nmistakes: [Không", "helping", "tối đa 5 mục"),
    ("loudspeaker: Bà con", f"loudspeaker: {LONG}", "cả tệp", "bài phát loa dài quá 150 chữ"),
    ("group_message: Mời", f"group_message: {LONG}", "group_message", "dài quá 200 ký tự"),
    ("  - {id: pt, name: T", "  - {id: pt, name: Khác}\n  - {id: pt, name: T", "cả tệp", "hai nguồn trùng mã"),
    (
        "  - {id: pt, name: T",
        "  - {id: qq, name: Khác}\n  - {id: pt, name: T",
        "cả tệp",
        "có nguồn không bước nào dùng",
    ),
    ("{id: pt, name", "{id: PT!, name", "sources.1.id", "chữ thường không dấu"),
    ("phổ thông}", "phổ thông, published: tháng 5}", "sources.1.published", "ngày phải viết dạng"),
    ("phổ thông}", "phổ thông, published: 2024}", "sources.1.published", "đặt trong dấu ngoặc kép"),
    ("phổ thông}", "phổ thông, published: 2024-02-08}", "sources.1.published", "đặt trong dấu ngoặc kép"),
    ("phổ thông}", 'phổ thông, link: "http://a.vn"}', "sources.1.link", "phải bắt đầu bằng https://"),
    ("checked: 2026-11-01", "checked: hôm nay", "checked", "ngày phải viết dạng 2026-11-21"),
    ("checked: 2026-11-01", "checked: 21/11/2026", "checked", "ngày phải viết dạng 2026-11-21"),
    ("checked: 2026-11-01", "checked: 2026", "checked", "ngày phải viết dạng 2026-11-21"),
    ("checked: 2026-11-01", "checked: [1]", "checked", "ngày phải viết dạng 2026-11-21"),
    ("check_again: 2099-01-01", "check_again: 2026-11-01", "cả tệp", "phải sau ngày đã rà soát"),
    ("title: Bước sau", "title: Bước: sau", "cả tệp", "sai cách viết YAML gần dòng 3"),
    ("title: Bước sau", 'title: "Bước sau', "cả tệp", "sai cách viết YAML"),
    (SAMPLE, "", "cả tệp", "phải là các mục có tên"),
    (SAMPLE, "- a\n- b\n", "cả tệp", "phải là các mục có tên"),
    (SAMPLE, "chỉ có chữ", "cả tệp", "phải là các mục có tên"),
]


def complaint_about(content: bytes, folder: Path) -> str:
    """Return what is said of a lesson file with this content."""
    file = folder / "second_steps.yaml"
    file.write_bytes(content)
    with pytest.raises(ContentError) as raised:
        read_lesson(file)
    return str(raised.value)


@pytest.mark.parametrize(("old", "new", "field", "remedy"), MISTAKES)
def test_a_mistake_is_named_with_file_field_and_remedy(
    old: str, new: str, field: str, remedy: str, tmp_path: Path
) -> None:
    assert SAMPLE.count(old) == 1
    said = complaint_about(SAMPLE.replace(old, new).encode(), tmp_path)
    assert said.startswith(f"second_steps.yaml, mục «{field}»: "), said
    assert remedy in said
    assert "giá trị không hợp lệ" not in said, "every kind has words of its own"


def test_the_sample_itself_has_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "second_steps.yaml").write_text(SAMPLE, encoding="utf-8")
    assert read_lesson(tmp_path / "second_steps.yaml").title == "Bước sau"


@pytest.mark.parametrize("count", [2, 7])
def test_too_few_or_too_many_steps_are_named(count: int, tmp_path: Path) -> None:
    steps = "\n".join(f"  - {{text: Bước {number}., sources: [pt]}}" for number in range(count))
    content = re.sub(r"(?s)steps:\n.*quiz:", f"steps:\n{steps}\nquiz:", SAMPLE)
    said = complaint_about(content.encode(), tmp_path)
    assert "mục «steps»" in said
    assert ("tối thiểu 3" if count == 2 else "tối đa 6") in said


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    assert "hãy lưu lại bằng UTF-8" in complaint_about(SAMPLE.encode("utf-16"), tmp_path)


def test_a_lesson_that_asks_for_an_unknown_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "second_steps.yaml").write_text(SAMPLE, encoding="utf-8")
    with pytest.raises(ContentError, match=r"second_steps\.yaml, mục «requires»: không có bài «first_steps»"):
        read_library(tmp_path)


@pytest.mark.parametrize("folder", ["empty", "missing"])
def test_a_folder_without_lessons_is_no_library(folder: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ContentError, match="không có bài học nào"):
        read_library(tmp_path / folder)


PATH = "- {audience: elderly, title: Người lớn tuổi, about: Dễ, topics: [first_steps, second_steps]}\n"
PATH_MISTAKES = [
    ("audience: elderly", "audience: aliens", "audience", "chỉ nhận một trong các giá trị"),
    ("title: Người lớn tuổi, ", "", "title", "thiếu mục này"),
    ("[first_steps, second_steps]", "[first_steps]", "topics", "cần tối thiểu 2 mục"),
    ("[first_steps, second_steps]", "[first_steps, first_steps]", "cả tệp", "đứng hai lần trong lộ trình"),
    ("[first_steps, second_steps]", "[first_steps, nowhere]", "elderly.topics", "không có bài «nowhere»"),
    (PATH, PATH * 2, "audience", "hai lộ trình"),
    (PATH, "a: b", "cả tệp", "phải là một danh sách"),
]


@pytest.mark.parametrize(("old", "new", "field", "remedy"), PATH_MISTAKES)
def test_a_mistake_in_the_paths_is_named(old: str, new: str, field: str, remedy: str, tmp_path: Path) -> None:
    for file in (Path(__file__).parent / "content").glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "paths.yaml").write_text(PATH, encoding="utf-8")
    assert list(read_library(tmp_path).paths) == ["elderly"]
    (tmp_path / "paths.yaml").write_text(PATH.replace(old, new), encoding="utf-8")
    with pytest.raises(ContentError) as raised:
        read_library(tmp_path)
    assert str(raised.value).startswith(f"paths.yaml, mục «{field}»: "), raised.value
    assert remedy in str(raised.value)


def test_every_audience_has_a_path_through_the_real_lessons() -> None:
    paths = read_library().paths
    assert list(paths) == ["elderly", "household_business", "youth_helper", "official"]


def test_most_real_lessons_have_something_to_try() -> None:
    lessons = list(read_library())
    tried = [lesson.practice for lesson in lessons if lesson.practice]
    assert len(tried) >= 40
    for practice in tried:
        for sentence in re.split(r"[.!?]\s", " ".join((*practice.do, practice.seen))):
            assert len(re.findall(r"\S*\w\S*", sentence)) <= 15, sentence


def test_lessons_come_in_the_order_shown_and_by_topic(library: Library) -> None:
    assert [lesson.topic for lesson in library] == ["first_steps", "second_steps"]
    assert len(library) == 2
    assert library.core_topics == ("first_steps",)
    assert library.get("nope") is None
    second = library.get("second_steps")
    assert second is not None
    assert second.title == "Bước sau"


def test_lessons_whose_day_has_come_are_past_review(library: Library) -> None:
    assert library.past_review(dt.date(2098, 12, 31)) == []
    assert len(library.past_review(dt.date(2099, 1, 1))) == 2


def test_the_eight_core_lessons_are_there_and_checked() -> None:
    core = set(read_library().core_topics)
    assert {"smartphone_basic", "vneid_install", "vneid_level2", "dvc_login"} <= core
    assert {"dvc_submit", "qr_pay", "scam_fake_police", "personal_data"} <= core


def test_every_sentence_of_a_real_step_is_short_and_plain() -> None:
    for lesson in read_library():
        for number, step in enumerate(lesson.steps, 1):
            where = f"{lesson.topic}, step {number}"
            assert len(step.text) <= STEP_CHARACTERS, where
            assert step.text.count("**") % 2 == 0, where
            assert step.picture, where
            assert not re.search(r"\b[Bb]ạn\b|[Qq]uý khách|[#_`<>]", step.text), where
            for sentence in re.split(r"[.!?]\s", re.sub(r"\([^)]*\)|\*\*", "", step.text)):
                assert len(re.findall(r"\S*\w\S*", sentence)) <= 15, f"{where}: {sentence}"


def test_a_real_quiz_does_not_betray_its_answer_by_place_or_length() -> None:
    for lesson in read_library():
        assert len({question.answer for question in lesson.quiz}) > 1, lesson.topic
        for question in lesson.quiz:
            longest = max(len(option) for option in question.options)
            assert longest - len(question.options[question.answer - 1]) < longest * 0.5, question.ask
            assert not question.why.startswith(("Đúng", "Sai")), question.ask


def test_real_lessons_of_money_and_identity_say_that_nobody_asks_for_codes() -> None:
    for topic in ("vneid_install", "vneid_level2", "dvc_login", "qr_pay", "scam_fake_police", "personal_data"):
        lesson = read_library().get(topic)
        assert lesson is not None
        assert any("OTP" in step.text or "mật khẩu" in step.text for step in lesson.steps), topic
