"""For the team: people without a phone are added, and asked two questions aloud; what was seen is recorded."""

import datetime as dt
import re

from faq.secret import looks_secret
from faq.text import fold
from handlers import neighbours
from handlers.messages import Choice, Reply
from handlers.same import alike
from handlers.team import own
from handlers.turn import Stray, Turn, number
from lessons.model import Lesson
from storage.learning import record_of
from storage.neighbours import Neighbour, all_neighbours, hurrying, observed_since, undoable
from storage.team_facts import NeighbourAdded, NeighbourForgotten, Observed, Unobserved

SPOKEN_VERSION = "2026-11 spoken"
"""Changes whenever what is read aloud in texts/assisted.j2 asks for something else than before."""
OLDEST = 120
SENIOR, ADULT = 60, 18
NAME_CHARACTERS = 40
A_DAY = 60
"""More observations of one member within a day are not plausible and not recorded."""
ORAL = 2
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")


async def add(turn: Turn, agreed: str = "", *words: str) -> Reply:
    """Give what is to be read aloud, then ask for name, birth year and house; show who may be the same person."""
    await own(turn)
    typed = " ".join(words)
    if agreed != "yes":
        return Reply(turn.say("assisted.read_aloud"), turn.ways(turn.choice("assisted.agreed", "/team_add yes")))
    if not typed:
        return _ask(turn, "assisted.ask_who")
    if looks_secret(typed):
        return _ask(turn, "assisted.no_numbers")
    fact = await _described(turn, typed)
    if fact is None:
        return _ask(turn, "assisted.not_clear")
    member = await own(turn)
    known = await turn.read(all_neighbours, member.neighbourhood_id)
    if like := [one for one in known if alike(one, fact.name, fact.birth_year)]:
        choices = [neighbours.person_choice(turn, one) for one in like[: neighbours.PAGE]]
        choices.append(turn.choice("assisted.somebody_else", "/team_add_anyway"))
        text = turn.say("assisted.alike", fact=fact)
        return Reply(text, turn.ways(*choices, back="/team_left"), expects=f"/team_add yes {typed}")
    return _added(turn, fact)


async def add_anyway(turn: Turn, *_: str) -> Reply:
    """Add the person described in the message before, although somebody is like them."""
    await own(turn)
    name, agreed, *words = turn.offered.expects.split() or ["", ""]
    fact = await _described(turn, " ".join(words)) if (name, agreed) == ("/team_add", "yes") else None
    return _added(turn, fact) if fact else _ask(turn, "assisted.ask_who")


async def forget(turn: Turn, typed: str = "", sure: str = "", *_: str) -> Reply:
    """Erase somebody whom the team added, at the second tap."""
    found = await neighbours.of_id(turn, typed)
    if not found.spoken:
        raise Stray(typed)
    if sure != "yes":
        now = turn.choice("assisted.forget_now", f"/team_forget {found.resident_id} yes")
        back = f"/team_person {found.resident_id}"
        return Reply(turn.say("assisted.ask_forget", neighbour=found), turn.ways(now, back=back))
    turn.note(NeighbourForgotten((await own(turn)).id, found.resident_id))
    text = turn.say("assisted.forgotten", neighbour=found)
    return Reply(text, turn.ways(turn.choice("neighbours.who", "/team_left"), back="/team"))


async def oral(turn: Turn, typed: str = "", topic: str = "", *options: str) -> Reply:
    """Ask the first two questions of a quiz aloud, one after the other; both right is a skill that was observed."""
    found = await neighbours.of_id(turn, typed)
    lesson = turn.house.library.get(topic)
    if lesson is None or len(options) > ORAL + 1:
        raise Stray(topic)
    chosen = [number(option, len(lesson.quiz[place].options)) for place, option in enumerate(options[:ORAL])]
    if len(chosen) < ORAL:
        return _question(turn, found, lesson, chosen)
    back = f"/team_person {found.resident_id}"
    if any(option != lesson.quiz[place].answer for place, option in enumerate(chosen)):
        again = turn.choice("assisted.again", f"/team_oral {found.resident_id} {topic}")
        text = turn.say("assisted.not_yet", neighbour=found, lesson=lesson, chosen=chosen)
        return Reply(text, turn.ways(again, back=back))
    return await _observed(turn, found, lesson, chosen, sure=options[ORAL:] == ("yes",))


