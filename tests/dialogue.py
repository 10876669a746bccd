"""Talking to the core in tests: a resident who says things, and the check of a whole dialogue."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from handlers.core import Core
from handlers.messages import Inbound, Reply

NOON = dt.datetime(2026, 11, 21, 5, 0, tzinfo=dt.UTC)
"""Twelve o'clock in Viet Nam."""


@dataclass
class Resident:
    """Somebody who talks to the core on one channel."""

    core: Core
    address: str = "ba-tu"
    channel: str = "console"
    now: dt.datetime = NOON
    events: "count[int]" = field(default_factory=count)

    def message(self, text: str, event: str = "", kind: str = "text") -> Inbound:
        """Return the message this resident sends by saying so."""
        event = event or f"event-{next(self.events)}"
        return Inbound(self.channel, "phuong-thu", self.address, event, text, self.now, kind=kind)

    async def say(self, text: str, event: str = "", kind: str = "text") -> Reply:
        """Say something; return the answer."""
        reply = await self.core.answer(self.message(text, event, kind))
        assert reply is not None
        return reply

    async def join(self, code: str = "kp5", age: str = "1", remind: str = "2") -> Reply:
        """Go from the neighbourhood's link to the menu: begin, agree, confirm, answer the reminder question."""
        for said in (f"/start {code}", "1", age, "1", remind):
            reply = await self.say(said)
        return reply


def written(reply: Reply) -> str:
    """Return the reply as one text, choices with their numbers below."""
    choices = [f"[{key}] {choice.label}" for key, choice in reply.numbered()]
    picture = [f"({reply.picture})"] if reply.picture else []
    return "\n".join([*picture, reply.text, *choices])


async def verify_dialogue(resident: Resident, lines: Sequence[tuple[str, str]]) -> None:
    """Say the first of each pair and check that the answer holds the second."""
    for said, expected in lines:
        answered = written(await resident.say(said))
        assert expected in answered, f"after «{said}» expected «{expected}», got:\n{answered}"
