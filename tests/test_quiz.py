"""The quiz: explained after every answer, retried at once, passed exactly once, harmless afterwards."""

from dataclasses import replace

import pytest

from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.speech import known_words
from lessons.library import Library
from storage.database import Database
from tests.dialogue import Resident, commands_of, stored, verify_dialogue


async def passed(database: Database) -> list[tuple[str, int, int]]:
    """Return topic, score and questions of every completion by quiz."""
    rows = (await stored(database))["completions"]
    return [(row["topic"], row["score"], row["questions"]) for row in rows if row["grade"] == "passed"]


async def learner(core: Core, topic: str = "first_steps") -> Resident:
    """Return a resident before the first question of a quiz."""
    resident = Resident(core)
    await resident.join()
    await resident.say(f"/quiz {topic}")
    return resident


async def test_a_wrong_answer_explains_and_the_same_question_is_asked_at_once(core: Core) -> None:
    resident = await learner(core)
    await verify_dialogue(
        resident,
        [
            ("2", "Chưa phải ạ, nhiều người cũng chọn vậy. Nút thứ nhất đứng đầu."),
            ("nut thu ba", "Mời bà con chọn lại.\n\n**Câu 1/2.**"),
            ("1", "Đúng rồi ạ! Nút thứ nhất đứng đầu.\n\n**Câu 2/2.**"),
        ],
    )


async def test_the_first_choice_counts_and_below_the_mark_the_whole_quiz_is_offered_again(
    core: Core, database: Database
) -> None:
    resident = await learner(core)
    reply = await resident.says("2", "1", "3")
    assert "Lần đầu bà con chọn trúng 1/2 câu" in reply.text
    assert reply.choices[0].label == "Làm lại câu hỏi"
    assert await passed(database) == []
    again = await resident.says("1", "1", "3")
    assert "**đã đạt** bài **Bước đầu**" in again.text
    assert await passed(database) == [("first_steps", 2, 2)]
    assert [attempt["finished_at"] is None for attempt in (await stored(database))["attempts"]] == [False, False]


async def test_two_of_three_at_the_first_choice_pass_a_mark_of_sixty(core: Core, database: Database) -> None:
    resident = await learner(core, "second_steps")
    reply = await resident.says("2", "2", "1", "2")
    assert "**đã đạt** bài **Bước sau**" in reply.text
    assert await passed(database) == [("second_steps", 2, 3)]


@pytest.mark.parametrize(("percent", "passes"), [(66, True), (67, False), (100, False)])
async def test_the_ward_decides_the_mark(core: Core, database: Database, percent: int, passes: bool) -> None:
    strict = Core(replace(core.house, pass_percent=percent), COMMANDS, known_words())
    await (await learner(strict, "second_steps")).says("2", "2", "1", "2")
    assert bool(await passed(database)) is passes


async def test_all_right_passes_the_highest_mark(core: Core, database: Database) -> None:
    strict = Core(replace(core.house, pass_percent=100), COMMANDS, known_words())
    await (await learner(strict)).says("1", "3")
    assert await passed(database) == [("first_steps", 2, 2)]


async def test_the_last_question_corrected_counts_as_wrong_at_first_too(core: Core, database: Database) -> None:
    reply = await (await learner(core)).says("1", "1", "3")
    assert "Lần đầu bà con chọn trúng 1/2 câu" in reply.text
    assert await passed(database) == []


async def test_the_quiz_is_resumed_at_the_first_question_left(core: Core) -> None:
    resident = await learner(core, "second_steps")
    await verify_dialogue(
        resident,
        [("2", "**Câu 2/3.**"), ("menu", "Hôm nay"), ("/quiz second_steps", "**Câu 2/3.**"), ("1", "**Câu 3/3.**")],
    )


async def test_a_quiz_is_passed_exactly_once(core: Core, database: Database) -> None:
    resident = await learner(core)
    first = await resident.says("1", "3")
    assert "Khu phố 5 có thêm một người" in first.text
    (before,) = [row for row in (await stored(database))["completions"] if row["grade"] == "passed"]
    again = await resident.says("/quiz first_steps", "1", "3")
    assert "**đã đạt**" in again.text
    assert "thêm một người" not in again.text, "nobody was added the second time"
    assert [row for row in (await stored(database))["completions"] if row["grade"] == "passed"] == [before]


