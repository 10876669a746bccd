"""For the team: two records of one person are joined, by a code the person types or by the member who knows both."""

from rapidfuzz import fuzz

from faq.text import fold
from handlers import neighbours
from handlers.link import new_code
from handlers.messages import Choice, Reply
from handlers.team import own
from handlers.turn import Stray, Turn
from storage.neighbours import Neighbour, all_neighbours
from storage.team_facts import NeighbourJoined, NeighbourLinked

ALIKE = 80
"""How alike two names must be for the question whether it is the same person, of 100."""


def alike(one: Neighbour, name: str, birth_year: int | None) -> bool:
    """Return whether they may be the same person: like names, and no birth years far apart."""
    told = one.birth_year is not None and birth_year is not None
    far = told and abs((one.birth_year or 0) - (birth_year or 0)) > 1
    return not far and fuzz.token_set_ratio(fold(one.name), fold(name)) >= ALIKE


async def join(turn: Turn, typed: str = "", other: str = "", sure: str = "", *_: str) -> Reply:
    """Give the code to somebody who was added and has a phone now; or join them with another, at the second tap."""
    found = await neighbours.of_id(turn, typed)
    member = await own(turn)
    if not found.spoken:
        raise Stray(typed)
    back = f"/team_person {found.resident_id}"
    if not other:
        code = new_code()
        turn.note(NeighbourLinked(member.id, found.resident_id, code))
        like = [one for one in await _others(turn, found) if alike(one, found.name, found.birth_year)]
        choices = [_one(turn, found, one) for one in like[: neighbours.PAGE]]
        text = turn.say("same.how", neighbour=found, code=f"{code[:3]} {code[3:]}", alike=bool(choices))
        return Reply(text, turn.ways(*choices, back=back))
    second = await neighbours.of_id(turn, other)
    if second == found:
        raise Stray(other)
    if sure != "yes":
        now = turn.choice("same.join_now", f"/team_same {found.resident_id} {second.resident_id} yes")
        return Reply(turn.say("same.ask", one=found, other=second), turn.ways(now, back=back))
    turn.note(NeighbourJoined(member.id, found.resident_id, second.resident_id))
    show = turn.choice("same.show", f"/team_person {second.resident_id}")
    return Reply(turn.say("same.joined", other=second), turn.ways(show, back="/team_left"))


def _one(turn: Turn, found: Neighbour, other: Neighbour) -> Choice:
    command = f"/team_same {found.resident_id} {other.resident_id}"
    return turn.choice("neighbours.one", command, neighbour=other, missing=None)


async def _others(turn: Turn, found: Neighbour) -> list[Neighbour]:
    member = await own(turn)
    return [one for one in await turn.read(all_neighbours, member.neighbourhood_id) if one != found]
