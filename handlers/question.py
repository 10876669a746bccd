"""Questions in one's own words: an answer, three to choose from, or a person; and whatever fits nowhere else."""

from rapidfuzz import fuzz, process

from faq.bank import Asked
from faq.matcher import SUGGESTIONS
from faq.secret import looks_secret
from faq.text import fold
from handlers import aside, progress, scam
from handlers.messages import Choice, Reply
from handlers.turn import Stray, Turn
from storage.facts import Unanswered

NEAR = 85
"""How alike a question and the title of a lesson must be for the lesson to be suggested, of 100."""
CERTAIN = 0.95
"""From here on words are a question though something else was asked: "nhà máy nước", a place, comes to 0.93."""
FEWEST_CHARACTERS = 12
"""Fewer say too little to choose by."""
LABEL_CHARACTERS = 60
"""More fit on no button."""


async def ask(turn: Turn, *words: str) -> Reply:
    """Answer a question, offer what it may mean, or say kindly that it is beyond us. A secret is not even looked at."""
    text = " ".join(words)
    if looks_secret(text) and not scam.holds_message(text):
        return refuse(turn)
    if not text:
        return await progress.menu(turn)
    match = turn.house.bank.match(text)
    if told := scam.deed_told(turn, text, answered=match.action == "answer"):
        return aside.kept(turn, await scam.done(turn, told))
    if about_message := await scam.of_pasted(turn, text, answered=match.action == "answer"):
        return about_message
    look = scam.look_too(turn, text)
    if match.action == "answer":
        first, *others = match.others_after_answer
        return _answered(turn, first, others, look)
    if match.action == "offer" and match.suggestions:
        _keep(turn, text)
        return _offered(turn, "question.maybe", match.suggestions, look)
    if look:
        return await scam.look(turn)
    if near := _near_lessons(turn, text):
        return Reply(turn.say("question.lessons"), aside.ways(turn, *near, turn.choice("progress.lessons", "/lessons")))
    _keep(turn, text)
    return offer_again(turn, turn.say("question.unknown"))


async def look(turn: Turn, *words: str) -> Reply:
    """Judge the message that was pasted, or ask for one; a clear question of one's own is answered."""
    text = " ".join(words).strip()
    own = text and not looks_secret(text) and scam.is_harmless_question(text)
    if own and turn.house.bank.match(text).action == "answer":
        return await ask(turn, text)
    return await scam.look(turn, *words)


def is_one(turn: Turn, text: str) -> bool:
    """Return whether this is clearly a question, or a message to be judged, whatever else was asked for."""
    return turn.house.bank.match(text).sureness >= CERTAIN or scam.holds_message(text)


async def entry(turn: Turn, code: str = "", *_: str) -> Reply:
    """Answer the question that was chosen."""
    return _answered(turn, _of_code(turn, code), ())


async def others(turn: Turn, *codes: str) -> Reply:
    """Offer other questions when the answer was to none that was asked."""
    return _offered(turn, "question.others", [_of_code(turn, code) for code in codes[:SUGGESTIONS]])


def refuse(turn: Turn) -> Reply:
    """Say that a secret was not looked at and should not be sent to anybody."""
    return offer_again(turn, turn.say("question.secret"))


async def again(turn: Turn, number: str = "", *_: str) -> Reply:
    """Say that this number is not on offer, or that the words fit several choices; offer the same once more."""
    return offer_again(
        turn, turn.say("question.again", number=number if number.isdecimal() and len(number) < 3 else "")
    )


async def thanks(turn: Turn, *_: str) -> Reply:
    """Take thanks kindly; the place is kept."""
    return offer_again(turn, turn.say("question.thanks"))


async def despair(turn: Turn, *_: str) -> Reply:
    """Tell whoever does not want to live, or fears it of somebody near, whom to call now; nothing else is offered."""
    return Reply(turn.say("question.despair"), aside.ways(turn))


async def unreadable(turn: Turn, kind: str = "other", *_: str) -> Reply:
    """Answer kindly to what is no text."""
    if kind == "picture" and turn.offered.expects in ("/scam", "/share_scam"):
        return offer_again(turn, turn.say("scam.picture"))
    return offer_again(turn, turn.say("question.unreadable", kind=kind))


async def stray(turn: Turn, *_: str) -> Reply:
    """Answer a command that leads nowhere with the menu."""
    return await progress.menu(turn, before=turn.say("question.stray"))


def label(asked: Asked) -> str:
    """Return the question as a title that fits a button: the first short phrasing, or the shortest, cut."""
    fitting = (text for text in asked.entry.ask if FEWEST_CHARACTERS <= len(text) <= LABEL_CHARACTERS)
    found = next(fitting, min(asked.entry.ask, key=len))
    if len(found) > LABEL_CHARACTERS:
        found = f"{found[: LABEL_CHARACTERS - 1].rpartition(' ')[0]}…"
    return found[0].upper() + found[1:]


def _keep(turn: Turn, text: str) -> None:
    """Let the office see what was asked and not answered, as the reply says; nothing that tells who asked."""
    if kept := turn.house.bank.kept(text):
        turn.note(Unanswered(kept))


def _near_lessons(turn: Turn, text: str) -> list[Choice]:
    """Return the lessons whose titles are in the text, or the other way round."""
    lessons = [lesson for lesson in turn.house.library if lesson.check_again > turn.today]
    titles = [fold(lesson.title) for lesson in lessons]
    near = process.extract(fold(text), titles, scorer=fuzz.token_set_ratio, score_cutoff=NEAR, limit=SUGGESTIONS)
    return [
        turn.choice("question.suggested", f"/lesson {lessons[place].topic}", title=lessons[place].title)
        for _, _, place in near
    ]


def _of_code(turn: Turn, code: str) -> Asked:
    found = turn.house.bank.get(code)
    if found is None:
        raise Stray(code)
    return found


def _answered(
    turn: Turn, asked: Asked, others: list[Asked] | tuple[Asked, ...], look: tuple[Choice, ...] = ()
) -> Reply:
    """Say the answer with its source, and where to learn more; `others` are what else may have been asked."""
    choices = list(look)
    lesson = turn.house.library.get(asked.entry.lesson or asked.topic)
    if lesson:
        choices.append(turn.choice("question.suggested", f"/lesson {lesson.topic}", title=lesson.title))
    if others:
        codes = " ".join(other.code for other in others)
        choices.append(turn.choice("question.not_this", f"/others {codes}"))
    if not look and not (lesson and others):
        choices.append(turn.choice("progress.lessons", "/lessons"))
    text = turn.say("question.answer", asked=asked)
    return Reply(text, aside.ways(turn, *choices))


def _offered(turn: Turn, text: str, found: list[Asked] | tuple[Asked, ...], look: tuple[Choice, ...] = ()) -> Reply:
    """Offer questions, three ways on at most: with the way back and the person Zalo has a button for each."""
    choices = [Choice(label(asked), f"/entry {asked.code}") for asked in found]
    lessons = turn.choice("progress.lessons", "/lessons")
    return Reply(turn.say(text), aside.ways(turn, *[*look, *choices, lessons][:SUGGESTIONS]))


def offer_again(turn: Turn, text: str) -> Reply:
    """Say something and offer what was on offer, so that nobody loses their place."""
    menu = (turn.choice("common.menu", "/menu"), turn.choice("progress.lessons", "/lessons"), turn.person())
    return Reply(text, turn.offered.choices or menu, expects=turn.offered.expects)
