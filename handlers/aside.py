"""Aside: a question in the middle of a lesson, a quiz or joining leads back to where it was asked."""

from dataclasses import replace

from handlers.messages import BACK_KEY, PERSON_KEY, Choice, Reply
from handlers.turn import House, Turn


def ways(turn: Turn, *choices: Choice) -> tuple[Choice, ...]:
    """Return the choices, the way back to what was interrupted, and the way to a person."""
    return (*choices, _back(turn), turn.person())


def kept(turn: Turn, reply: Reply) -> Reply:
    """Return a reply that leads back to what it interrupted, instead of where it leads back to by itself."""
    own = (choice for choice in reply.choices if choice.key not in (BACK_KEY, PERSON_KEY))
    return replace(reply, choices=ways(turn, *own))


def resumed(house: House, reply: Reply) -> Reply:
    """Return what is on show with a word of welcome, and of the lesson asked about; the menu needs none."""
    if not any(choice.key == BACK_KEY for choice in reply.choices):
        return reply
    name, topic, *_ = [*reply.choices[0].command.split(), "", ""]
    lesson = house.library.get(topic) if name in ("/answer", "/lesson", "/quiz") else None
    welcome = house.speech.say("common.welcome_back", title=lesson.title if lesson else "")
    return replace(reply, text=f"{welcome}\n\n{reply.text}")


def _back(turn: Turn) -> Choice:
    """Return the way back: the one on offer already, else to the place that is on show, else to the menu."""
    label = turn.say("common.to_place")
    on_show = {choice.key: choice for choice in turn.offered.choices}.get(BACK_KEY)
    if on_show and on_show.label == label:
        return on_show
    place = place_of(turn, on_show.command if on_show else "")
    return Choice(label, place, BACK_KEY) if place else turn.back()


def place_of(turn: Turn, back: str) -> str:
    """Return the command that shows again what is on show, `back` being that of its way back; empty: there is none."""
    commands = [choice.command.split() for choice in turn.offered.choices]
    labels = {choice.label for choice in turn.offered.choices}
    match commands:
        case [["/answer", topic, number, *_], *_]:
            return f"/quiz {topic} {number}"
        case [["/lesson" | "/quiz", topic, *_], *_] if turn.say("lesson.later") in labels:
            before = back.split()[2:] if back.startswith("/lesson ") else ["0"]
            return f"/lesson {topic} {int(before[0]) + 1}"
        case [["/consent", *code], *_] if turn.say("start.look") in labels:
            return " ".join(["/start", *code])
        case [["/count", _, *code], *_] if turn.say("start.no_count") in labels:
            return " ".join(["/consent", *code])
        case [["/count", "child", *code], *_]:
            return " ".join(["/minor", *code])
        case [["/confirm", _, *join], *_]:
            return " ".join(["/neighbourhoods", "1", *join])
        case [["/place", code, "join"], *_] if turn.say("neighbourhood.right") in labels:
            return f"/confirm {code} join"
        case [["/remind", "yes"], *_]:
            return "/remind"
    return ""
