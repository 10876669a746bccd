"""The team: joined by an invitation, handed over, left; revoked at once; nothing of it for anybody else."""

import datetime as dt
import re

import pytest

from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.messages import Reply
from handlers.team import new_invitation
from storage.conversations import Raced
from storage.database import Database
from storage.neighbourhoods import by_code
from storage.team import Member, act, all_members, invite, member_of, revoke
from storage.team_facts import (
    NeighbourAdded,
    NeighbourForgotten,
    Observed,
    TeamAct,
    TeamInvited,
    TeamLeft,
)
from tests.dialogue import NOON, Resident, commands_of, stored, verify_dialogue

TEAM_COMMANDS = sorted(name for name in COMMANDS if name.startswith("team") and name != "team_join")


async def invitation(core: Core, place: str = "kp5", role: str = "leader", at: dt.datetime = NOON) -> str:
    """Return what somebody the office invites types."""
    found = await core.house.database.read(by_code, core.house.ward.id, place)
    assert found
    code = new_invitation()
    await core.house.database.write(invite, found.id, role, code, at)
    return f"#{code}"


async def member(core: Core, address: str, place: str = "kp5", role: str = "leader") -> Resident:
    """Return somebody who has joined the team of a neighbourhood."""
    joined = Resident(core, address)
    await joined.says(await invitation(core, place, role), "1")
    return joined


async def membership(database: Database, address: str) -> Member:
    """Return the membership of whoever writes from this address."""
    [found] = [row for row in (await stored(database))["conversations"] if row["address"] == address]
    held = await database.read(member_of, found["id"])
    assert held
    return held


def code_in(reply: Reply) -> str:
    """Return the invitation that is to be passed on."""
    found = re.search(r"#moi-\w{10}", reply.text)
    assert found, reply.text
    return found[0]


async def roles(core: Core) -> list[tuple[str, str]]:
    """Return the neighbourhoods and roles of all members."""
    return [(row.code, row.role) for row in await core.house.database.read(all_members, core.house.ward.id)]


async def test_an_invitation_is_accepted_by_one_tap_and_the_menu_has_the_teams_work(core: Core) -> None:
    lan = Resident(core, "lan")
    invited = await invitation(core)
    await verify_dialogue(lan, [(invited, "làm **tổ trưởng** tổ công nghệ số cộng đồng **Khu phố 5**")])
    await verify_dialogue(lan, [("1", "Từ giờ bà con là **tổ trưởng**"), ("1", "Việc của tổ – Khu phố 5")])
    await verify_dialogue(lan, [("menu", "Việc của tổ"), ("viec cua to", "Việc của tổ – Khu phố 5")])
    await verify_dialogue(lan, [("/mydata", "tổ trưởng tổ Khu phố 5")])
    assert await roles(core) == [("kp5", "leader")]


async def test_an_invitation_is_good_once_and_for_a_day(core: Core) -> None:
    invited = await invitation(core)
    late = Resident(core, "muon", now=NOON + dt.timedelta(hours=24))
    await verify_dialogue(late, [(invited, "đã quá một ngày"), (f"/team_join {invited[1:]}", "đã quá một ngày")])
    await Resident(core, "lan").says(invited, "1")
    await verify_dialogue(Resident(core, "tho"), [(invited, "đã dùng rồi"), (f"/team_join {invited[1:]}", "đã dùng")])
    assert await roles(core) == [("kp5", "leader")]


async def test_tapping_twice_joins_once(core: Core) -> None:
    lan, invited = Resident(core, "lan"), await invitation(core)
    await lan.says(invited, f"/team_join {invited[1:]}", f"/team_join {invited[1:]}")
    assert await roles(core) == [("kp5", "leader")]


async def test_a_leader_invites_members_who_cannot_invite(core: Core) -> None:
    lan, hoa = await member(core, "lan"), Resident(core, "hoa")
    await verify_dialogue(hoa, [(code_in(await lan.say("/team_invite member")), "**thành viên**"), ("1", "Cảm ơn")])
    assert await roles(core) == [("kp5", "leader"), ("kp5", "member")]
    await verify_dialogue(hoa, [("/team_invite member", "Hôm nay")])
    assert "/team_invite member" not in commands_of(await hoa.say("/team"))


