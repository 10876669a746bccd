"""Erasing: nothing stays that tells who somebody was, in any table."""

import pytest
from sqlalchemy import Connection, Table, select

from storage.conversations import Known, Raced
from storage.database import Database
from storage.facts import (
    AgeTold,
    Answered,
    AttemptEnded,
    Attended,
    Certified,
    Consented,
    Erased,
    LinkMissed,
    LinkOffered,
    Placed,
    Reached,
    Refreshed,
    Shown,
)
from storage.help_facts import HelpAsked, Warned
from storage.neighbourhoods import Ward, all_of
from storage.news import tell
from storage.pauses import pause
from storage.pushes import allow
from storage.tables import (
    campaigns,
    classes,
    conversations,
    digests,
    invitations,
    local_warnings,
    metadata,
    place_changes,
    place_moves,
    reminders,
    residents,
    seen,
    warned,
)
from storage.tallies import fold
from storage.team import invite, member_of
from storage.team_facts import ClassOpened, Observed, TeamInvited, TeamJoined
from tests.dialogue import NOON
from tests.test_storage_turns import AGREED, LATER, LEARNT, Talk, contents, filled


@pytest.fixture
def talk(database: Database, ward: Ward) -> Talk:
    return Talk(database, ward)


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
    opened = ClassOpened(member.id, f"lop-{name}", "first_steps", "Nhà văn hóa")
    seen_doing = Observed(member.id, await talk.resident(), "first_steps", 3)
    given = TeamInvited(member.id, f"moi-{name}2", "member")
    await talk.turn(f"{name}6", opened, Attended(f"lop-{name}"), seen_doing, given)
    values = {"member_id": member.id, "week": NOON.date(), "at": NOON}
    await talk.database.write(lambda connection: connection.execute(digests.insert().values(values)))
    await talk.database.write(move, talk.ward.id, member.neighbourhood_id, await talk.resident(), member.id)


def hangs_on(table: Table, target: Table) -> bool:
    """Return whether rows of the table refer to the target, directly or through others."""
    others = {key.column.table for key in table.foreign_keys} - {table}
    return any(other is target or hangs_on(other, target) for other in others)


def move(connection: Connection, ward_id: int, place: int, resident_id: int, member_id: int) -> None:
    """Keep that both were moved when the neighbourhood was merged, all by one change."""
    found = connection.execute(select(place_changes.c.id)).scalar()
    if found is None:
        about = {"kind": "merged", "before": "A", "after": "B", "date": NOON.date(), "source": "VB", "at": NOON}
        noted = place_changes.insert().values(ward_id=ward_id, neighbourhood_id=place, **about)
        found = connection.execute(noted.returning(place_changes.c.id)).scalar_one()
    for moved in ({"resident_id": resident_id}, {"member_id": member_id}):
        connection.execute(place_moves.insert().values(place_change_id=found, **moved))


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
