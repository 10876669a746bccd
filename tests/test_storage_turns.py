"""The one write of a turn: all or nothing, nobody without consent, nothing twice."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Connection, Table, select

from storage import turns
from storage.conversations import Known, Raced, known
from storage.database import Database
from storage.facts import (
    AgeTold,
    Answered,
    AttemptEnded,
    Attended,
    Certified,
    Completed,
    Consented,
    Erased,
    Fact,
    LinkMissed,
    LinkOffered,
    Placed,
    Reached,
    Refreshed,
    Shown,
)
from storage.help_facts import HelpAsked, Warned
from storage.learning import open_answers, record_of
from storage.neighbourhoods import Ward, all_of
from storage.news import tell
from storage.pauses import pause
from storage.pushes import allow
from storage.residents import consents_of
from storage.tables import (
    attempts,
    campaigns,
    classes,
    completions,
    conversations,
    deliveries,
    digests,
    invitations,
    local_warnings,
    metadata,
    reminders,
    residents,
    seen,
    warned,
)
from storage.tallies import fold
from storage.team import invite, member_of
from storage.team_facts import ClassOpened, Observed, TeamInvited, TeamJoined
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


async def live(talk: Talk, name: str) -> None:
    """Have the resident do everything that leaves a row, for themselves and as a member of a team."""
    place = (await talk.database.read(all_of, talk.ward.id))[0]
    await talk.turn(f"{name}1", AGREED, Consented("remind", True, "2026-11"), AgeTold("adult"), Placed(place.id))
    await talk.turn(f"{name}2", Reached("first_steps", 3, 1), LEARNT, deliver=True)
    await talk.turn(f"{name}3", Answered("first_steps", 3, 1, 1, True), AttemptEnded("first_steps"), deliver=True)
    code = LinkOffered(f"{name}00000")
    asked = HelpAsked("hỏi", "hoi", None, '["ping",[["","/team_answer #",""]]]')
    noted = (Warned("tin", "bank"), asked, Refreshed("first_steps", 3, 1, 1, True, 1, NOON.date(), LATER))
    certified = Certified(f"{name}CODE", f"{name}-key", ("first_steps",), basic=False)
    await talk.turn(f"{name}4", Answered("first_steps", 3, 1, 1, True), code, LinkMissed(), certified, *noted)
    await talk.database.write(remind, talk.ward.id, await talk.resident())
    browser = ("web", "phuong-thu", talk.address, f"https://push.example/{name}", NOON)
    assert await talk.database.write(allow, *browser)
    await talk.database.write(invite, place.id, "leader", f"moi-{name}", NOON)
    await talk.turn(f"{name}5", TeamJoined(f"moi-{name}"), Shown("Bà Tư", "tổ 3", "2026-11"))
    member = await talk.database.read(member_of, (await talk.known()).conversation_id)
    assert member
    opened = ClassOpened(member.id, f"lop-{name}", "first_steps", "Nhà văn hoá")
    seen_doing = Observed(member.id, await talk.resident(), "first_steps", 3)
    given = TeamInvited(member.id, f"moi-{name}2", "member")
    await talk.turn(f"{name}6", opened, Attended(f"lop-{name}"), seen_doing, given)
    values = {"member_id": member.id, "week": NOON.date(), "at": NOON}
    await talk.database.write(lambda connection: connection.execute(digests.insert().values(values)))


def hangs_on(table: Table, target: Table) -> bool:
    """Return whether rows of the table refer to the target, directly or through others."""
    others = {key.column.table for key in table.foreign_keys} - {table}
    return any(other is target or hangs_on(other, target) for other in others)


def remind(connection: Connection, ward_id: int, resident_id: int) -> None:
    """Keep a reminder of this resident, all of one campaign."""
    found = connection.execute(select(campaigns.c.id)).scalar()
    if found is None:
        own = {"topic": "first_steps", "topics": "first_steps", "audience": "not_passed", "status": "started"}
        values = {"ward_id": ward_id, "starts_at": NOON, "created_at": NOON, **own}
        found = connection.execute(campaigns.insert().values(values).returning(campaigns.c.id)).scalar_one()
    values = {"campaign_id": found, "resident_id": resident_id, "outcome": "waiting", "at": NOON}
    connection.execute(reminders.insert().values(values))
    if (warning := connection.execute(select(local_warnings.c.id)).scalar()) is not None:
        values = {"local_warning_id": warning, "resident_id": resident_id, "outcome": "waiting"}
        connection.execute(warned.insert().values(values))
    places = select(conversations.c.id).where(conversations.c.resident_id == resident_id)
    place = connection.execute(places).scalar_one()
    pause(connection, place, "team", LATER)
    tell(connection, [place], '["news"]', NOON)


async def test_erasing_leaves_no_row_of_the_resident_in_any_table(talk: Talk, database: Database, ward: Ward) -> None:
    neighbour = Talk(database, ward, "ong-nam")
    await live(neighbour, "n")
    await database.write(fold)
    before = await database.read(contents)
    await live(talk, "e")
    lived = filled(before, await database.read(contents))
    everywhere = {table.name for table in metadata.sorted_tables if hangs_on(table, residents)} | {"residents"}
    everywhere -= {"campaigns"}  # the ward's; of the member who asked for one only the reference goes
    assert everywhere <= set(lived), "this test must fill every table that hangs on a resident"
    await talk.turn("e7", Erased("A1B2"), now=LATER)
    await database.write(fold)  # tallies name nobody; what they added and took back is nothing together
    after = await database.read(contents)
    the_wards = {"classes": 1, "invitations": 1, "tallies": 0}  # a class of the team, the office's invitation, used
    assert filled(before, after) == {"conversations": 1, "seen": 7, "data_requests": 1} | the_wards
    assert all(row in after[name] for name, rows in before.items() for row in rows if name != "tallies")
    for table in (classes, invitations):
        [left] = [row for row in after[table.name] if row not in before[table.name]]
        assert left[list(table.c).index(table.c.member_id)] is None
    assert after["data_requests"] == [(1, "erase", "A1B2", LATER, LATER, None, None, None, None)]
    found = await talk.known()
    assert (found.resident_id, found.reply, found.counted) == (None, '["e7"]', False)


async def test_erasing_takes_the_other_conversations_of_the_resident_along(
    talk: Talk, database: Database, ward: Ward
) -> None:
    await live(talk, "e")
    other = Talk(database, ward, "ba-tu-zalo")
    await other.turn("z1", deliver=True)
    belong = conversations.update().where(conversations.c.address == "ba-tu-zalo")
    await database.write(Connection.execute, belong.values(resident_id=await talk.resident()))
    stale = await other.known()
    await talk.turn("e7", Erased("A1B2"), deliver=True)
    with pytest.raises(Raced):
        await other.turn("z2", LEARNT, before=stale)
    assert await other.known("z1") == Known()
    rows = await database.read(contents)
    assert [row[4] for row in rows["deliveries"]] == ["answer"]  # the receipt
    assert [len(rows[name]) for name in ("conversations", "residents", "completions")] == [1, 0, 0]
    assert [len(rows[seen.name]), {row[0] for row in rows[seen.name]}] == [7, {1}]


async def test_somebody_who_never_agreed_gets_a_receipt_as_well(talk: Talk, database: Database) -> None:
    await talk.turn("e1", deliver=True)
    await talk.turn("e2", Erased("C3D4"))
    rows = await database.read(contents)
    assert ([row[2] for row in rows["data_requests"]], rows["deliveries"]) == (["C3D4"], [])
