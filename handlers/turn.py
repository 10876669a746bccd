"""A turn: all a handler may use to answer one message."""

import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Concatenate, TypeVar, TypeVarTuple

from sqlalchemy import Connection

from faq.bank import Bank
from handlers.hours import USUAL, Hours
from handlers.messages import BACK_KEY, PERSON_KEY, Choice, Inbound, Reply
from handlers.speech import VIET_NAM, Speech
from handlers.targets import USUAL_TARGETS, Targets
from lessons.library import Library
from storage.audience import FREE_ONLY, Ways
from storage.conversations import Known
from storage.database import Database
from storage.facts import Consented, Fact, Learning
from storage.neighbourhoods import Ward

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Stray(Exception):
    """A command that leads nowhere: mistyped, outdated or made up. The resident gets the menu."""


@dataclass(frozen=True, slots=True)
class House:
    """What every turn of a ward has at hand."""

    database: Database
    library: Library
    bank: Bank
    speech: Speech
    ward: Ward
    pass_percent: int  # share of questions right at the first choice that passes a quiz; the ward decides
    targets: Targets = USUAL_TARGETS  # share of adults who should have the basic skills, year by year
    hours: Hours = USUAL  # in which residents may be reminded
    ways: Ways = FREE_ONLY  # of writing to them that the office set up


@dataclass(slots=True)
class Turn:
    """All a handler may use for one Inbound. It reads, decides and notes; it never writes."""

    house: House
    inbound: Inbound
    known: Known
    offered: Reply  # what was on show when the message was sent
    facts: list[Fact] = field(default_factory=list)

    def say(self, name: str, /, **values: Any) -> str:
        """Return the text of this name."""
        return self.house.speech.say(name, **values)

    def note(self, fact: Fact) -> None:
        """Note a fact to be remembered; learning is noted only of those who agreed to be counted."""
        if self.known.counted or not isinstance(fact, Learning):
            self.facts.append(fact)

    async def read(self, work: Callable[[Connection, *Ts], T], *arguments: *Ts) -> T:
        """Return what `work` reads from storage."""
        return await self.house.database.read(work, *arguments)

    def choice(self, label: str, command: str, **values: Any) -> Choice:
        """Return a choice whose label is the text of this name."""
        return Choice(self.say(label, **values), command)

    def back(self, command: str = "/menu") -> Choice:
        """Return the way back, 0 everywhere."""
        return Choice(self.say("common.back"), command, BACK_KEY)

    def person(self) -> Choice:
        """Return the way to a person, 9 everywhere."""
        return Choice(self.say("common.person"), "/person", PERSON_KEY)

    def ways(self, *choices: Choice, back: str = "/menu") -> tuple[Choice, ...]:
        """Return the choices and, after them, the two that are everywhere."""
        return (*choices, self.back(back), self.person())

    @property
    def today(self) -> dt.date:
        """The day in Viet Nam."""
        return self.inbound.at.astimezone(VIET_NAM).date()

    @property
    def is_resident(self) -> bool:
        """Whether the person is a resident, or becomes one by this turn."""
        return self.known.resident_id is not None or any(
            isinstance(fact, Consented) and fact.agreed for fact in self.facts
        )


def number(typed: str, most: int) -> int:
    """Return the number typed, from 1 to `most`. Stray: it is none."""
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 6 and 1 <= int(typed) <= most):
        raise Stray(typed)
    return int(typed)


Handler = Callable[Concatenate[Turn, ...], Awaitable[Reply]]
