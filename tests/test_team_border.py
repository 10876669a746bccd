"""The border between neighbourhoods: no command of a team, whatever is typed after it, sees or touches another one."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from handlers import asked, assisted, campaign, classes, digest, neighbours, same, team
from handlers.commands import COMMANDS
from handlers.core import Core
from storage.database import Database
from tests.dialogue import Resident, commands_of, stored, written
from tests.test_classes import opened
from tests.test_team import TEAM_COMMANDS, code_in, member, membership

FOREIGN_WORDS = ("Xuân", "Khu phố 5", "Chùa Vạn Đức", "#kp5")
OWN_WAYS = ("first_steps", "yes", "leader")


def typed_after(foreign: list[str]) -> Iterator[str]:
    """Yield what somebody may type after a command to reach what is not theirs."""
    yield ""
    yield from OWN_WAYS
    for one in foreign:
        yield one
        yield f"{one} first_steps 1 3 yes"
        yield f"yes {one}"
        yield f"first_steps {one}"
        yield from (f"{one} {word}" for word in OWN_WAYS)
    for one, other in pairwise([*foreign, foreign[0]]):
        yield f"{one} {other} yes"
        yield f"{one} id {other}"


def test_every_command_of_a_team_bears_its_name() -> None:
    """So that the tests of what is a team's alone find it."""
    modules = {module.__name__ for module in (asked, assisted, campaign, classes, digest, neighbours, same, team)}
    found = {name for name, handler in COMMANDS.items() if handler.__module__ in modules}
    assert {name for name in found if not name.startswith("team")} == {"here"}  # a resident's, in a class


@pytest.fixture
async def across(core: Core, database: Database) -> list[str]:
    """Give the ids and codes of all there is in Khu phố 5: people, what they ask, a class, a member, an invitation."""
    lan = await member(core, "lan", "kp5")
    await lan.says("/team_add yes", "Bà Xuân, 1950, tổ 3", "/team_add yes", "Ông Xuân Bảy, 1940")
    seen = Resident(core, "bay")
    await seen.join("kp5")
    await seen.says("/shown Cô Xuân", "/person", "Nhà Xuân ở tổ 2 cần người chỉ dùng máy")
    code = (await opened(lan, "Chùa Vạn Đức"))[1:]
    people = [str(row["resident_id"]) for row in (await stored(database))["names"]]
    await lan.say(f"/team_tick {code} id {people[0]}")
    invited = code_in(await lan.say("/team_invite member"))[1:]
    held = await membership(database, "lan")
    # the ids of rows are small numbers: those of people, places and members are all tried
    return list(dict.fromkeys([*people, code, invited, "kp5", str(held.id), str(held.neighbourhood_id)]))


async def test_nothing_of_another_neighbourhood_is_seen_or_touched(
    core: Core, database: Database, across: list[str]
) -> None:
    before = await stored(database)
    for command in TEAM_COMMANDS:
        hoa = await member(core, f"hoa-{command}", "kp7")
        known = await core._know(hoa.message("/menu"))  # the same until something is remembered
        for after in typed_after(across):
            said = f"/{command} {after}".strip()
            reply, facts = await core._decide(hoa.message(said), known)
            assert not [word for word in FOREIGN_WORDS if word in written(reply)], said
            leads = {word for offered in commands_of(reply) for word in offered.split()[1:]} - set(said.split())
            assert not leads & {word for word in across if not word.isdecimal()}, said
            if facts:  # the others leave nothing behind
                await hoa.say(said)
                known = await core._know(hoa.message("/menu"))
    now = await stored(database)
    assert all(row in now[table] for table, rows in before.items() for row in rows)
    kp7 = next(row["id"] for row in before["neighbourhoods"] if row["code"] == "kp7")
    theirs = {row["id"] for row in before["residents"]}
    for table, rows in now.items():
        for row in (row for row in rows if row not in before[table]):
            assert row.get("resident_id") not in theirs, (table, row)
            assert row.get("neighbourhood_id") in (None, kp7), (table, row)
