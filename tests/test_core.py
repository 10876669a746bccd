"""The core: once and in order whatever comes in, one write a turn, and never a word of what was typed kept."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from handlers.commands import COMMANDS
from handlers.core import LONGEST_TEXT, Core
from handlers.messages import Choice, Inbound, Reply
from handlers.speech import known_words
from handlers.turn import Stray, Turn
from storage.conversations import Raced
from storage.database import Database
from storage.facts import AgeTold, Consented
from tests.dialogue import Resident, commands_of, stored

AT_ONCE = 50
TYPED = "qzxvuw"


async def append(turn: Turn, word: str = "", *_: str) -> Reply:
    """Add a word to what was said before: a turn that was lost, doubled or out of order shows."""
    return Reply(f"{turn.offered.text} {word}".strip())


async def fail(turn: Turn, *_: str) -> Reply:
    """Note facts, then fail as a bug would, with the typed text in the exception."""
    turn.note(Consented("count", True, "2026-11"))
    turn.note(AgeTold("adult"))
    raise ValueError(turn.inbound.text)


async def chatter(turn: Turn, *_: str) -> Reply:
    """Offer a command that is too long for the platforms."""
    return Reply("", (Choice("", f"/{turn.inbound.text * 5}"),))


async def change_mind(turn: Turn, *_: str) -> Reply:
    """Note facts, then find that the command leads nowhere."""
    turn.note(Consented("count", True, "2026-11"))
    raise Stray


EXTENDED = {**COMMANDS, "append": append, "fail": fail, "chatter": chatter, "change_mind": change_mind}


@pytest.fixture
def extended(core: Core) -> Core:
    return Core(core.house, EXTENDED, known_words())


@pytest.fixture
async def other_process(core: Core, database_url: str) -> AsyncIterator[Core]:
    """Give a second core on the same database that shares no memory with the first."""
    database = Database(database_url)
    database.start()
    yield Core(replace(core.house, database=database), EXTENDED, known_words())
    await asyncio.to_thread(database.close)


async def versions(database: Database) -> list[object]:
    return [row["version"] for row in (await stored(database))["conversations"]]


async def test_fifty_copies_of_one_event_are_one_turn_with_one_answer(core: Core, database: Database) -> None:
    resident = Resident(core)
    first, *others = await asyncio.gather(*(resident.say("/start kp5", event="same") for _ in range(AT_ONCE)))
    assert others == [first] * (AT_ONCE - 1)
    assert await versions(database) == [1]
    assert len((await stored(database))["seen"]) == 1


async def test_fifty_copies_where_the_sender_carries_replies_queue_one(core: Core, database: Database) -> None:
    inbound = replace(Resident(core).message("/start kp5", event="same"), immediate=False)
    replies = await asyncio.gather(*(core.answer(inbound) for _ in range(AT_ONCE)))
    assert sum(reply is not None for reply in replies) == 1
    assert replies[0] is not None
    (delivery,) = (await stored(database))["deliveries"]
    assert (delivery["lane"], delivery["status"], delivery["reply"]) == ("answer", "queued", replies[0].to_json())


async def test_fifty_messages_at_once_are_fifty_turns_in_order(extended: Core, database: Database) -> None:
    resident = Resident(extended)
    await asyncio.gather(*(resident.say(f"/append {number}") for number in range(AT_ONCE)))
    shown = await extended.shown(resident.message(""))
    assert shown is not None
    assert shown.text == " ".join(map(str, range(AT_ONCE)))
    assert await versions(database) == [AT_ONCE]


async def test_two_processes_racing_for_one_conversation_lose_nothing(
    extended: Core, other_process: Core, database: Database
) -> None:
    residents = [Resident(extended), Resident(other_process)]
    said = [
        resident.say(f"/append {half}-{number}", event=f"{half}-{number}")
        for number in range(AT_ONCE // 2)
        for half, resident in enumerate(residents)
    ]
    with capture_logs() as logs:
        await asyncio.gather(*said)
    assert logs == [], "a lost race is no failure"
    shown = await extended.shown(residents[0].message(""))
    assert shown is not None
    words = shown.text.split()
    assert sorted(words) == sorted(f"{half}-{number}" for half in (0, 1) for number in range(AT_ONCE // 2))
    for half in ("0", "1"):
        assert [word for word in words if word[0] == half] == [f"{half}-{number}" for number in range(AT_ONCE // 2)]
    assert await versions(database) == [AT_ONCE]


async def test_two_processes_given_the_same_event_take_one_turn(
    extended: Core, other_process: Core, database: Database
) -> None:
    one, other = (Resident(core).say("/append a", event="same") for core in (extended, other_process))
    assert list(await asyncio.gather(one, other)) == [Reply("a"), Reply("a")]
    assert await versions(database) == [1]


async def test_a_turn_that_always_loses_the_race_is_reported_and_leaves_nothing(
    extended: Core, other_process: Core, database: Database
) -> None:
    rival = Resident(other_process)

    async def overtaken(turn: Turn, *_: str) -> Reply:
        return await rival.say(f"/append {len(await versions(turn.house.database))}", event=f"r{next(rival.events)}")

    slow = Core(extended.house, {**EXTENDED, "overtaken": overtaken}, known_words())
    with pytest.raises(Raced):
        await Resident(slow).say("/overtaken", event="slow")
    assert not any(row["event"] == "slow" for row in (await stored(database))["seen"])


async def test_an_event_seen_again_gets_what_is_on_show_by_now(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.say("/start kp5", event="first")
    consent = await resident.say("1")
    assert await resident.say("/start kp5", event="first") == consent
    assert await versions(database) == [2]


async def test_the_same_event_id_of_two_people_is_two_events(core: Core, database: Database) -> None:
    for address in ("ba-tu", "ong-nam"):
        await Resident(core, address).say("/start kp5", event="1")
    assert await versions(database) == [1, 1]


@pytest.mark.parametrize("said", [f"/fail {TYPED}", f"/chatter {TYPED}"])
async def test_a_bug_is_apologised_for_and_nothing_is_remembered(extended: Core, database: Database, said: str) -> None:
    resident = Resident(extended)
    await resident.say("/start kp5")
    with capture_logs() as logs:
        apology = await resident.say(said, event="bad")
    assert "Xin lỗi bà con" in apology.text
    assert commands_of(apology) == ["/menu", "/person"]
    tables = await stored(database)
    assert tables["residents"] == tables["consents"] == []
    assert await extended.shown(resident.message("")) == apology
    assert await resident.say(said, event="bad") == apology
    (conversation,) = tables["conversations"]
    assert [entry["conversation"] for entry in logs] == [conversation["id"]]
    assert TYPED not in repr(logs)
    assert "ValueError" in repr(logs)
    assert "đồng ý không" in (await resident.say("/consent kp5")).text


NOWHERE = """/
//
/nope
/__class__
/lesson
/lesson nope
/lesson first_steps 0
/lesson first_steps 4
/lesson first_steps x
/lesson first_steps ١
/lesson first_steps 999999999999
/lessons 2
/lessons vneid 2
/lessons -1
/quiz
/quiz nope
/quiz first_steps 3
/answer
/answer first_steps
/answer first_steps 1
/answer first_steps 1 4
/answer first_steps 9 1
/answer nope 1 1
/count
/count baby
/remind
/remind yes
/remind no
/stray"""


async def test_a_command_that_leads_nowhere_shows_the_menu(core: Core, database: Database) -> None:
    for said in NOWHERE.splitlines():
        reply = await Resident(core, address=said).say(said)
        assert "Nút này cũ rồi" in reply.text, said
        assert commands_of(reply)[0] == "/lesson first_steps"
    assert (await stored(database))["residents"] == []


async def test_what_a_stray_command_noted_is_forgotten(extended: Core, database: Database) -> None:
    assert "Nút này cũ rồi" in (await Resident(extended).say("/change_mind")).text
    assert (await stored(database))["residents"] == []


async def test_a_preview_and_a_look_record_nothing(core: Core, database: Database) -> None:
    resident = Resident(core)
    welcome = await core.preview(resident.message("/start kp5"))
    assert "Khu phố 5" in welcome.text
    assert await core.shown(resident.message("")) is None
    assert await versions(database) == []


async def test_a_number_belongs_to_what_was_on_show_when_that_is_told(core: Core) -> None:
    reply = await core.answer(replace(Resident(core).message("1"), after="/start kp7"))
    assert reply is not None
    assert "/count senior kp7" in commands_of(reply)


async def test_what_was_on_show_is_only_looked_at_and_not_done_again(core: Core, database: Database) -> None:
    resident = Resident(core)
    await resident.join()
    await core.answer(replace(resident.message("2"), after="/erase yes"))
    tables = await stored(database)
    assert len(tables["residents"]) == 1
    assert tables["data_requests"] == []


async def test_of_a_long_message_only_the_beginning_is_read(extended: Core) -> None:
    reply = await Resident(extended).say("/append " + "x" * 10_000)
    assert len(reply.text) == LONGEST_TEXT - len("/append ")


@pytest.mark.parametrize("sign", ["\0", "\udfff\0\ud83d"])
async def test_signs_that_no_database_keeps_do_no_harm(extended: Core, sign: str) -> None:
    resident = Resident(extended)
    for said in (
        f"/append {sign}a",
        f"/start kp5{sign}",
        f"{sign}",
        f"xin {sign} chào",
        f"/confirm {sign}",
        f"#kp5{sign}",
    ):
        reply = await resident.say(said, event=f"{said}{sign}")
        assert "Xin lỗi bà con" not in reply.text, said
    assert "Khu phố 5" in (await resident.say(f"/start kp5{sign}")).text


async def test_turns_of_different_people_do_not_wait_for_each_other(extended: Core) -> None:
    held, passed = asyncio.Event(), asyncio.Event()

    async def wait(turn: Turn, *_: str) -> Reply:
        held.set()
        await passed.wait()
        return Reply("waited")

    core = Core(extended.house, {**EXTENDED, "wait": wait}, known_words())
    waiting = asyncio.create_task(Resident(core, "ba-tu").say("/wait"))
    await held.wait()
    assert (await Resident(core, "ong-nam").say("/append a")).text == "a"
    passed.set()
    assert (await waiting).text == "waited"


async def test_the_core_keeps_no_lock_of_those_who_have_left(core: Core) -> None:
    for number in range(20):
        inbound: Inbound = Resident(core, f"address-{number}").message("/start")
        await core.answer(inbound)
    assert len(core._locks) <= 1
