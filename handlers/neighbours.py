"""For the team: how far the neighbourhood is, skill by skill, and who has how much left."""

from collections.abc import Sequence

from handlers.messages import Choice, Reply
from handlers.standing import moment, picture, standing_of
from handlers.team import own
from handlers.turn import Stray, Turn, number
from lessons.model import Lesson
from storage.learning import Record, record_of
from storage.neighbours import Neighbour, all_neighbours, left, neighbour

PAGE = 7
BLOCKS = 10
"""How long a bar made of letters is."""


async def skills(turn: Turn, *_: str) -> Reply:
    """Show how far the neighbourhood is in each basic skill, in a picture and a text to be passed on."""
    member = await own(turn)
    until = moment(turn.inbound.at)
    shown = await standing_of(turn.house, member.code, until)
    bars = [(one, int((one.row.share or 0) * BLOCKS)) for one in shown.skills]
    text = turn.say("neighbours.skills", shown=shown, bars=bars, blocks=BLOCKS)
    ways = turn.ways(turn.choice("neighbours.who", "/team_left"), back="/team")
    return Reply(text, ways, card=picture(turn.house, member.code, until))


async def who(turn: Turn, page: str = "1", *_: str) -> Reply:
    """List who has how much left, least first: by name those who agreed to it, the others as a number."""
    member = await own(turn)
    found = await turn.read(left, member.neighbourhood_id, turn.house.library.core_topics)
    named = [(one.neighbour, one.missing) for one in found if one.neighbour]
    choices = _page(turn, named, page, "/team_left")
    if len(await turn.read(all_neighbours, member.neighbourhood_id)) > len(named):
        choices.append(turn.choice("neighbours.everybody", "/team_people"))
    others = [one.missing for one in found if not one.neighbour]
    text = turn.say("neighbours.left", member=member, named=len(named), others=len(others), near=others.count(1))
    choices.append(turn.choice("assisted.new", "/team_add"))
    if others:
        choices.append(turn.choice("campaign.work", "/team_reminders"))
    return Reply(text, turn.ways(*choices, back="/team"))


async def everybody(turn: Turn, page: str = "1", *_: str) -> Reply:
    """List everybody whom the team knows by name, who has all the lessons, too."""
    member = await own(turn)
    known = [(one, None) for one in await turn.read(all_neighbours, member.neighbourhood_id)]
    choices = _page(turn, known, page, "/team_people")
    return Reply(turn.say("neighbours.known", member=member, count=len(known)), turn.ways(*choices, back="/team_left"))


def _page(turn: Turn, people: Sequence[tuple[Neighbour, int | None]], page: str, command: str) -> list[Choice]:
    """Return the choices of a page of people, and the way to the next."""
    at = number(page, len(people) // PAGE + 1)
    choices = [person_choice(turn, one, missing) for one, missing in people[(at - 1) * PAGE :][:PAGE]]
    if len(people) > at * PAGE:
        choices.append(turn.choice("neighbours.more", f"{command} {at + 1}"))
    return choices


async def person(turn: Turn, typed: str = "", *_: str) -> Reply:
    """Show one neighbour and the lessons they still lack."""
    found = await of_id(turn, typed)
    learnt = await turn.read(record_of, found.resident_id)
    lacking = lessons_left(turn, learnt)
    choices = [
        turn.choice("assisted.ask", f"/team_oral {found.resident_id} {lesson.topic}", title=lesson.title)
        for lesson in lacking
    ]
    if found.spoken:
        choices.append(turn.choice("same.has_phone", f"/team_same {found.resident_id}"))
        choices.append(turn.choice("assisted.forget", f"/team_forget {found.resident_id}"))
    text = turn.say("neighbours.person", neighbour=found, lacking=len(lacking))
    return Reply(text, turn.ways(*choices, back="/team_left"))


async def of_id(turn: Turn, typed: str) -> Neighbour:
    """Return the neighbour of this id. Stray: none whom the team of whoever asks may see."""
    member = await own(turn)
    found = await turn.read(neighbour, member.neighbourhood_id, id_of(typed))
    if found is None:
        raise Stray(typed)
    return found


def id_of(typed: str) -> int:
    """Return the id typed. Stray: it is none."""
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 10):
        raise Stray(typed)
    return int(typed)


def person_choice(turn: Turn, found: Neighbour, missing: int | None = None) -> Choice:
    """Return the choice that leads to a neighbour."""
    return turn.choice("neighbours.one", f"/team_person {found.resident_id}", neighbour=found, missing=missing)


def lessons_left(turn: Turn, learnt: Record) -> list[Lesson]:
    """Return the basic lessons that somebody lacks."""
    return [lesson for lesson in turn.house.library if lesson.core and not learnt.has(lesson.topic)]
