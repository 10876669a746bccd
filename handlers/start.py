"""Joining: who we are, the two consent questions and the age band; nothing is agreed to by silence."""

from dataclasses import replace

from handlers import agreeing, classes, neighbourhood, progress, question, team
from handlers.messages import BACK_KEY, Reply
from handlers.turn import Stray, Turn
from storage.facts import AgeTold, Attended, Consented
from storage.places import was_split
from storage.tables import AGE_BANDS

CONSENT_VERSION = "2026-11"
"""Changes whenever texts/start.j2 asks for something else than before."""


async def start(turn: Turn, code: str = "", *_: str) -> Reply:
    """Welcome a new resident, or one who followed a link: a neighbourhood's, a class's, an invitation."""
    if team.INVITATION.fullmatch(code.lower()):
        return await team.invited(turn, code.lower())
    if classes.CODE.fullmatch(code.lower()):
        return await classes.arrive(turn, code.lower())
    begun = turn.offered.expects.split()  # whoever greets once more has followed the same link
    code = code or ("".join(begun[1:]) if begun[:1] == ["/agreed"] else "")
    place = await neighbourhood.of_code(turn, code)
    if turn.known.counted:
        if place and place.id != turn.known.neighbourhood_id:
            return await neighbourhood.confirm(turn, place.code)
        homeless = code and turn.known.neighbourhood_id is None
        if homeless and await turn.read(was_split, turn.house.ward.id, code.lower()):
            return await neighbourhood.pick(turn)
        return await progress.menu(turn)
    text = turn.say("start.welcome", place=place.name if place else "", buttons=turn.inbound.buttons)
    begin = turn.choice("start.begin", f"/consent {place.code if place else ''}".strip())
    ways = (begin, turn.choice("start.look", "/menu"), turn.person())
    return Reply(text, ways, expects=begin.command.replace("/consent", "/agreed"))


async def consent(turn: Turn, code: str = "", *_: str) -> Reply:
    """Ask the first question: may we count you? Whoever agrees tells the age band in the same tap."""
    code = await _link(turn, code)
    choices = (
        turn.choice("start.yes_senior", f"/count senior {code}".strip()),
        turn.choice("start.yes_adult", f"/count adult {code}".strip()),
        turn.choice("start.minor", f"/minor {code}".strip()),
        turn.choice("start.no_count", "/uncounted"),
    )
    ways = turn.ways(*choices, back=f"/start {code}".strip())
    return Reply(turn.say("start.ask_count"), ways, expects=f"/agreed {code}".strip())


async def agreed(turn: Turn, *arguments: str) -> Reply:
    """Take what was typed at the first question: an age and a clear yes are the consent, an age alone is not.

    Before the question was read nothing is. After a question of the resident's own it is still this one that is open.
    """
    typed, code = arguments[-1] if arguments else "", arguments[0] if len(arguments) > 1 else ""
    told = agreeing.told(typed, turn.today.year)
    if typed.isdecimal() and len(typed) < 3 and not (told and told.age):
        return await question.again(turn, typed)
    if place := await neighbourhood.alone(turn, typed):
        asked = await consent(turn, place.code)
        return replace(asked, text=turn.say("start.which_age")) if _is_asked(turn) else asked
    if told is None or not (told.age or told.agrees or _is_asked(turn)):
        answer = await question.ask(turn, typed)
        return answer if answer.expects else replace(answer, expects=turn.offered.expects)
    asked = await consent(turn, code)
    if not _is_asked(turn):
        return asked
    if told.refuses:
        return await uncounted(turn)
    if told.band == "child":
        return await minor(turn, code)
    if told.band and told.agrees:
        return await count(turn, told.band, code)
    if not told.band:
        return replace(asked, text=turn.say("start.which_age"))
    fitting = next(choice for choice in asked.choices if choice.command.split()[:2] == ["/count", told.band])
    back = asked.expects.replace("/agreed", "/consent")
    ways = turn.ways(fitting, turn.choice("start.no_count", "/uncounted"), back=back)
    return Reply(turn.say("start.fits_age", age=told.age), ways, expects=asked.expects)


def _is_asked(turn: Turn) -> bool:
    """Return whether the question of consent is on show, or one tap back."""
    return any(
        choice.command.startswith("/count ") or (choice.key == BACK_KEY and choice.command.startswith("/consent"))
        for choice in turn.offered.choices
    )


async def minor(turn: Turn, code: str = "", *_: str) -> Reply:
    """Ask a child for the guardian's consent; without it, or under seven, they learn unrecorded."""
    code = await _link(turn, code)
    choices = (
        turn.choice("start.guardian_yes", f"/count child {code}".strip()),
        turn.choice("start.guardian_no", "/menu"),
    )
    ways = turn.ways(*choices, back=f"/consent {code}".strip())
    return Reply(turn.say("start.ask_guardian"), ways, expects=f"/agreed {code}".strip())


async def count(turn: Turn, age_band: str = "", code: str = "", *_: str) -> Reply:
    """Record the consent to be counted, and go on to the neighbourhood."""
    if age_band not in AGE_BANDS:
        raise Stray(age_band)
    typed = turn.inbound.text
    if not typed.startswith("/") and (told := agreeing.told(typed, turn.today.year)) and told.age and not told.agrees:
        return await agreed(turn, code, typed)  # part of a label: "từ 60 tuổi" tells an age, and agrees to nothing
    turn.note(Consented("count", True, CONSENT_VERSION, guardian=age_band == "child"))
    turn.note(AgeTold(age_band))
    if age_band == "child" and turn.known.reminded:  # a guardian agreed to counting, not to messages
        turn.note(Consented("remind", False, CONSENT_VERSION))
    if found := await classes.of_code(turn, code):
        turn.note(Attended(found.code))
        return await neighbourhood.confirm(turn, found.neighbourhood_code, "join")
    if code := await _link(turn, code) or turn.known.neighbourhood_code or "":
        return await neighbourhood.confirm(turn, code, "join")
    return await neighbourhood.pick(turn, "1", "join")


async def uncounted(turn: Turn, *_: str) -> Reply:
    """Stop counting, or never begin: what was agreed to can be taken back, and given again."""
    if turn.known.resident_id:
        turn.note(Consented("count", False, CONSENT_VERSION))
    choices = (turn.choice("common.menu", "/menu"), turn.choice("start.agree_after_all", "/consent"))
    return Reply(turn.say("start.uncounted", withdrawn=turn.known.resident_id is not None), (*choices, turn.person()))


async def remind(turn: Turn, answer: str = "", *_: str) -> Reply:
    """Ask the second question, may we remind you?, or record its answer."""
    if turn.known.resident_id is None:  # nobody is reminded whose age is not known
        raise Stray(answer)
    if turn.known.age_band == "child":  # a guardian agreed to counting, not to messages
        return await progress.menu(turn)
    if answer not in ("yes", "no"):
        choices = (turn.choice("start.yes_remind", "/remind yes"), turn.choice("start.no_remind", "/remind no"))
        return Reply(turn.say("start.ask_remind"), turn.ways(*choices))
    turn.note(Consented("remind", answer == "yes", CONSENT_VERSION))
    return await progress.menu(turn, before=turn.say("start.remind_noted", agreed=answer == "yes"))


async def _link(turn: Turn, code: str) -> str:
    """Return the code if it is a neighbourhood's or a class's: what else may be typed is carried no further."""
    if await classes.of_code(turn, code):
        return code
    place = await neighbourhood.of_code(turn, code)
    return place.code if place else ""
