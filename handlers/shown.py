"""The resident lets the team of the neighbourhood see them by a name, and takes it back."""

from faq.secret import looks_secret
from faq.text import fold
from handlers import progress
from handlers.messages import Reply
from handlers.turn import Stray, Turn
from storage.facts import Praised, Shown
from storage.neighbours import shown_name

SHOWN_VERSION = "2026-11"
"""Changes whenever texts/shown.j2 asks for something else than before."""
PRAISE_VERSION = "2026-11"
"""Likewise, for what being named in praise means."""
NAME_CHARACTERS = 40


async def show(turn: Turn, *words: str) -> Reply:
    """Ask for the name to be called by, with house or group; typing one is agreeing."""
    if not (turn.known.counted and turn.known.neighbourhood_id) or turn.known.age_band == "child":
        raise Stray("shown")
    name, _, house = (part.strip() for part in " ".join(words).partition(","))
    if not fold(name) or looks_secret(name + house):
        return Reply(
            turn.say("shown.ask", place=turn.known.neighbourhood_name), turn.ways(back="/mydata"), expects="/shown"
        )
    turn.note(Shown(name[:NAME_CHARACTERS], house[:NAME_CHARACTERS], SHOWN_VERSION))
    offered = turn.choice("shown.offer_praise", "/praise")
    choices = (turn.choice("common.menu", "/menu"), offered, turn.choice("common.undo", "/unshown"))
    return Reply(turn.say("shown.noted", name=name[:NAME_CHARACTERS]), turn.ways(*choices))


async def praise(turn: Turn, sure: str = "", *_: str) -> Reply:
    """Ask whether the ward may name them in praise; note the answer. Only of who has told a name."""
    resident_id = turn.known.resident_id
    if resident_id is None or await turn.read(shown_name, resident_id) is None:
        raise Stray("praise")
    if sure not in ("yes", "no"):
        choices = (turn.choice("shown.may_praise", "/praise yes"), turn.choice("shown.no_praise", "/praise no"))
        return Reply(turn.say("shown.ask_praise", ward=turn.house.ward.name), turn.ways(*choices, back="/mydata"))
    turn.note(Praised(sure == "yes", PRAISE_VERSION))
    said = turn.say("shown.may_be_praised" if sure == "yes" else "shown.not_praised")
    undo = turn.choice("common.undo", "/praise no" if sure == "yes" else "/praise yes")
    return Reply(said, turn.ways(turn.choice("common.menu", "/menu"), undo))


async def hide(turn: Turn, *_: str) -> Reply:
    """Take the name back: from now on the resident is a number to the team."""
    if turn.known.resident_id is None:
        return await progress.menu(turn)
    turn.note(Shown("", "", SHOWN_VERSION))
    return Reply(turn.say("shown.hidden"), turn.ways(turn.choice("common.menu", "/menu")))
