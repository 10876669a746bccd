"""Classes: a member opens one and ticks off who came; residents come in by its code; a skill is proved by the quiz."""

import datetime as dt
import re
import secrets
from functools import cache

from faq.secret import looks_secret
from handlers import progress
from handlers.messages import Choice, Reply
from handlers.neighbours import id_of
from handlers.speech import word_lists
from handlers.team import LETTERS, own
from handlers.turn import Stray, Turn
from lessons.model import Lesson
from storage.classes import OpenClass, attendance, class_of, own_classes, there
from storage.facts import Attended, Placed
from storage.neighbourhoods import helper_of
from storage.neighbours import all_neighbours
from storage.team_facts import ClassOpened, Ticked, Unticked

CODE = re.compile(rf"lop-[{LETTERS}]{{6}}")
PICTURE = "lop"
PAGE = 24
"""How many names are on show to be ticked off at once."""
PLACE_CHARACTERS = 60
MOMENT = "%Y%m%d%H%M%S%f"


async def of_code(turn: Turn, code: str) -> OpenClass | None:
    """Return the open class of this code."""
    if not CODE.fullmatch(code.lower()):
        return None
    return await turn.read(class_of, turn.house.ward.id, code.lower(), turn.inbound.at)


async def arrive(turn: Turn, code: str) -> Reply:
    """Welcome somebody to a class; whoever is not counted yet is asked for it first."""
    found = await of_code(turn, code)
    lesson = turn.house.library.get(found.topic) if found else None
    if found is None or lesson is None:
        return await progress.menu(turn, before=turn.say("classes.over"))
    helper = await turn.read(helper_of, found.neighbourhood_id)
    text = turn.say("classes.welcome", found=found, lesson=lesson, helper=helper, counted=turn.known.counted)
    if turn.known.counted:
        return Reply(text, turn.ways(turn.choice("classes.here", f"/here {found.code}")))
    begin = turn.choice("start.begin", f"/consent {found.code}")
    return Reply(text, (begin, turn.choice("start.look", "/menu"), turn.person()))


async def here(turn: Turn, code: str = "", *_: str) -> Reply:
    """Note that the resident is in the class, and where they live if that is not known."""
    found = await of_code(turn, code)
    if found is None or not turn.known.counted:
        return await arrive(turn, code)
    turn.note(Attended(found.code))
    if turn.known.neighbourhood_id is None:
        turn.note(Placed(found.neighbourhood_id))
    lesson = _lesson(turn, found.topic)
    begin = turn.choice("progress.begin", f"/lesson {lesson.topic}", title=lesson.title)
    return Reply(turn.say("classes.noted", lesson=lesson), turn.ways(begin))


async def choose(turn: Turn, *_: str) -> Reply:
    """Offer the classes that are open, and the lessons to open one for."""
    member = await own(turn)
    found = await turn.read(own_classes, member.neighbourhood_id, turn.inbound.at)
    choices = [
        turn.choice("classes.one", f"/team_class_show {one.code}", title=_lesson(turn, one.topic).title, at=one.at)
        for one in found
    ]
    choices += [
        turn.choice("classes.open", f"/team_class_open {lesson.topic}", title=lesson.title)
        for lesson in turn.house.library
        if lesson.core
    ]
    return Reply(turn.say("classes.choose", member=member), turn.ways(*choices, back="/team"))


async def begin(turn: Turn, topic: str = "", *words: str) -> Reply:
    """Ask where the class is, then open it and give its code."""
    member = await own(turn)
    lesson, place = _lesson(turn, topic), " ".join(words)[:PLACE_CHARACTERS]
    if not place or looks_secret(place):
        hall = turn.choice("classes.hall", f"/team_class_open {topic} -")
        text = turn.say("classes.ask_place", lesson=lesson)
        return Reply(text, turn.ways(hall, back="/team_class"), expects=f"/team_class_open {topic}")
    code = "lop-" + "".join(secrets.choice(LETTERS) for _ in range(6))
    place = turn.say("classes.hall") if place == "-" else place
    turn.note(ClassOpened(member.id, code, lesson.topic, place))
    opened = turn.say("classes.opened", lesson=lesson, place=place)
    return Reply(f"{opened}\n{turn.say('classes.way_in', code=code)}", _inside(turn, code), card=f"{PICTURE}/{code}")


async def way_in(turn: Turn, code: str = "", *_: str) -> Reply:
    """Show once more how people come in to a class."""
    found, lesson = await _own_class(turn, code)
    helper = await turn.read(helper_of, found.neighbourhood_id)
    about = turn.say("classes.about", found=found, lesson=lesson, helper=helper)
    text = f"{about}\n{turn.say('classes.way_in', code=found.code)}"
    return Reply(text, _inside(turn, found.code), card=f"{PICTURE}/{found.code}")


def _inside(turn: Turn, code: str) -> tuple[Choice, ...]:
    who, tick = (
        turn.choice("classes.who", f"/team_class_show {code}"),
        turn.choice("classes.tick", f"/team_tick {code}"),
    )
    return turn.ways(who, tick, back="/team_class")


