"""Versions: whoever began a lesson finishes it as it was; one past its date is not offered to anybody new."""

import datetime as dt
from dataclasses import replace
from typing import Any

from structlog.testing import capture_logs

from bot.app import now, remembering
from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.speech import known_words
from lessons.library import Library, lesson_as_served
from lessons.model import Step
from storage import lesson_versions
from storage.database import Database
from tests.dialogue import Resident, commands_of, stored, verify_dialogue


def changed(library: Library, topic: str, **changes: Any) -> Library:
    """Return the library with one lesson changed."""
    return Library(lesson.model_copy(update=changes if lesson.topic == topic else {}) for lesson in library)


def with_library(core: Core, library: Library) -> Core:
    return Core(replace(core.house, library=library), COMMANDS, known_words())


async def next_version(core: Core, **changes: Any) -> Core:
    """Return a core started anew after the second lesson became version 2."""
    database, library = core.house.database, core.house.library
    await remembering(database, library)
    new = changed(library, "second_steps", version=2, **changes)
    return with_library(core, await remembering(database, new))


STEPS = tuple(Step(text=f"Bước mới {number}.", sources=("pt",)) for number in range(1, 4))


async def test_somebody_in_the_middle_of_a_lesson_stays_on_the_version_begun(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("/lesson second_steps 1", "1")
    new = await next_version(core, steps=STEPS, title="Bước khác")
    resident.core = new
    await verify_dialogue(
        resident,
        [
            ("menu", "Học tiếp"),
            ("1", "Bước 2/4** – Bước sau"),
            ("1", "Bước 3/4"),
            ("1", "Bà con so tên với biển hiệu."),
            ("1", "**Câu 1/3.**"),
        ],
    )
    passed = await resident.says("2", "1", "2")
    assert "**đã đạt** bài **Bước sau**" in passed.text
    rows = [row for row in (await stored(database))["completions"] if row["topic"] == "second_steps"]
    assert {(row["grade"], row["version"]) for row in rows} == {("learned", 1), ("passed", 1)}
    assert "Bước 1/3** – Bước khác" in (await resident.say("/lesson second_steps")).text, "finished: the new one"


async def test_somebody_new_gets_the_new_version(core: Core, database: Database) -> None:
    resident = Resident(await next_version(core, steps=STEPS))
    await resident.join()
    assert "Bước mới 1." in (await resident.say("/lesson second_steps")).text
    await resident.says("1", "1", "1", "2", "1", "2")
    rows = [row for row in (await stored(database))["completions"] if row["topic"] == "second_steps"]
    assert {row["version"] for row in rows} == {2}


async def test_a_quiz_begun_is_finished_with_its_own_questions(core: Core, library: Library) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("/lesson second_steps 4", "1", "2")
    second = library.get("second_steps")
    assert second is not None
    resident.core = await next_version(core, quiz=second.quiz[:2])
    assert "**Câu 2/3.**" in (await resident.say("/quiz second_steps")).text


async def test_a_version_that_is_no_longer_known_gives_way_to_the_current_one(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.says("/lesson second_steps 1", "1")
    new = changed(core.house.library, "second_steps", version=2, steps=STEPS)
    resident.core = with_library(core, await remembering(database, new))
    assert "Bước mới 2." in (await resident.say("/lesson second_steps")).text


async def test_a_lesson_is_kept_as_it_is_and_read_back_the_same(library: Library, database: Database) -> None:
    await remembering(database, library)
    await remembering(database, library)
    rows = (await stored(database))["lesson_versions"]
    assert [lesson_as_served(row["content"]) for row in rows] == list(library)
    assert lesson_as_served('{"topic": "x"}') is None, "what lessons were once and are no more"


async def test_a_lesson_put_right_without_a_new_version_replaces_what_was_kept(core: Core, database: Database) -> None:
    await remembering(database, core.house.library)
    await remembering(database, changed(core.house.library, "second_steps", title="Sửa lỗi"))
    kept = await database.read(lesson_versions.others, {"second_steps": 2, "first_steps": 3})
    assert [lesson.title for content in kept if (lesson := lesson_as_served(content))] == ["Sửa lỗi"]


async def test_a_lesson_past_its_date_is_not_offered_to_anybody_new(core: Core, library: Library) -> None:
    resident = Resident(with_library(core, changed(library, "first_steps", check_again=dt.date(2026, 11, 21))))
    await resident.join()
    assert commands_of(await resident.say("menu"))[0] == "/lesson second_steps"
    assert "/lesson first_steps" not in commands_of(await resident.say("/lessons"))
    for said in ("/lesson first_steps", "/lesson first_steps 2"):
        assert "đang được rà soát lại" in (await resident.say(said)).text


async def test_whoever_began_before_its_date_may_finish(core: Core, library: Library) -> None:
    resident = Resident(core)
    await resident.join()
    await resident.say("/lesson first_steps 1")
    resident.core = with_library(core, changed(library, "first_steps", check_again=dt.date(2026, 11, 21)))
    await verify_dialogue(
        resident,
        [
            ("menu", "[1] Học tiếp: Bước đầu"),
            ("1", "Bước 1/3"),
            ("1", "Bước 2/3"),
            ("1", "Bước 3/3"),
            ("1", "**Câu 1/2.**"),
        ],
    )
    assert "**đã đạt**" in (await resident.says("1", "3")).text


async def test_lessons_past_their_date_are_told_in_the_log_at_start(database: Database, library: Library) -> None:
    old = changed(library, "first_steps", check_again=now().date() - dt.timedelta(days=2))
    with capture_logs() as logs:
        await remembering(database, old)
        await remembering(database, library)
    assert logs == [{"event": "lessons past review", "log_level": "warning", "topics": ["first_steps"]}]
