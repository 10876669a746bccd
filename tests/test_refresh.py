"""Remembering: asked again after 3, 10, 30 and 90 days, once a day at most, never pressed; scams within three weeks."""

import datetime as dt
from dataclasses import replace

import pytest

from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.due import again_at, topics
from handlers.speech import known_words
from lessons.library import Library
from storage.audience import Aim, Ways
from storage.campaigns import expected
from storage.database import Database
from storage.neighbourhoods import Ward
from tests.dialogue import NOON, Resident, commands_of, stored, verify_dialogue

DAY = dt.timedelta(days=1)
OFFER = "Ôn lại 1 câu: Bước đầu"


async def graduate(core: Core, remind: str = "2") -> Resident:
    """Return a resident who has just passed the core lesson."""
    resident = Resident(core)
    await resident.join(remind=remind)
    await resident.says("/lesson first_steps 3", "/quiz first_steps", "1", "3")
    return resident


async def offers(resident: Resident, days: int) -> bool:
    """Return whether the menu offers a question again so many days after passing."""
    resident.now = NOON + days * DAY
    return OFFER in [choice.label for choice in (await resident.say("menu")).choices]


async def test_the_offers_come_after_about_3_10_30_and_90_days(core: Core, database: Database) -> None:
    resident = await graduate(core)
    offered = []
    for day in range(1, 130):
        if await offers(resident, day):
            offered.append(day)
            reply = await resident.say(OFFER)
            answer = {"Bấm nút nào trước?": "nút thứ nhất", "Bấm nút nào sau cùng?": "nút cuối cùng"}
            await resident.say(answer[reply.text.rpartition("\n")[2]])
    assert offered == [3, 10, 30, 90]
    rows = (await stored(database))["refreshes"]
    assert [(row["question"], row["streak"], row["correct"]) for row in rows] == [
        (1, 1, True),
        (2, 2, True),
        (1, 3, True),
        (2, 4, True),
    ], "the questions take turns"


async def test_the_question_is_answered_in_the_chat_and_explained(core: Core) -> None:
    resident = await graduate(core)
    assert await offers(resident, 3)
    await verify_dialogue(
        resident,
        [
            ("ôn lại", "**Ôn lại** – Bước đầu\n\nBấm nút nào trước?\n[1] Nút thứ nhất"),
            ("1", "Đúng rồi ạ, bà con nhớ giỏi quá! Nút thứ nhất đứng đầu."),
            ("/mydata", "– Số câu đã ôn lại: 1"),
        ],
    )


async def test_a_wrong_answer_is_explained_and_asked_again_after_three_days(core: Core) -> None:
    resident = await graduate(core)
    assert await offers(resident, 3)
    reply = await resident.says("/refresh first_steps", "/refreshed first_steps 1 2")
    assert "Câu đúng là: **Nút thứ nhất**" in reply.text
    assert commands_of(reply)[0] == "/lesson first_steps 1"
    assert [day for day in range(4, 8) if await offers(resident, day)] == [6, 7]


async def test_there_is_one_a_day_and_an_old_button_is_harmless(core: Core, database: Database) -> None:
    resident = await graduate(core)
    await resident.says("/quiz second_steps", "2", "1", "2")
    assert await offers(resident, 3)
    await resident.say("/refreshed first_steps 1 1")
    assert not await offers(resident, 3)
    for old in ("/refreshed first_steps 1 2", "/refresh first_steps"):
        assert "/lessons" in commands_of(await resident.say(old)), "the menu"
    assert [row["option"] for row in (await stored(database))["refreshes"]] == [1]


@pytest.mark.parametrize(
    "said", ["/refresh", "/refresh nowhere", "/refreshed first_steps 9 1", "/refreshed first_steps 1 9"]
)
async def test_a_button_that_leads_nowhere_leads_to_the_menu(core: Core, said: str) -> None:
    resident = await graduate(core)
    assert await offers(resident, 3)
    assert "Nút này cũ rồi" in (await resident.say(said)).text


async def test_nobody_else_is_asked(core: Core, database: Database) -> None:
    looks = Resident(core, "ong-nam")
    await looks.says("/start kp5", "1", "4", "/quiz first_steps", "1", "3")
    assert not await offers(looks, 30)
    await looks.say("/refreshed first_steps 1 1")
    assert (await stored(database))["refreshes"] == []


async def test_only_core_topics_and_scams_are_asked_again(library: Library) -> None:
    assert topics(library) == ["first_steps"]
    scams = Library(lesson.model_copy(update={"theme": "scams"}) for lesson in library)
    assert topics(scams) == ["first_steps", "second_steps"]


@pytest.mark.parametrize(
    ("streak", "scam", "days"),
    [(0, False, 3), (1, False, 7), (2, False, 20), (3, False, 60), (4, False, None), (3, True, 21), (9, True, 21)],
)
def test_gaps_grow_while_the_answers_are_right_and_scams_come_back_within_three_weeks(
    streak: int, scam: bool, days: int | None
) -> None:
    assert again_at(NOON, streak, scam) == (None if days is None else NOON + days * DAY)


async def test_who_is_due_is_known_for_reminders(core: Core, database: Database, ward: Ward) -> None:
    resident = await graduate(core, remind="1")
    await Resident(core, "ong-nam").join(remind="1")

    async def due(days: int) -> int:
        aim = Aim(ward.id, None, "refresh", ("first_steps",), "refresh_due")
        outcomes, _ = await database.read(expected, aim, NOON + days * DAY, Ways())
        return sum(outcomes.values())

    assert [await due(2), await due(3)] == [0, 1]
    resident.now = NOON + 3 * DAY
    await resident.say("/refreshed first_steps 1 1")
    assert [await due(9), await due(10)] == [0, 1]


async def test_erasing_takes_the_answers_along_and_joining_keeps_one_a_day(core: Core, database: Database) -> None:
    resident = await graduate(core)
    other = Resident(core, "ba-tu-zalo")
    await other.join()
    await other.says("/lesson first_steps 3", "/quiz first_steps", "1", "3")
    for one in (resident, other):
        one.now = NOON + 3 * DAY
        await one.say("/refreshed first_steps 1 1")
    assert len((await stored(database))["refreshes"]) == 2
    code = (await resident.say("/link")).text.partition("**nối ")[2][:7]
    assert "Đã nối xong" in (await other.say(f"nối {code}")).text
    assert len((await stored(database))["refreshes"]) == 1
    await resident.say("/erase yes")
    assert (await stored(database))["refreshes"] == []


async def test_what_is_learnt_before_is_not_asked_in_a_library_without_it(core: Core, library: Library) -> None:
    resident = await graduate(core)
    left = [lesson.model_copy(update={"requires": ()}) for lesson in library if lesson.topic == "second_steps"]
    resident.core = Core(replace(core.house, library=Library(left)), COMMANDS, known_words())
    assert not await offers(resident, 3)
