"""The one write of a turn: all or nothing, nobody without consent, nothing twice."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Connection, select

from storage import turns
from storage.conversations import Known, known
from storage.database import Database
from storage.facts import (
    AgeTold,
    Answered,
    AttemptEnded,
    Completed,
    Consented,
    Fact,
    Placed,
    Reached,
)
from storage.learning import open_answers, record_of
from storage.neighbourhoods import Ward, all_of
from storage.residents import consents_of
from storage.tables import (
    attempts,
    completions,
    deliveries,
    metadata,
)
from storage.turns import Turned
from tests.dialogue import NOON

AGREED = Consented("count", True, "2026-11")
LEARNT = Completed("first_steps", 3, "passed", 2, 2)
LATER = NOON + dt.timedelta(days=1)


class Talk:
    """A conversation whose turns are written one after the other."""

    def __init__(self, database: Database, ward: Ward, address: str = "ba-tu") -> None:
        self.database, self.ward, self.address = database, ward, address

    async def known(self, event: str = "") -> Known:
        return await self.database.read(known, "web", "phuong-thu", self.address, event)

    async def turn(
        self, event: str, *facts: Fact, before: Known | None = None, now: dt.datetime = NOON, deliver: bool = False
    ) -> None:
        before = before or await self.known()
        where = ("web", "phuong-thu", self.address)
        turned = Turned(before, self.ward.id, *where, event, f'["{event}"]', facts, deliver, now)
        await self.database.write_together(turns.record, turned)

    async def resident(self) -> int:
        resident_id = (await self.known()).resident_id
        assert resident_id is not None
        return resident_id


@pytest.fixture
def talk(database: Database, ward: Ward) -> Talk:
    return Talk(database, ward)


def contents(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of all tables."""
    return {
        table.name: sorted(map(tuple, connection.execute(select(table))), key=repr) for table in metadata.sorted_tables
    }


def filled(before: Mapping[str, list[Any]], after: Mapping[str, list[Any]]) -> dict[str, int]:
    """Return how many rows each table has gained, or lost."""
    return {name: len(after[name]) - len(before[name]) for name in after if after[name] != before[name]}


async def test_the_first_turn_begins_a_conversation(talk: Talk) -> None:
    assert await talk.known("e1") == Known()
    await talk.turn("e1")
    found = await talk.known("e1")
    assert (found.version, found.reply, found.event, found.seen) == (1, '["e1"]', "e1", True)
    assert (found.resident_id, found.counted, found.reminded) == (None, False, False)
    assert not (await talk.known("e2")).seen


async def test_every_turn_advances_the_version_by_one(talk: Talk, database: Database) -> None:
    for number in range(1, 4):
        await talk.turn(f"e{number}", now=NOON + dt.timedelta(days=number))
        assert (await talk.known()).version == number
    rows = await database.read(contents)
    assert [row[-3:-1] for row in rows["conversations"]] == [
        (NOON + dt.timedelta(days=1), NOON + dt.timedelta(days=3))  # begun, and heard of last
    ]
    assert [event for _, event in rows["seen"]] == ["e1", "e2", "e3"]


async def test_a_reply_is_queued_only_when_the_sender_carries_it(talk: Talk, database: Database) -> None:
    await talk.turn("e1")
    assert (await database.read(contents))["deliveries"] == []
    await talk.turn("e2", deliver=True, now=LATER)
    (row,) = await database.read(lambda connection: connection.execute(select(deliveries)).all())
    assert (row.lane, row.reply, row.status, row.tries) == ("answer", '["e2"]', "queued", 0)
    assert row.due_at == row.created_at == LATER


async def test_nothing_is_kept_of_somebody_who_has_not_agreed(talk: Talk, database: Database) -> None:
    place = (await database.read(all_of, talk.ward.id))[0]
    before = await database.read(contents)
    facts = (Reached("first_steps", 3, 1), Answered("first_steps", 3, 1, 1, True), AttemptEnded("first_steps"), LEARNT)
    await talk.turn("e1", *facts, AgeTold("adult"), Placed(place.id), Consented("count", False, "2026-11"))
    assert filled(before, await database.read(contents)) == {"conversations": 1, "seen": 1}


async def test_consent_makes_a_resident_and_the_rest_of_the_turn_is_kept(talk: Talk, database: Database) -> None:
    place = (await database.read(all_of, talk.ward.id))[4]
    await talk.turn("e1", AGREED, AgeTold("senior"), Placed(place.id), now=LATER)
    found = await talk.known()
    assert (found.age_band, found.counted, found.reminded) == ("senior", True, False)
    assert (found.neighbourhood_id, found.neighbourhood_code) == (place.id, "kp5")
    assert found.neighbourhood_name == "Khu phố 5"
    (consent,) = await database.read(consents_of, await talk.resident())
    assert (consent.purpose, consent.agreed, consent.version, consent.at) == ("count", True, "2026-11", LATER)


async def test_every_consent_answer_is_kept_and_the_last_one_holds(talk: Talk, database: Database) -> None:
    await talk.turn("e1", AGREED, Consented("remind", True, "2026-11"))
    await talk.turn("e2", Consented("count", False, "2026-12"))
    found = await talk.known()
    assert (found.counted, found.reminded) == (False, True)
    kept = await database.read(consents_of, await talk.resident())
    assert [(consent.purpose, consent.agreed) for consent in kept] == [
        ("count", True),
        ("remind", True),
        ("count", False),
    ]


async def test_a_completion_is_entered_once_however_often_it_is_noted(talk: Talk, database: Database) -> None:
    await talk.turn("e1", AGREED, LEARNT, LEARNT)
    await talk.turn("e2", Completed("first_steps", 4, "passed", 1, 2), Completed("first_steps", 4, "learned"))
    entered = select(completions.c.grade, completions.c.version, completions.c.score).order_by(completions.c.id)
    rows = await database.read(lambda connection: [tuple(row) for row in connection.execute(entered)])
    assert rows == [("passed", 3, 2), ("learned", 4, None)]
    record = await database.read(record_of, await talk.resident())
    assert record.grades == {"first_steps": {"passed", "learned"}}
    assert record.has("first_steps")


async def test_the_first_choice_counts_until_the_attempt_ends(talk: Talk, database: Database) -> None:
    wrong, right = (Answered("first_steps", 3, 1, option, option == 1) for option in (2, 1))
    await talk.turn("e1", AGREED, wrong)
    await talk.turn("e2", right)
    resident_id = await talk.resident()
    assert await database.read(open_answers, resident_id, "first_steps") == {1: False}
    await talk.turn("e3", AttemptEnded("first_steps"), now=LATER)
    assert await database.read(open_answers, resident_id, "first_steps") == {}
    await talk.turn("e4", right)
    assert await database.read(open_answers, resident_id, "first_steps") == {1: True}
    ends = select(attempts.c.finished_at).order_by(attempts.c.id)
    assert await database.read(lambda connection: connection.scalars(ends).all()) == [LATER, None]


async def test_the_step_shown_last_is_where_the_resident_goes_on(talk: Talk, database: Database) -> None:
    await talk.turn("e1", AGREED, Reached("first_steps", 3, 2))
    await talk.turn("e2", Reached("second_steps", 1, 4), now=LATER)
    await talk.turn("e3", Reached("first_steps", 3, 1), now=LATER + dt.timedelta(days=1))
    record = await database.read(record_of, await talk.resident())
    assert [(position.topic, position.step) for position in record.positions] == [
        ("first_steps", 1),
        ("second_steps", 4),
    ]
