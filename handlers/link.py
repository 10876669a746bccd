"""One person on several channels: a six-digit code joins their conversations, and counts them once."""

import datetime as dt
import re
import secrets

from handlers import progress
from handlers.messages import Reply
from handlers.turn import Turn
from storage.facts import Linked, LinkMissed, LinkOffered, Unlinked
from storage.links import channels_of, misses, owner

MINUTES = 10
"""How long a code can be used, and how far back wrong ones are counted."""
OWN_MISSES = 5
ALL_MISSES = 50
"""Wrong codes after which one conversation, or everybody, must wait: of a million codes nobody guesses one so."""


def new_code() -> str:
    """Return a code of six digits, without leading zeros, which people leave out."""
    return str(100_000 + secrets.randbelow(900_000))


async def link(turn: Turn, typed: str = "", *more: str) -> Reply:
    """Give a code for another channel; or take the one that was typed, or ask for it."""
    digits = re.sub(r"\D", "", " ".join((typed, *more)))
    if typed and not digits:
        return Reply(turn.say("link.ask_code"), turn.ways(back="/mydata"), expects="/link")
    if digits:
        return await _take(turn, digits)
    if turn.known.resident_id is None:
        return Reply(turn.say("link.ask_code"), turn.ways(back="/mydata"), expects="/link")
    code = new_code()
    turn.note(LinkOffered(code))
    text = turn.say("link.offered", code=f"{code[:3]} {code[3:]}")
    return Reply(text, turn.ways(turn.choice("common.menu", "/menu"), back="/mydata"))


async def _take(turn: Turn, code: str) -> Reply:
    """Join this conversation to the resident who was given the code."""
    now = turn.inbound.at
    own, everybody = await turn.read(misses, turn.known.conversation_id, now - dt.timedelta(minutes=MINUTES))
    if own >= OWN_MISSES or everybody >= ALL_MISSES:
        return Reply(turn.say("link.too_often"), turn.ways(turn.choice("common.menu", "/menu")))
    resident_id = await turn.read(owner, code, now)
    if resident_id is None:
        turn.note(LinkMissed())
        return Reply(turn.say("link.missed"), turn.ways(turn.choice("common.menu", "/menu")), expects="/link")
    if resident_id == turn.known.resident_id:
        return await progress.menu(turn, before=turn.say("link.already"))
    turn.note(Linked(code))
    choices = (turn.choice("common.go_on", "/menu"), turn.choice("progress.my_data", "/mydata"))
    return Reply(turn.say("link.linked"), (*choices, turn.person()))


async def unlink(turn: Turn, sure: str = "", *_: str) -> Reply:
    """Part this conversation from the resident's others at the second tap."""
    if turn.known.resident_id is None or len(await turn.read(channels_of, turn.known.resident_id)) < 2:
        return await progress.menu(turn)
    if sure != "yes":
        choices = (turn.choice("link.part_now", "/unlink yes"), turn.choice("mydata.keep", "/mydata"))
        return Reply(turn.say("link.ask_part"), turn.ways(*choices, back="/mydata"))
    turn.note(Unlinked())
    return Reply(turn.say("link.parted"), (turn.choice("start.begin", "/start"), turn.person()))
