"""What races: who decided on what holds no more writes nothing, and is told so; a receipt meets its message."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection, ExceptionContext, create_engine, event, select

from storage import deliveries as outbox
from storage.conversations import Known, Raced
from storage.database import Database
from storage.deliveries import Settled
from storage.facts import Reached
from storage.neighbourhoods import Ward
from storage.tables import deliveries
from tests.dialogue import NOON
from tests.spares import SERVER
from tests.test_database import engine_of, together
from tests.test_sender import queue
from tests.test_storage_turns import AGREED, LEARNT, Talk, contents


@pytest.fixture
def talk(database: Database, ward: Ward) -> Talk:
    return Talk(database, ward)


@pytest.mark.parametrize("event", ["e1", "e3"], ids=["with the same event", "with another event"])
async def test_a_turn_decided_on_a_stale_version_writes_nothing(talk: Talk, database: Database, event: str) -> None:
    await talk.turn("e0", AGREED)
    stale = await talk.known()
    await talk.turn("e1")
    before = await database.read(contents)
    with pytest.raises(Raced):
        await talk.turn(event, LEARNT, before=stale, deliver=True)
    assert await database.read(contents) == before


async def test_an_event_seen_before_writes_nothing(talk: Talk, database: Database) -> None:
    await talk.turn("e1", AGREED)
    before = await database.read(contents)
    with pytest.raises(Raced):
        await talk.turn("e1", LEARNT, deliver=True)
    assert await database.read(contents) == before


async def test_of_two_first_messages_at_once_one_begins_the_conversation(database: Database, ward: Ward) -> None:
    for number in range(10):
        talk = Talk(database, ward, f"resident-{number}")
        asked = [talk.turn(event, AGREED, before=Known()) for event in ("e1", "e2", "e3", "e4")]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert sorted(map(repr, outcomes)) == ["None", "Raced()", "Raced()", "Raced()"]
    rows = await database.read(contents)
    assert [len(rows[name]) for name in ("conversations", "seen", "residents", "consents")] == [10, 10, 10, 10]


async def test_of_turns_written_together_only_the_raced_ones_are_refused(database: Database, ward: Ward) -> None:
    talks = [Talk(database, ward, f"resident-{number}") for number in range(12)]
    for talk in talks[:6]:
        await talk.turn("e1", AGREED)
    known_before = [await talk.known() for talk in talks]
    await talks[0].turn("e2")
    reached = Reached("first_steps", 3, 2)
    asked = [
        talk.turn("e1" if number == 3 else "e3", reached, LEARNT, before=before, deliver=number % 2 == 0)
        for number, (talk, before) in enumerate(zip(talks, known_before, strict=True))
    ]
    outcomes = await together(database, *asked)
    assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Raced)] == [0, 3]
    assert [(await talk.known()).version for talk in talks] == [2, 2, 2, 1, 2, 2, 1, 1, 1, 1, 1, 1]
    rows = await database.read(contents)
    assert [len(rows[name]) for name in ("completions", "positions", "deliveries")] == [4, 4, 5]


async def test_two_programs_that_write_the_same_conversations_only_race(
    database: Database, database_url: str, ward: Ward
) -> None:
    other = Database(database_url)
    other.start()
    errors: list[ExceptionContext] = []
    for database_of_one in (database, other):
        event.listen(await database_of_one.write(engine_of), "handle_error", errors.append)
    addresses = [f"resident-{number}" for number in range(20)]
    mine = [Talk(database, ward, address) for address in addresses]
    theirs = [Talk(other, ward, address) for address in reversed(addresses)]
    for turn in range(10):
        asked = [
            talk.turn(f"{name}{turn}", before=await talk.known())
            for name, talks in (("m", mine), ("t", theirs))
            for talk in talks
        ]
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        assert sorted(map(repr, outcomes)) == ["None"] * 20 + ["Raced()"] * 20
        assert {(await talk.known()).version for talk in mine} == {turn + 1}
    await asyncio.to_thread(other.close)
    assert [str(error.original_exception) for error in errors] == []


@pytest.mark.skipif(not SERVER, reason="on SQLite one transaction comes after the other")
@pytest.mark.parametrize("when", [0, 1, 2])
async def test_a_receipt_finds_its_message_or_is_told_to_wait_whenever_that_is_settled(
    database: Database, database_url: str, when: int
) -> None:
    await database.write(queue, "an", "answer", "một")
    [claimed] = await database.write(outbox.claim, "telegram", "bot", "answer", NOON, 1)
    other = create_engine(database_url)

    def report(connection: Connection) -> bool:
        statements = 0

        def settle_meanwhile(*_: Any) -> None:
            nonlocal statements
            if statements == when:
                with other.begin() as apart:
                    sent = Settled(claimed.id, claimed.tries, "sent", NOON, message_id="m-1")
                    outbox.settle(apart, [(sent, NOON)])
            statements += 1

        event.listen(connection, "before_cursor_execute", settle_meanwhile)
        told = outbox.arrived(connection, "telegram", "bot", "an", ["m-1"], NOON, read=False)
        event.remove(connection, "before_cursor_execute", settle_meanwhile)
        return told

    found = await database.write(report)
    arrived = select(deliveries.c.delivered_at)
    delivered = await database.read(lambda connection: connection.execute(arrived).scalar())
    assert (found, delivered) in ((True, NOON), (False, None))
    other.dispose()
