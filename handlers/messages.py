"""What goes in and out: an Inbound from a channel, a Reply of text and choices back."""

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

BACK_KEY = "0"
PERSON_KEY = "9"
COMMAND_BYTES = 64
"""Longest command a choice may carry, so that every platform can carry it."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message of a resident, as the channel understood it."""

    channel: str  # "web", "console", …
    account: str  # our account there; the ward's code where a platform has no accounts
    address: str  # the resident's id there
    event: str  # the platform's id of the message: the same id is the same message
    text: str  # what was typed, or the command of the choice tapped
    at: dt.datetime  # when it came in, in UTC
    kind: str = "text"  # otherwise what it is instead of text: "picture", "voice", "sticker", "other"
    after: str = ""  # the command whose answer was on show, if that is not the one recorded
    immediate: bool = True  # whether the reply is the response; if not, the sender carries it
    buttons: bool = True  # whether choices can be tapped there; if not, their numbers are typed


@dataclass(frozen=True, slots=True)
class Choice:
    """A way on: tapping it, typing its number, its label or its command is all the same."""

    label: str
    command: str
    key: str = ""  # a fixed number; without one the choice is numbered in order


@dataclass(frozen=True, slots=True)
class Reply:
    """What the resident gets to see."""

    text: str
    choices: tuple[Choice, ...] = ()
    picture: str | None = None  # the name of a drawing; the text makes sense without it
    expects: str = ""  # the command that free text is an argument of; none: free text is a question
    card: str = ""  # the name of a picture that says all of it, for channels that send pictures
    about: str = ""  # of a reminder: what it is about, for channels that may only fill in a form

    def numbered(self) -> Iterator[tuple[str, Choice]]:
        """Yield each choice with the number to type for it; 0 and 9 stay what they are everywhere."""
        taken = {choice.key for choice in self.choices} | {BACK_KEY, PERSON_KEY}
        number = 0
        for choice in self.choices:
            if choice.key:
                yield choice.key, choice
                continue
            number += 1
            while str(number) in taken:
                number += 1
            yield str(number), choice

    def before(self, other: "Reply") -> "Reply":
        """Return both in one: this text first, its choices in front; the other's place is kept.

        What the other expects goes before what this one does: somebody may be writing it already.
        """
        taken = {choice.key for choice in other.choices}
        known = {choice.command for choice in other.choices}
        own = [choice for choice in self.choices if choice.command not in known]
        own = [replace(choice, key="") if choice.key in taken else choice for choice in own]
        expects = other.expects or self.expects
        return replace(other, text=f"{self.text}\n\n{other.text}", choices=(*own, *other.choices), expects=expects)

    def to_json(self) -> str:
        """Return the reply as it is recorded."""
        choices = [(choice.label, choice.command, choice.key) for choice in self.choices]
        seldom = [self.card, self.about] if self.about else [self.card] if self.card else []
        fields = (self.text, choices, self.picture, self.expects, *seldom)
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, recorded: str) -> "Reply":
        """Return the reply that was recorded so."""
        text, choices, picture, expects, *seldom = json.loads(recorded)
        return cls(text, tuple(Choice(*choice) for choice in choices), picture, expects, *seldom)
