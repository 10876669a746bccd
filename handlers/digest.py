"""The week's news of a neighbourhood for its team: what was added, what is left, what to do next."""

from dataclasses import dataclass

from handlers.messages import Choice, Reply
from handlers.standing import Standing, moment, picture, standing_of
from handlers.team import own
from handlers.turn import House, Turn
from storage.neighbours import Left, left
from storage.team_facts import DigestWanted


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do next: the names of its sentence and of its label, the command, and what they are about."""

    text: str
    label: str
    command: str
    count: int = 0
    title: str = ""


async def show(turn: Turn, wanted: str = "", *_: str) -> Reply:
    """Tell the week's news, now; or have it sent on Fridays, or no more."""
    member = await own(turn)
    if wanted in ("on", "off"):
        turn.note(DigestWanted(member.id, wanted == "on"))
        undo = turn.choice("common.undo", f"/team_week {'off' if wanted == 'on' else 'on'}")
        return Reply(turn.say("digest.on" if wanted == "on" else "digest.off"), turn.ways(undo, back="/team"))
    until = moment(turn.inbound.at)
    found = await standing_of(turn.house, member.code, until, week=True)
    reply = await news(turn.house, member.neighbourhood_id, member.code, found)
    if member.digest:
        return reply
    again = turn.choice("digest.start", "/team_week on")
    choices = [again if choice.command == "/team_week off" else choice for choice in reply.choices]
    return Reply(reply.text, tuple(choices), card=reply.card)


async def news(house: House, neighbourhood_id: int, code: str, found: Standing) -> Reply:
    """Return the news of a neighbourhood, with its picture to be passed on."""
    say = house.speech.say
    people = await house.database.read(left, neighbourhood_id, house.library.core_topics)
    advice = advised(found, people)
    goal = say("neighbours.public_goal", figure=found.basic, target=found.target)
    choices = [
        Choice(say(advice.label, advice=advice), advice.command),
        Choice(say("team.work"), "/team"),
        Choice(say("digest.stop"), "/team_week off"),
    ]
    text = say("digest.news", found=found, goal=goal, next=say(advice.text, advice=advice))
    ways = (*choices, Choice(say("common.person"), "/person", "9"))
    return Reply(text, ways, card=picture(house, code, found.at))


def advised(found: Standing, people: list[Left]) -> Advice:
    """Return what brings the neighbourhood on: reach somebody, finish with those who lack little, teach the rest."""
    row, near = found.basic.row, [one for one in people if one.missing == 1]
    weakest = min(found.skills, key=lambda figure: figure.row.covered, default=None)
    if row.joined == 0 or weakest is None:
        return Advice("digest.invite", "digest.invite_do", "/team_forward continue")
    if row.missing == 0:
        return Advice("digest.keep", "digest.keep_do", "/team_left")
    if named := [one for one in near if one.neighbour]:
        return Advice("digest.finish", "digest.finish_do", "/team_left", len(named))
    if near:
        return Advice("digest.remind", "digest.remind_do", "/team_remind continue", len(near))
    return Advice("digest.teach", "digest.teach_do", f"/team_class_open {weakest.topic}", title=weakest.title)
