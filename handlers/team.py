"""The team of a neighbourhood: its menu in the chat, accepting an invitation, inviting, handing over, leaving."""

import re
import secrets

from handlers import progress
from handlers.messages import Reply
from handlers.turn import Stray, Turn
from storage.coverage import CoverageRow, coverage
from storage.help_requests import open_in
from storage.tables import TEAM_ROLES
from storage.team import Member, invitation_of, member_of
from storage.team_facts import TeamInvited, TeamJoined, TeamLeft

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Those that nobody takes for another one when reading them aloud."""
INVITATION = re.compile(rf"moi-[{LETTERS}]{{10}}")


def new_invitation() -> str:
    """Return a code for an invitation that nobody guesses."""
    return "moi-" + "".join(secrets.choice(LETTERS) for _ in range(10))


async def own(turn: Turn) -> Member:
    """Return the membership of whoever writes. Stray: they are in no team, so that its commands lead nowhere."""
    member = await turn.read(member_of, turn.known.conversation_id)
    if member is None:
        raise Stray("team")
    return member


async def figures(turn: Turn, member: Member, topics: tuple[str, ...]) -> CoverageRow:
    """Return the figures of the member's neighbourhood, the same as on every page."""
    house = turn.house
    rows = await house.database.report(coverage, house.ward.id, topics, house.targets.on(turn.today))
    found = next((row for row in rows if row.code == member.code), None)
    if found is None:
        raise Stray(member.code)  # the neighbourhood has ended
    return found


async def menu(turn: Turn, *_: str) -> Reply:
    """Say how far the neighbourhood is, and offer what a member can do."""
    member = await turn.read(member_of, turn.known.conversation_id)
    if member is None:
        return await progress.menu(turn, before=turn.say("team.members_only"))
    row = await figures(turn, member, turn.house.library.core_topics)
    goal = turn.say("neighbours.goal", row=row, target=turn.house.targets.on(turn.today))
    asking = len(await turn.read(open_in, member.neighbourhood_id))
    choices = [turn.choice("asked.work", "/team_asked", count=asking)] if asking else []
    choices += [turn.choice("neighbours.by_skill", "/team_skills"), turn.choice("neighbours.who", "/team_left")]
    choices.append(turn.choice("digest.work", "/team_week"))
    choices.append(turn.choice("classes.work", "/team_class"))
    choices.append(turn.choice("campaign.work", "/team_reminders"))
    if not asking:
        choices.append(turn.choice("asked.work", "/team_asked", count=0))
    if member.role == "leader":
        choices.append(turn.choice("team.invite", "/team_invite member"))
        choices.append(turn.choice("team.hand_over", "/team_invite leader"))
    choices.append(turn.choice("team.leave", "/team_leave"))
    return Reply(
        turn.say("team.menu", member=member, goal=goal),
        turn.ways(*choices),
    )


async def invited(turn: Turn, code: str) -> Reply:
    """Show an invitation, to be accepted by a tap."""
    found = await turn.read(invitation_of, turn.house.ward.id, code, turn.inbound.at)
    if found is None:
        return await progress.menu(turn, before=turn.say("team.no_invitation"))
    before = await turn.read(member_of, turn.known.conversation_id)
    if before and found.by == before.id:
        return Reply(turn.say("team.own_invitation"), turn.ways(turn.choice("team.work", "/team")))
    choices = (turn.choice("team.accept", f"/team_join {code}"), turn.choice("team.decline", "/menu"))
    return Reply(turn.say("team.invited", invitation=found, before=before), (*choices, turn.person()))


async def join(turn: Turn, code: str = "", *_: str) -> Reply:
    """Accept an invitation."""
    found = await turn.read(invitation_of, turn.house.ward.id, code, turn.inbound.at)
    member = await turn.read(member_of, turn.known.conversation_id)
    if found is None or (member and found.by == member.id):
        return await (menu(turn) if member else invited(turn, code))
    turn.note(TeamJoined(code))
    return Reply(turn.say("team.joined", invitation=found), turn.ways(turn.choice("team.work", "/team")))


async def invite(turn: Turn, role: str = "", *_: str) -> Reply:
    """Give the leader an invitation to pass on; to the role of leader it hands over their own."""
    member = await own(turn)
    if member.role != "leader" or role not in TEAM_ROLES:
        raise Stray(role)
    code = new_invitation()
    turn.note(TeamInvited(member.id, code, role))
    return Reply(turn.say("team.invitation", code=code, role=role, member=member), turn.ways(back="/team"))


async def leave(turn: Turn, sure: str = "", *_: str) -> Reply:
    """Leave the team at the second tap."""
    member = await own(turn)
    if sure != "yes":
        choices = (turn.choice("team.leave_now", "/team_leave yes"), turn.choice("team.stay", "/team"))
        return Reply(turn.say("team.ask_leave", member=member), turn.ways(*choices, back="/team"))
    turn.note(TeamLeft(member.id))
    return Reply(turn.say("team.left", member=member), turn.ways(turn.choice("common.menu", "/menu")))
