"""Whatever fits nowhere else: free text, numbers not on offer, pictures and voices, stray commands, a person."""

from rapidfuzz import fuzz, process

from faq.secret import looks_secret
from faq.text import fold
from handlers import progress
from handlers.messages import Reply
from handlers.turn import Turn

NEAR = 60
"""How alike a question and a lesson must be for the lesson to be suggested, of 100."""
SUGGESTIONS = 3


async def ask(turn: Turn, *words: str) -> Reply:
    """Suggest the lessons that a question may be about. What looks like a secret is not even looked at."""
    text = " ".join(words)
    if looks_secret(text):
        return refuse(turn)
    if not text:
        return await progress.menu(turn)
    lessons = list(turn.house.library)
    described = [fold(f"{lesson.title} {lesson.summary}") for lesson in lessons]
    near = process.extract(fold(text), described, scorer=fuzz.token_set_ratio, score_cutoff=NEAR, limit=SUGGESTIONS)
    if not near:
        return _offer_again(turn, turn.say("question.unknown"))
    choices = [
        turn.choice("question.suggested", f"/lesson {lessons[place].topic}", title=lessons[place].title)
        for _, _, place in near
    ]
    choices.append(turn.choice("progress.lessons", "/lessons"))
    return Reply(turn.say("question.maybe"), turn.ways(*choices))


def refuse(turn: Turn) -> Reply:
    """Say that a secret was not looked at and should not be sent to anybody."""
    return _offer_again(turn, turn.say("question.secret"))


async def person(turn: Turn, *_: str) -> Reply:
    """Say how to reach a person."""
    return _offer_again(turn, turn.say("question.person"))


async def again(turn: Turn, number: str = "", *_: str) -> Reply:
    """Say that this number is not on offer, or that the words fit several choices; offer the same once more."""
    return _offer_again(
        turn, turn.say("question.again", number=number if number.isdecimal() and len(number) < 3 else "")
    )


async def unreadable(turn: Turn, kind: str = "other", *_: str) -> Reply:
    """Answer kindly to what is no text."""
    return _offer_again(turn, turn.say("question.unreadable", kind=kind))


async def stray(turn: Turn, *_: str) -> Reply:
    """Answer a command that leads nowhere with the menu."""
    return await progress.menu(turn, before=turn.say("question.stray"))


def _offer_again(turn: Turn, text: str) -> Reply:
    """Say something and offer what was on offer, so that nobody loses their place."""
    menu = (turn.choice("common.menu", "/menu"), turn.choice("progress.lessons", "/lessons"), turn.person())
    return Reply(text, turn.offered.choices or menu, expects=turn.offered.expects)
