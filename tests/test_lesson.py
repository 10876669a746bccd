"""Lessons: one step after the other, back, later, resumed at the exact step, learned once."""

import datetime as dt
from dataclasses import replace
from typing import get_args

from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.speech import known_words
from lessons.library import Library, read_library
from lessons.model import Theme
from storage.database import Database
from tests.dialogue import Resident, commands_of, stored, verify_dialogue


async def test_steps_follow_each_other_and_go_back(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    await verify_dialogue(
        resident,
        [
            ("1", "Bước 1/3"),
            ("tiep theo", "Bước 2/3"),
            ("0", "Bước 1/3"),
            ("0", "Bà con muốn học bài nào?"),
            ("2", "Bước 1/4"),
            ("0", "Bà con muốn học bài nào?"),
            ("0", "Hôm nay bà con muốn làm gì?"),
        ],
    )


async def test_a_lesson_left_is_resumed_at_the_exact_step_after_days(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("/lesson second_steps 1", "1", "1", "nghỉ")
    resident.now += dt.timedelta(days=9)
    menu = await resident.say("xin chào")
    assert menu.choices[0].label == "Học tiếp: Bước sau"
    assert "Bước 3/4" in (await resident.say("1")).text


async def test_the_list_leads_to_the_exact_step_as_well(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("/lesson second_steps 1", "1", "1", "menu")
    assert "Bước 3/4" in (await resident.says("chọn bài", "Bước sau")).text


async def test_the_lesson_touched_last_is_the_one_to_go_on_with(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    for minute, said in enumerate(("/lesson second_steps 2", "/lesson first_steps 2", "/lesson second_steps 2")):
        resident.now += dt.timedelta(minutes=minute)
        await resident.say(said)
    assert (await resident.say("menu")).choices[0].command == "/lesson second_steps"


async def test_going_back_a_step_is_where_it_is_resumed(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("/lesson first_steps 1", "1", "0", "menu")
    assert "Bước 1/3" in (await resident.say("học tiếp")).text


async def test_another_channel_of_nobody_else_does_not_resume(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("/lesson second_steps 1", "1", "1")
    menu = await Resident(core, address="ong-nam").say("/menu")
    assert menu.choices[0].label == "Học bài: Bước đầu"


async def test_the_last_step_is_learned_once_however_often_it_is_seen(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("/lesson first_steps 1", "1")
    assert (await stored(database))["completions"] == []
    await resident.says("1", "0", "1", "/lesson first_steps 3", "/lesson first_steps 3")
    (completion,) = (await stored(database))["completions"]
    assert (completion["topic"], completion["grade"], completion["version"]) == ("first_steps", "learned", 3)
    assert completion["channel"] == "console"


async def test_a_lesson_learned_waits_at_its_quiz(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    await verify_dialogue(
        resident,
        [
            ("/lesson first_steps 3", "Làm mấy câu hỏi ngắn"),
            ("menu", "[1] Học tiếp: Bước đầu"),
            ("1", "Chỉ còn mấy câu hỏi ngắn là xong"),
            ("xem lại bài", "Bước 1/3"),
            ("menu", "[1] Học tiếp: Bước đầu"),
            ("1", "[1] Làm mấy câu hỏi ngắn"),
            ("1", "**Câu 1/2.**"),
        ],
    )


async def test_a_lesson_passed_starts_over_and_the_next_one_is_offered(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    passed = await resident.says("/lesson first_steps 3", "/quiz first_steps", "1", "3")
    assert commands_of(passed)[0] == "/lesson second_steps"
    menu = await resident.say("menu")
    assert menu.choices[0].label == "Học bài: Bước sau"
    listed = await resident.say("/lessons")
    assert [choice.label for choice in listed.choices][:2] == ["✓ Bước đầu", "Bước sau"]
    assert "Bước 1/3" in (await resident.say("bước đầu")).text


async def test_all_lessons_passed_is_said_and_all_stay_open(core: Core) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("/lesson first_steps 3", "/quiz first_steps", "1", "3")
    last = await resident.says("/quiz second_steps", "2", "1", "2")
    assert "**đã đạt** bài **Bước sau**" in last.text
    menu = await resident.say("menu")
    assert "đã đạt hết các bài" in menu.text
    assert commands_of(menu)[0] == "/lessons"
    results = await resident.say("kết quả")
    assert "**1/1** kỹ năng cơ bản" in results.text
    assert commands_of(results) == ["/certificate", "/menu", "/person"]


async def test_somebody_who_only_looks_is_told_that_there_are_no_results(core: Core) -> None:
    results = await Resident(core).say("kết quả")
    assert "**không ghi lại**" in results.text
    assert commands_of(results) == ["/consent", "/menu", "/person"]


async def test_nothing_is_remembered_of_the_lessons_of_somebody_who_looks(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.says("/start kp5", "1", "4", "/lesson first_steps 1", "1", "1")
    tables = await stored(database)
    assert tables["positions"] == tables["completions"] == []
    assert "[1] Học bài: Bước đầu" not in (await resident.say("menu")).text


async def test_a_step_that_is_gone_from_a_shorter_version_resumes_at_the_last(core: Core, library: Library) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("/lesson second_steps 1", "1", "1", "1", "/lesson second_steps 3", "/lesson second_steps 4")
    shorter = [lesson.model_copy(update={"steps": lesson.steps[:3]}) for lesson in library]
    resident.core = Core(replace(core.house, library=Library(shorter)), COMMANDS, known_words())
    assert "Bước 3/3" in (await resident.say("/lesson second_steps 3")).text
    assert "Nút này cũ rồi" in (await resident.say("/lesson second_steps 4")).text


async def test_a_lesson_that_is_gone_is_neither_offered_nor_missed(core: Core, library: Library) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("/lesson second_steps 1", "1")
    left = [lesson for lesson in library if lesson.topic == "first_steps"]
    resident.core = Core(replace(core.house, library=Library(left)), COMMANDS, known_words())
    menu = await resident.say("/lesson second_steps 2")
    assert "Nút này cũ rồi" in menu.text
    assert menu.choices[0].label == "Học bài: Bước đầu"
    assert "Số bài đã mở: 1" in (await resident.say("/mydata")).text


async def test_many_lessons_are_found_by_theme(core: Core) -> None:
    house = replace(core.house, library=read_library())
    resident = Resident(Core(house, COMMANDS, known_words()))
    await verify_dialogue(
        resident,
        [
            ("/lessons", "[1] VNeID ("),
            ("tranh lua dao", "Tránh kẻ giả công an"),
            ("0", "Bà con muốn học về việc gì?"),
            ("xem them", "Phong trào, lớp học"),
            ("0", "[1] VNeID ("),
            ("1", "[1] Cài VNeID"),
            ("1", "Bước 1/"),
            ("0", "[1] Cài VNeID"),
        ],
    )
    shown: set[str] = set()
    for theme in get_args(Theme):
        page = 1
        while True:
            reply = await resident.say(f"/lessons {theme} {page}")
            assert len(reply.choices) <= 10
            shown.update(command.split()[1] for command in commands_of(reply) if command.startswith("/lesson "))
            if f"/lessons {theme} {page + 1}" not in commands_of(reply):
                break
            page += 1
    assert shown == {lesson.topic for lesson in house.library}