async def show(turn: Turn, code: str = "", *_: str) -> Reply:
    """Show who came to a class, and offer to ask those who have not proved the skill yet."""
    found, lesson = await _own_class(turn, code)
    came = await turn.read(attendance, found)
    choices = [
        turn.choice("classes.tick", f"/team_tick {found.code}"),
        turn.choice("classes.code", f"/team_class_code {found.code}"),
    ]
    choices += [
        turn.choice("classes.ask", f"/team_oral {resident_id} {found.topic}", name=name)
        for resident_id, name in came.waiting[:PAGE]
    ]
    text = turn.say("classes.attendance", found=found, lesson=lesson, came=came)
    return Reply(text, turn.ways(*choices, back="/team_class"))


async def tick(turn: Turn, code: str = "", *words: str) -> Reply:
    """Tick off one neighbour by a tap, or several by the numbers on show: "1 3 7-12"."""
    found, lesson = await _own_class(turn, code)
    member = await own(turn)
    known = {one.resident_id: one.name for one in await turn.read(all_neighbours, member.neighbourhood_id)}
    tapped = words[:1] == ("id",) and len(words) > 1
    wanted, nobody = ([id_of(words[1])], []) if tapped else _numbered(turn, " ".join(words))
    ticked = [one for one in dict.fromkeys(wanted) if one in known]
    if ticked:
        turn.note(Ticked(member.id, found.code, tuple(ticked)))
    before = await turn.read(there, found.id)
    left = [one for one in known if one not in before and one not in ticked]
    choices = [Choice(known[one], f"/team_tick {found.code} id {one}") for one in left[:PAGE]]
    if not left:
        choices.append(turn.choice("assisted.new", "/team_add"))
    names = [known[one] for one in ticked]
    said = {"names": names, "nobody": nobody, "unclear": bool(words) and not names and not nobody}
    text = turn.say("classes.ticked", lesson=lesson, left=len(left), **said)
    choices.append(turn.choice("classes.who", f"/team_class_show {found.code}"))
    if not before.issuperset(ticked):
        choices.append(turn.choice("classes.undo", f"/team_untick {found.code} {turn.inbound.at:{MOMENT}}"))
    return Reply(text, turn.ways(*choices, back="/team_class"), expects=f"/team_tick {found.code}")


async def untick(turn: Turn, code: str = "", moment: str = "", *_: str) -> Reply:
    """Take back who was ticked off at this moment; twice is harmless."""
    found, _lesson_there = await _own_class(turn, code)
    member = await own(turn)
    try:
        at = dt.datetime.strptime(moment, MOMENT).replace(tzinfo=dt.UTC)
    except ValueError as error:
        raise Stray(moment) from error
    ticked = await turn.read(there, found.id, at)
    if ticked:
        turn.note(Unticked(member.id, found.code, at))
    known = await turn.read(all_neighbours, member.neighbourhood_id)
    text = turn.say("classes.unticked", names=[one.name for one in known if one.resident_id in ticked])
    choices = (
        turn.choice("classes.tick", f"/team_tick {found.code}"),
        turn.choice("classes.who", f"/team_class_show {found.code}"),
    )
    return Reply(text, turn.ways(*choices, back="/team_class"))


def _numbered(turn: Turn, typed: str) -> tuple[list[int], list[int]]:
    """Return the residents behind the numbers typed, as they were on show in the message before; and the odd numbers.

    A range may be typed backwards, and of one that goes too far only what is on show counts.
    """
    shown = {}
    for key, choice in turn.offered.numbered():
        name, *arguments = choice.command.split()
        if name == "/team_tick" and len(arguments) == 3:  # code, "id", the resident
            shown[int(key)] = int(arguments[2])
    numbers: list[int] = []
    nobody: list[int] = []
    for first, last in _range().findall(typed):
        low, high = sorted((int(first), int(last or first)))
        numbers += [one for one in shown if low <= one <= high]
        nobody += [one for one in {low, high} if one not in shown]
    return [shown[one] for one in numbers], sorted(set(nobody))


@cache
def _range() -> re.Pattern[str]:
    """Return the pattern of a number or a range: "7", "7-12", in words too."""
    until = "|".join(map(re.escape, word_lists("ticking")["until"]))
    return re.compile(rf"(\d{{1,4}})(?:\s*(?:{until})\s*(\d{{1,4}}))?")


async def _own_class(turn: Turn, code: str) -> tuple[OpenClass, Lesson]:
    """Return an open class of the member's own neighbourhood. Stray: it is none."""
    member = await own(turn)
    found = await of_code(turn, code)
    if found is None or found.neighbourhood_id != member.neighbourhood_id:
        raise Stray(code)
    return found, _lesson(turn, found.topic)


def _lesson(turn: Turn, topic: str) -> Lesson:
    lesson = turn.house.library.get(topic)
    if lesson is None:
        raise Stray(topic)
    return lesson
