"""The resident's own data: to see it, to stop reminders, to take consent back, to erase everything."""

import secrets

from handlers import progress
from handlers.messages import Reply
from handlers.start import CONSENT_VERSION
from handlers.turn import Turn
from storage.facts import Consented, Erased
from storage.links import channels_of
from storage.residents import consents_of


async def show(turn: Turn, *_: str) -> Reply:
    """Show everything that is held, and what can be changed."""
    known = turn.known
    if known.resident_id is None:
        agree, erasing = turn.choice("start.agree_after_all", "/consent"), turn.choice("mydata.erase", "/erase")
        return Reply(turn.say("mydata.nothing"), turn.ways(agree, turn.choice("link.enter", "/link code"), erasing))
    learnt = await progress.record(turn)
    titles = [lesson.title for lesson in turn.house.library if learnt.has(lesson.topic)]
    consents = await turn.read(consents_of, known.resident_id)
    choices = [turn.choice("mydata.move", "/neighbourhoods")]
    if known.counted:
        choices.append(turn.choice("mydata.uncount", "/uncounted"))
    else:
        choices.append(turn.choice("start.agree_after_all", "/consent"))
    if known.reminded:
        choices.append(turn.choice("mydata.stop", "/stop"))
    elif known.age_band != "child":
        choices.append(turn.choice("mydata.remind", "/remind yes"))
    channels = await turn.read(channels_of, known.resident_id)
    choices.append(turn.choice("link.offer", "/link"))
    if len(channels) > 1:
        choices.append(turn.choice("link.part", "/unlink"))
    choices.append(turn.choice("mydata.erase", "/erase"))
    text = turn.say(
        "mydata.held",
        known=known,
        titles=titles,
        begun=len(learnt.positions),
        consents=consents,
        channels=channels,
    )
    return Reply(text, turn.ways(*choices))


async def stop(turn: Turn, *_: str) -> Reply:
    """Stop all reminders at once; it can be undone."""
    if turn.known.resident_id is None or not turn.known.reminded:
        return Reply(turn.say("mydata.never_reminded"), turn.ways(turn.choice("common.menu", "/menu")))
    turn.note(Consented("remind", False, CONSENT_VERSION))
    choices = (turn.choice("common.menu", "/menu"), turn.choice("common.undo", "/remind yes"))
    return Reply(turn.say("mydata.stopped"), turn.ways(*choices))


async def erase(turn: Turn, sure: str = "", *_: str) -> Reply:
    """Erase everything at the second tap, with a receipt."""
    if sure != "yes":
        choices = (turn.choice("mydata.erase_now", "/erase yes"), turn.choice("mydata.keep", "/mydata"))
        return Reply(turn.say("mydata.ask_erase"), turn.ways(*choices, back="/mydata"))
    receipt = secrets.token_hex(4).upper()
    turn.note(Erased(receipt))
    begin = turn.choice("start.begin", "/start")
    return Reply(turn.say("mydata.erased", receipt=receipt, at=turn.inbound.at), (begin, turn.person()))
