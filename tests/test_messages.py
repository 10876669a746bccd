"""Replies: their numbers, their record, and a walk over everything the bot can say and offer to anybody."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faq.text import fold
from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.meaning import command, meaning
from handlers.messages import COMMAND_BYTES, Choice, Reply
from handlers.speech import known_words
from lessons.library import read_library
from storage.neighbourhoods import NeighbourhoodRow, by_code, save
from storage.team import invite
from tests.dialogue import NOON, Resident, commands_of

LABEL_CHARACTERS = 60
LONGEST_REPLY = 2000

LEARN = ("/lesson first_steps 1", "1", "1")
PASS = ("/quiz first_steps 1", "1", "3")
PEOPLE: Mapping[str, tuple[str, ...]] = {
    "somebody new": (),
    "somebody who only looks": ("/start kp5", "1", "4"),
    "a resident": ("/start kp5", "1", "1", "1", "1"),
    "a resident without a neighbourhood": ("/start", "1", "2", "Tôi chưa rõ", "2"),
    "a child": ("/start kp5", "1", "3", "1", "1"),
    "a resident in a lesson": ("/start kp5", "1", "1", "1", "1", "/lesson first_steps 2"),
    "a resident before the quiz": ("/start kp5", "1", "1", "1", "1", *LEARN, "/menu"),
    "a resident in a quiz": ("/start kp5", "1", "1", "1", "1", *LEARN, "/quiz first_steps", "2"),
    "a resident who passed": ("/start kp5", "1", "1", "1", "1", *LEARN, *PASS),
    "somebody who took consent back": ("/start kp5", "1", "1", "1", "1", *LEARN, *PASS, "/uncounted"),
    "a resident the team knows": ("/start kp5", "1", "1", "1", "1", "/shown Ông Bảy, tổ 3"),
    "a leader of the team": (
        "#moi-aaaaaaaaaa",
        "1",
        *("/team_add yes", "Bà Tư, 1950, tổ 3", "1", "1", "1", "1", "3"),  # who has the lesson then
        *("/team_add yes", "Ông Bảy, 1940, tổ 5"),
        "/team_class_open first_steps -",
    ),
    "somebody erased": ("/start kp5", "1", "1", "1", "1", *LEARN, "/erase yes"),
}
SAID_ANYWHERE = [command for command in sorted(set(known_words().values())) if command.startswith("/")]
SAID_ANYWHERE.append("làm sao quét mã trả tiền")


async def walk(core: Core, resident: Resident, *entrances: str) -> dict[str, Reply]:
    """Return the answer to every command that can be reached by tapping, breadth first; nothing is recorded.

    But for a class: a look ahead would give it another code than it is opened with, so it is really opened.
    """
    reached: dict[str, Reply] = {}
    queue = deque(entrances)
    while queue:
        said = queue.popleft()
        if said in reached:
            continue
        opens = re.fullmatch(r"/team_class_open \w+ -", said)
        reached[said] = await (resident.say(said) if opens else core.preview(resident.message(said)))
        queue.extend(commands_of(reached[said]))
    return reached


def check(reply: Reply, stray: str) -> None:
    """Check what holds of every reply, whoever gets it."""
    assert reply.text
    assert reply.text == reply.text.strip()
    assert len(reply.text) <= LONGEST_REPLY
    assert stray not in reply.text
    for trace in ("Undefined", "None", "{{", "{%", "{#", "}}", "%}", "\n\n\n", "  ", " .", "****"):
        assert trace not in reply.text
    assert reply.text.count("**") % 2 == 0
    for choice in reply.choices:
        assert 0 < len(choice.label) <= LABEL_CHARACTERS
        assert choice.label == " ".join(choice.label.split())
        assert not set(choice.label) & set("*{}<>")
        assert choice.command.startswith("/")
        assert len(choice.command.encode()) <= COMMAND_BYTES
    keys = [key for key, _ in reply.numbered()]
    assert len(set(keys)) == len(keys)
    assert Reply.from_json(reply.to_json()) == reply
    assert "/person" in commands_of(reply)


def check_ways(reply: Reply) -> None:
    """Check that each choice is taken by its number, its label, its label without diacritics, its command."""
    for key, choice in reply.numbered():
        for said in (key, f"{key}.", choice.label, fold(choice.label), choice.label.upper(), choice.command):
            assert meaning(said, reply, known_words()) == command(choice.command), said


@pytest.fixture(autouse=True)
async def invitation(core: Core) -> None:
    """Invite somebody to be the leader of a team."""
    place = await core.house.database.read(by_code, core.house.ward.id, "kp5")
    assert place
    await core.house.database.write(invite, place.id, "leader", "moi-aaaaaaaaaa", NOON)


@pytest.mark.parametrize("person", PEOPLE)
async def test_every_way_on_leads_somewhere_for(person: str, core: Core) -> None:
    resident = Resident(core)
    for said in PEOPLE[person]:
        check_ways(await resident.say(said))
    stray = core.house.speech.say("question.stray")
    reached = await walk(core, resident, "/start", "/start kp7", *SAID_ANYWHERE)
    assert len(reached) > 20
    for said, reply in reached.items():
        try:
            check(reply, stray)
            check_ways(reply)
        except AssertionError as error:
            raise AssertionError(f"{error}\nafter «{said}»: {reply}") from error


async def test_every_command_is_reached_by_tapping_or_by_known_words(core: Core) -> None:
    reached = set()
    for person, says in PEOPLE.items():
        resident = Resident(core, address=person)
        await resident.says("/start", *says)
        reached |= {command(said)[0] for said in await walk(core, resident, "/start", "/start kp7", *SAID_ANYWHERE)}
    answer_what_was_typed = {"agreed", "named", "despair", "unreadable", "stray", "scam_question", "ask_team"}
    needs_a_second_chat = {"unlink"}
    needs_more = {"team_join", "team_add_anyway", "here"}  # a second invitation; somebody like another; a class
    needs_time = {"refresh", "refreshed", "team_send", "team_weekly"}  # days later, or residents to remind
    needs_a_question = {
        "team_help",
        "team_answer",
        "team_unsure",
        "team_meant",
        "team_not_meant",
        "team_done",
        "team_warn",
    }  # or a strange message
    needs_content = {"paths", "practice"}  # which the two small lessons do not have
    elsewhere = needs_a_second_chat | needs_a_question | needs_more | needs_time | needs_content
    assert set(COMMANDS) - reached == answer_what_was_typed | elsewhere


async def test_the_real_lessons_are_walked_through_as_well(core: Core) -> None:
    library = read_library()
    real = Core(replace(core.house, library=library), COMMANDS, known_words())
    resident = Resident(real)
    await resident.says(*PEOPLE["somebody who only looks"])
    reached = await walk(real, resident, "/start", *SAID_ANYWHERE)
    stray = core.house.speech.say("question.stray")
    for reply in reached.values():
        check(reply, stray)
        check_ways(reply)
    assert {f"/lesson {lesson.topic} {len(lesson.steps)}" for lesson in library} <= set(reached)
    assert {f"/answer {lesson.topic} {len(lesson.quiz)} 1" for lesson in library} <= set(reached)


async def test_a_walk_through_many_neighbourhoods_without_numbers_meets_each(core: Core) -> None:
    rows = [NeighbourhoodRow(f"ap-{place}", f"Ấp Bến {place}", 10, "", None) for place in "ABCDEGHIKLMNOPQRSTUVXY"]
    await core.house.database.write(save, core.house.ward.id, rows)
    resident = Resident(core)
    await resident.says("/start kp5", "1", "1")
    reached = await walk(core, resident, "/neighbourhoods 1 join")
    assert {f"/confirm {row.code} join" for row in rows} <= set(reached)
    stray = core.house.speech.say("question.stray")
    for reply in reached.values():
        check(reply, stray)


@given(
    st.lists(
        st.builds(Choice, st.text(), st.text(), st.sampled_from(["", "", "", "0", "9", "25", "3"])),
        max_size=12,
        unique_by=lambda choice: choice.key or id(choice),
    )
)
def test_every_choice_has_a_number_of_its_own(choices: list[Choice]) -> None:
    numbered = list(Reply("", tuple(choices)).numbered())
    assert [choice for _, choice in numbered] == choices
    assert len({key for key, _ in numbered}) == len(choices)
    assert all(key == choice.key for key, choice in numbered if choice.key)
    assert not {key for key, choice in numbered if not choice.key} & {"0", "9"}


@given(
    st.builds(Reply, st.text(), st.tuples(st.builds(Choice, st.text(), st.text(), st.text())), st.none() | st.text())
)
def test_a_reply_is_recorded_as_it_is(reply: Reply) -> None:
    assert Reply.from_json(reply.to_json()) == reply


def test_a_choice_without_a_number_gets_the_next_free_one() -> None:
    reply = Reply("", tuple(Choice(f"{place}", "/menu", "2" if place == 1 else "") for place in range(10)))
    assert [key for key, _ in reply.numbered()] == ["1", "2", "3", "4", "5", "6", "7", "8", "10", "11"]
    assert re.fullmatch(r"\d+", "".join(key for key, _ in reply.numbered()))