async def test_failing_a_quiz_passed_before_takes_nothing_away(core: Core, database: Database) -> None:
    resident = await learner(core)
    await resident.says("1", "3", "/quiz first_steps", "2", "1", "1", "3")
    assert await passed(database) == [("first_steps", 2, 2)]


@pytest.mark.parametrize("old", ["/answer first_steps 2 3", "/answer first_steps 2 1"])
async def test_an_old_button_of_a_quiz_that_was_passed_is_harmless(core: Core, database: Database, old: str) -> None:
    resident = await learner(core)
    await resident.says("1", "3")
    before = await stored(database)
    for _ in range(2):
        reply = await resident.say(old)
        assert "**đã đạt** bài **Bước đầu**" in reply.text
    after = await stored(database)
    for table in ("attempts", "answers", "completions"):
        assert after[table] == before[table]


async def test_an_old_button_of_a_quiz_to_do_again_asks_from_the_start(core: Core, database: Database) -> None:
    resident = await learner(core)
    await resident.says("2", "1", "3")
    reply = await resident.say("/answer first_steps 2 3")
    assert "**Câu 1/2.**" in reply.text
    assert len((await stored(database))["attempts"]) == 1


async def test_an_old_button_of_a_question_answered_changes_nothing_and_goes_on(core: Core, database: Database) -> None:
    resident = await learner(core, "second_steps")
    await resident.say("2")
    assert "Chưa phải" in (await resident.say("/answer second_steps 1 1")).text
    assert "**Câu 2/3.**" in (await resident.say("/answer second_steps 1 2")).text
    (answer,) = (await stored(database))["answers"]
    assert (answer["question"], answer["option"], answer["correct"]) == (1, 2, True)


async def test_each_first_choice_is_kept_with_its_option(core: Core, database: Database) -> None:
    resident = await learner(core)
    await resident.says("3", "2", "1", "1")
    rows = sorted((await stored(database))["answers"], key=lambda row: row["question"])
    assert [(row["question"], row["option"], row["correct"]) for row in rows] == [(1, 3, False), (2, 1, False)]


async def test_the_answers_of_somebody_who_did_not_agree_are_not_kept(core: Core, database: Database) -> None:
    resident = Resident(core)
    reply = await resident.says("/start kp5", "1", "4", "/quiz first_steps", "2", "1", "1", "3")
    assert "không được ghi lại" in reply.text
    assert "/consent" in commands_of(reply)
    tables = await stored(database)
    assert tables["attempts"] == tables["answers"] == tables["completions"] == []


async def test_whoever_agrees_in_the_middle_of_a_quiz_is_asked_from_the_start(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.says("/start kp5", "1", "4", "/quiz second_steps", "2", "/count senior kp5")
    reply = await resident.say("/answer second_steps 2 1")
    assert "**Câu 1/3.**" in reply.text
    assert (await stored(database))["answers"] == []
    await resident.says("2", "1", "2")
    assert await passed(database) == [("second_steps", 3, 3)]


async def test_a_child_who_passes_is_not_announced_as_one_more_of_the_neighbourhood(core: Core) -> None:
    resident = Resident(core)
    await resident.join_as_child()
    reply = await resident.says("/quiz first_steps", "1", "3")
    assert "Chúc mừng!" in reply.text
    assert "thêm một người" not in reply.text


async def test_an_answer_to_a_question_that_is_gone_does_not_score(
    core: Core, library: Library, database: Database
) -> None:
    resident = await learner(core, "second_steps")
    await resident.says("2", "/answer second_steps 3 2")
    shorter = [lesson.model_copy(update={"quiz": lesson.quiz[:2]}) for lesson in library]
    resident.core = Core(replace(core.house, library=Library(shorter)), COMMANDS, known_words())
    await resident.says("/quiz second_steps", "1")
    assert await passed(database) == [("second_steps", 2, 2)]


async def test_one_tap_leads_back_from_a_question_to_the_last_step(core: Core) -> None:
    resident = await learner(core)
    assert "Bước 3/3" in (await resident.say("0")).text