async def test_handing_over_makes_the_leader_a_member(core: Core) -> None:
    lan, hoa = await member(core, "lan"), Resident(core, "hoa")
    handed = code_in(await lan.say("/team_invite leader"))
    await verify_dialogue(lan, [(handed, "lời mời của chính bà con"), (f"/team_join {handed[1:]}", "Việc của tổ –")])
    assert await roles(core) == [("kp5", "leader")]
    await hoa.says(handed, "1")
    assert await roles(core) == [("kp5", "leader"), ("kp5", "member")]
    await verify_dialogue(lan, [("/team", "Bà con là thành viên")])


async def test_what_a_leader_gave_ends_with_the_leader(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    invited = code_in(await lan.say("/team_invite member"))
    await database.write(revoke, (await membership(database, "lan")).id, NOON)
    await verify_dialogue(Resident(core, "hoa"), [(invited, "xin người mời một mã mới")])


async def test_who_is_in_another_team_changes_over(core: Core) -> None:
    lan = await member(core, "lan", "kp5")
    await verify_dialogue(lan, [(await invitation(core, "kp7", "member"), "đang ở tổ Khu phố 5"), ("1", "Khu phố 7")])
    assert await roles(core) == [("kp7", "member")]


async def test_a_member_leaves_at_the_second_tap(core: Core) -> None:
    lan = await member(core, "lan")
    await verify_dialogue(lan, [("/team_leave", "thôi làm việc tổ"), ("1", "đã thôi"), ("/team", "Hôm nay")])
    assert await roles(core) == []


async def test_linked_chats_are_the_same_member(core: Core) -> None:
    lan = Resident(core, "lan", channel="web")
    await lan.join()
    await lan.says(await invitation(core), "1")
    zalo = Resident(core, "lan-zalo", channel="zalo_oa")
    offered = re.search(r"nối \d{3} \d{3}", (await lan.say("/link")).text)
    assert offered
    await zalo.say(offered[0])
    await verify_dialogue(zalo, [("/team", "Việc của tổ – Khu phố 5")])


async def test_erasing_ends_the_membership_and_what_it_gave(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    await lan.says("/team_invite member", "/erase yes")
    tables = await stored(database)
    assert not tables["members"]
    assert [row["member_id"] for row in tables["invitations"]] == [None]  # the office's, which is used


@pytest.mark.parametrize("command", TEAM_COMMANDS)
async def test_no_command_of_the_team_says_or_does_anything_for_others(
    command: str, core: Core, database: Database
) -> None:
    stranger, gone = Resident(core, "la"), await member(core, "cu")
    await database.write(revoke, (await membership(database, "cu")).id, NOON)
    for resident in (stranger, gone):
        before = await stored(database)
        for arguments in ("", " yes", " member", " 1", " 1 first_steps"):
            reply = await resident.say(f"/{command}{arguments}")
            assert "Hôm nay bà con muốn làm gì" in reply.text
            assert not any(word.startswith("/team") for word in commands_of(reply))
        after = await stored(database)
        for table in set(after) - {"conversations", "seen"}:
            assert after[table] == before[table], table


async def test_what_was_decided_before_revoking_is_not_written_after_it(core: Core, database: Database) -> None:
    await member(core, "lan")
    held = await membership(database, "lan")
    [conversation] = [row["id"] for row in (await stored(database))["conversations"]]
    await database.write(revoke, held.id, NOON)
    facts: tuple[TeamAct, ...] = (
        TeamInvited(held.id, new_invitation(), "member"),
        TeamLeft(held.id),
        NeighbourAdded(held.id, "Bà Tư", 1950, "", "senior", "1"),
        NeighbourForgotten(held.id, 1),
        Observed(held.id, 1, "first_steps", 1),
    )
    for fact in facts:
        with pytest.raises(Raced):
            await database.write(act, conversation, fact, "web", NOON)


async def test_the_office_ends_a_membership_of_its_own_ward_only(core: Core, database: Database) -> None:
    lan = await member(core, "lan")
    held = await membership(database, "lan")
    assert not await database.write(revoke, held.id, NOON, core.house.ward.id + 1)
    assert await database.write(revoke, held.id, NOON, core.house.ward.id)
    assert not await database.write(revoke, held.id, NOON, core.house.ward.id)
    await verify_dialogue(lan, [("/team", "Hôm nay")])