async def _observed(turn: Turn, found: Neighbour, lesson: Lesson, chosen: list[int], *, sure: bool) -> Reply:
    back = f"/team_person {found.resident_id}"
    member = await own(turn)
    learnt = await turn.read(record_of, found.resident_id)
    ways = turn.ways(turn.choice("assisted.next", back), turn.choice("neighbours.who", "/team_left"), back="/team")
    if learnt.has(lesson.topic):
        return Reply(turn.say("assisted.had", neighbour=found, lesson=lesson), ways)
    since = turn.inbound.at - dt.timedelta(days=1)
    if await turn.read(observed_since, member.id, since) >= A_DAY:
        return Reply(turn.say("assisted.too_many", most=A_DAY), turn.ways(back=back))
    if not sure and await turn.read(hurrying, member.id, turn.inbound.at):
        said = " ".join(("/team_oral", str(found.resident_id), lesson.topic, *map(str, chosen), "yes"))
        text = turn.say("assisted.ask_sure", neighbour=found, lesson=lesson)
        return Reply(text, turn.ways(turn.choice("assisted.sure", said), back=back))
    turn.note(Observed(member.id, found.resident_id, lesson.topic, lesson.version))
    now_wrong = turn.choice("assisted.undo", f"/team_unsee {found.resident_id} {lesson.topic}")
    *ahead, home, person = ways
    return Reply(turn.say("assisted.observed", neighbour=found, lesson=lesson), (*ahead, now_wrong, home, person))


async def undo(turn: Turn, typed: str = "", topic: str = "", *_: str) -> Reply:
    """Take back what the member noted as seen within the last day; twice is harmless."""
    found, member = await neighbours.of_id(turn, typed), await own(turn)
    lesson = turn.house.library.get(topic)
    if lesson is None:
        raise Stray(topic)
    can = await turn.read(undoable, member.id, found.resident_id, topic, turn.inbound.at)
    if can:
        turn.note(Unobserved(member.id, found.resident_id, topic))
    text = turn.say("assisted.undone" if can else "assisted.nothing_to_undo", neighbour=found, lesson=lesson)
    person = turn.choice("assisted.next", f"/team_person {found.resident_id}")
    return Reply(text, turn.ways(person, turn.choice("neighbours.who", "/team_left"), back="/team"))


def _question(turn: Turn, found: Neighbour, lesson: Lesson, chosen: list[int]) -> Reply:
    question = lesson.quiz[len(chosen)]
    before = " ".join(("/team_oral", str(found.resident_id), lesson.topic, *map(str, chosen)))
    options = [Choice(option, f"{before} {place}") for place, option in enumerate(question.options, 1)]
    values = {"neighbour": found, "lesson": lesson, "number": len(chosen) + 1, "count": ORAL, "ask": question.ask}
    return Reply(turn.say("assisted.question", **values), turn.ways(*options, back=f"/team_person {found.resident_id}"))


def _ask(turn: Turn, text: str) -> Reply:
    return Reply(turn.say(text), turn.ways(back="/team_left"), expects="/team_add yes")


async def _described(turn: Turn, typed: str) -> NeighbourAdded | None:
    """Return the adult described so: a name, then the birth year, then house or group; None: it is not clear."""
    year = _YEAR.search(typed)
    if year is None:
        return None
    name, house = (part.strip(" ,.;-")[:NAME_CHARACTERS] for part in (typed[: year.start()], typed[year.end() :]))
    age = turn.today.year - int(year[0])
    if not fold(name) or not ADULT <= age <= OLDEST:
        return None
    band = "senior" if age >= SENIOR else "adult"
    return NeighbourAdded((await own(turn)).id, name, int(year[0]), house, band, SPOKEN_VERSION)


def _added(turn: Turn, fact: NeighbourAdded) -> Reply:
    turn.note(fact)
    return Reply(turn.say("assisted.added", fact=fact), turn.ways(turn.choice("neighbours.who", "/team_left")))
