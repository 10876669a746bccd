"""Reminders that could not be sent: told when the resident comes by themselves, once, where they arrive."""

from dataclasses import replace

from handlers import progress
from handlers.messages import Reply
from handlers.reminder import exists, title_of, way_of
from handlers.turn import Turn
from storage.facts import RemindedHere
from storage.receipts import parked
from storage.tables import REFRESH

ARRIVALS = frozenset({"menu", "start", "lessons", "results", "ask", "entry", "person"})
"""After these it may be told; in the middle of a lesson or a quiz it would only disturb."""


async def with_parked(turn: Turn, command: str, reply: Reply) -> Reply:
    """Return the reply with what the resident could not be reminded of, and the way there."""
    known = turn.known
    if command not in ARRIVALS or not (known.parked and known.counted and known.reminded) or known.resident_id is None:
        return reply
    aims = await turn.read(parked, known.resident_id)
    learnt = await progress.record(turn)
    useless = {aim.topic for aim in aims if aim.topic != REFRESH and all(map(learnt.has, aim.topics))}
    useless |= {aim.topic for aim in aims if not exists(turn.house.library, aim.topic)}
    left = [aim.topic for aim in aims if aim.topic not in useless]
    turn.note(RemindedHere(tuple(left), tuple(sorted(useless))))
    if not left:
        return reply
    told = turn.say("reminder.parked", titles=[title_of(turn.house, topic) for topic in left])
    way = turn.choice("reminder.go_on", way_of(left[0]))
    offered = any(choice.command == way.command for choice in reply.choices)
    ahead = [*(choice for choice in reply.choices if not choice.key), *([] if offered else [way])]
    after = [choice for choice in reply.choices if choice.key]
    return replace(reply, text=f"{reply.text}\n\n{told}", choices=(*ahead, *after), card="")
