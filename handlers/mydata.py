"""The resident's own data: to see it, to stop reminders, to take consent back, to erase everything."""

import secrets
from typing import Any

from handlers import question, reminder
from handlers.messages import Reply
from handlers.start import CONSENT_VERSION
from handlers.turn import House, Turn
from storage.certificates import all_of as certificates_of
from storage.classes import attended
from storage.conversations import Known
from storage.facts import Consented, Erased
from storage.help_requests import own as own_request
from storage.learning import record_of
from storage.links import channels_of
from storage.neighbours import shown_name
from storage.praise import agreed
from storage.pushes import allowed
from storage.receipts import reminded
from storage.refreshes import count_of
from storage.residents import consents_of
from storage.team import member_of

REMINDERS = 5
"""So many are told one by one."""


async def show(turn: Turn, *_: str) -> Reply:
    """Show everything that is held, and what can be changed."""
    known = turn.known
    helped = await turn.read(own_request, known.conversation_id, known.resident_id)
    member = await turn.read(member_of, known.conversation_id)
    if known.resident_id is None:
        agree, erasing = turn.choice("start.agree_after_all", "/consent"), turn.choice("mydata.erase", "/erase")
        return Reply(
            turn.say("mydata.nothing", helped=helped, member=member),
            turn.ways(agree, turn.choice("link.enter", "/link code"), erasing),
        )
    values = await held(turn.house, known)
    choices = [turn.choice("mydata.move", "/neighbourhoods")]
    if known.counted:
        choices.append(turn.choice("mydata.uncount", "/uncounted"))
    else:
        choices.append(turn.choice("start.agree_after_all", "/consent"))
    if known.reminded:
        choices.append(turn.choice("mydata.stop", "/stop"))
    elif known.age_band != "child":
        choices.append(turn.choice("mydata.remind", "/remind yes"))
    if values["seen_as"]:
        choices.append(turn.choice("shown.take_back", "/unshown"))
        named = "shown.take_praise_back" if values["praised"] else "shown.offer_praise"
        choices.append(turn.choice(named, "/praise no" if values["praised"] else "/praise"))
    elif known.counted and known.neighbourhood_id and known.age_band != "child":
        choices.append(turn.choice("shown.offer", "/shown"))
    choices.append(turn.choice("link.offer", "/link"))
    if len(values["channels"]) > 1:
        choices.append(turn.choice("link.part", "/unlink"))
    choices.append(turn.choice("mydata.erase", "/erase"))
    return Reply(turn.say("mydata.held", **values), turn.ways(*choices))


async def held(house: House, known: Known) -> dict[str, Any]:
    """Return all that is held of a resident, as `mydata.held` tells it."""
    resident_id, read = known.resident_id, house.database.read
    assert resident_id is not None  # noqa: S101  of nobody else is anything held
    learnt = await read(record_of, resident_id)
    count, latest = await read(reminded, resident_id, REMINDERS)
    return {
        "known": known,
        "titles": [lesson.title for lesson in house.library if learnt.has(lesson.topic)],
        "begun": len(learnt.positions),
        "consents": await read(consents_of, resident_id),
        "channels": await read(channels_of, resident_id),
        "certificates": [certificate.code for certificate in await read(certificates_of, resident_id)],
        "path": house.library.paths.get(known.path or ""),
        "helped": await read(own_request, known.conversation_id, resident_id),
        "member": await read(member_of, known.conversation_id),
        "seen_as": await read(shown_name, resident_id),
        "praised": await read(agreed, resident_id),
        "attended": await read(attended, resident_id),
        "refreshed": await read(count_of, resident_id),
        "pushed": await read(allowed, resident_id),
        "reminded": (count, [(reminder.title_of(house, one.topic), one.at) for one in latest]),
    }


async def stop(turn: Turn, *_: str) -> Reply:
    """Stop all reminders at once; it can be undone."""
    if turn.known.resident_id is None or not turn.known.reminded:
        return question.offer_again(turn, turn.say("mydata.never_reminded"))
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
