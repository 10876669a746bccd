"""Paths and what follows a quiz: a short order of lessons, something to try, where people go wrong."""

from dataclasses import replace

import pytest

from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.speech import known_words
from lessons.library import Library
from lessons.model import LearningPath, Practice
from storage.database import Database
from tests.dialogue import Resident, commands_of, stored, verify_dialogue

PATHS = (
    LearningPath(audience="elderly", title="Người lớn tuổi", about="Dễ.", topics=("second_steps", "first_steps")),
    LearningPath(audience="official", title="Cán bộ", about="Việc.", topics=("first_steps", "second_steps")),
)
PRACTICE = Practice(do=("Bấm nút thứ nhất.", "Bấm nút thứ hai."), seen="Bà con tự bấm đúng hai nút.")


@pytest.fixture
def guided(core: Core, library: Library) -> Core:
    """Give a core whose lessons have paths, and one of them something to try."""
    lessons = [one.model_copy(update={"practice": PRACTICE if one.core else None}) for one in library]
    return Core(replace(core.house, library=Library(lessons, PATHS)), COMMANDS, known_words())


async def test_a_path_is_chosen_from_the_menu_and_leads_on(guided: Core, database: Database) -> None:
    resident = Resident(guided)
    await resident.join()
    await verify_dialogue(
        resident,
        [
            ("menu", "[1] Học bài: Bước đầu"),
            ("lộ trình cho tôi", "– **Người lớn tuổi**: Dễ."),
            ("người lớn tuổi", "○ Bước sau\n○ Bước đầu"),
            ("menu", "[1] Học bài: Bước sau"),
            ("/lesson second_steps 2", "Bước 2/4"),
            ("lộ trình", "[1] Học tiếp: Bước sau"),
            ("/quiz second_steps", "**Câu 1/3.**"),
        ],
    )
    passed = await resident.says("2", "1", "2")
    assert commands_of(passed)[0] == "/lesson first_steps"
    await verify_dialogue(
        resident,
        [
            ("/path", "✓ Bước sau\n○ Bước đầu\n\nCòn 1 bài nữa"),
            ("chọn lộ trình khác", "[2] Cán bộ"),
            ("2", "○ Bước đầu\n✓ Bước sau"),
            ("/mydata", "– Lộ trình đã chọn: Cán bộ"),
        ],
    )
    assert [row["path"] for row in (await stored(database))["residents"]] == ["official"]


async def test_a_path_that_is_done_is_praised(guided: Core) -> None:
    resident = Resident(guided)
    await resident.join()
    await resident.says("/quiz first_steps", "1", "3", "/quiz second_steps", "2", "1", "2")
    reply = await resident.say("/path elderly")
    assert "đã học xong cả lộ trình" in reply.text
    assert commands_of(reply) == ["/paths", "/menu", "/person"]


async def test_somebody_who_only_looks_may_follow_a_path_and_nothing_is_kept(guided: Core, database: Database) -> None:
    resident = Resident(guided)
    await resident.says("/start kp5", "1", "4")
    assert "○ Bước sau" in (await resident.say("/path elderly")).text
    assert "Bà con muốn học theo lộ trình nào?" in (await resident.say("/path")).text
    assert (await stored(database))["residents"] == []


async def test_a_path_that_is_unknown_offers_those_there_are(guided: Core, core: Core) -> None:
    assert "lộ trình nào?" in (await Resident(guided).say("/path aliens")).text
    assert "Bà con muốn học bài nào?" in (await Resident(core, "ong-nam").say("/path")).text, "a ward without paths"


async def test_after_the_quiz_there_is_something_to_try_and_where_people_go_wrong(guided: Core) -> None:
    resident = Resident(guided)
    await resident.join()
    passed = await resident.says("/quiz first_steps", "1", "3")
    assert {"/practice first_steps", "/mistakes first_steps"} < set(commands_of(passed))
    await verify_dialogue(
        resident,
        [
            ("làm thử trên máy", "1. Bấm nút thứ nhất.\n2. Bấm nút thứ hai.\n\nLàm xong"),
            ("hay nhầm ở đâu", "– Bấm vội."),
            ("/practice second_steps", "Nút này cũ rồi"),
            ("/mistakes nowhere", "Nút này cũ rồi"),
        ],
    )
