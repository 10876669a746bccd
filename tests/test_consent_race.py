"""Consent taken back on one chat holds on every other at once, also for turns that were already being decided."""

import asyncio

import pytest

from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.messages import Reply
from handlers.speech import known_words
from handlers.turn import Turn
from storage import turns
from storage.conversations import Known, Raced, known
from storage.database import Database
from storage.facts import Answered, AttemptEnded, Completed, Learning, Reached
from storage.turns import Turned
from tests.dialogue import NOON, Resident, stored
from tests.test_link import code_in

LEARNING: list[Learning] = [
    Reached("first_steps", 3, 1),
    Answered("first_steps", 3, 1, 1, True),
    AttemptEnded("first_steps"),
    Completed("first_steps", 3, "passed", 2, 2),
]
TABLES = ("positions", "attempts", "answers", "completions", "conversations", "seen")


async def linked(core: Core) -> tuple[Resident, Resident]:
    """Return the two chats of one resident who agreed to be counted."""
    web, zalo = Resident(core, address="w", channel="web"), Resident(core, address="z", channel="zalo_oa")
    await web.join()
    await zalo.say(code_in(await web.say("/link")))
    return web, zalo


async def learnt(database: Database) -> list[object]:
    rows = await stored(database)
    return [rows[name] for name in TABLES]


async def known_of(resident: Resident) -> Known:
    where = (resident.channel, "phuong-thu", resident.address, "")
    return await resident.core.house.database.read(known, *where)


async def record(resident: Resident, before: Known, *facts: Learning) -> None:
    """Write a turn that was decided by what was known before."""
    house = resident.core.house
    where = (resident.channel, "phuong-thu", resident.address)
    turned = Turned(before, house.ward.id, *where, "late", "[]", facts, False, NOON)
    await house.database.write_together(turns.record, turned)


@pytest.mark.parametrize("fact", LEARNING, ids=lambda fact: type(fact).__name__)
async def test_nothing_learnt_is_written_by_a_consent_that_was_taken_back(
    fact: Learning, core: Core, database: Database
) -> None:
    web, zalo = await linked(core)
    before = await known_of(zalo)
    await web.say("/uncounted")
    rows = await learnt(database)
    with pytest.raises(Raced):
        await record(zalo, before, fact)
    assert await learnt(database) == rows
    await record(zalo, before)  # what learns nothing is not held up


async def test_a_turn_decided_for_a_resident_who_became_another_is_decided_anew(core: Core) -> None:
    web, zalo = await linked(core)
    third = Resident(core, address="t", channel="telegram")
    await third.join()
    before = await known_of(zalo)
    await web.say(code_in(await third.say("/link")))
    with pytest.raises(Raced):
        await record(zalo, before, *LEARNING)
    await record(zalo, await known_of(zalo), *LEARNING)


async def test_a_lesson_ended_while_consent_is_taken_back_elsewhere_is_not_counted(
    core: Core, database: Database
) -> None:
    decided, free = asyncio.Event(), asyncio.Event()

    async def learn(turn: Turn, *_: str) -> Reply:
        turn.note(Completed("first_steps", 3, "passed", 2, 2))
        decided.set()
        await free.wait()
        return Reply("counted" if turn.known.counted else "not counted")

    web, zalo = await linked(core)
    zalo.core = Core(core.house, {**COMMANDS, "learn": learn}, known_words())
    learning = asyncio.create_task(zalo.say("/learn"))
    await decided.wait()
    await web.say("/uncounted")
    free.set()
    assert (await learning).text == "not counted"
    assert (await stored(database))["completions"] == []
