"""What neighbours and their helpers are told of each other's words."""

import re

from faq.redact import defanged, redacted
from handlers.messages import BACK_KEY, Choice, Reply
from handlers.speech import Speech
from storage.helping import ANSWERED, NUMBER

PHONE = re.compile(r"(?<!\d)(?:(?:\+84|0)\d(?:[\s.]?\d){8}|1[89]00(?:[\s.]?\d){4,6})(?!\d)")
"""A telephone number, which a helper may tell."""
LONGEST = 600
"""Characters of what is passed on."""


def passed_on(text: str) -> str:
    """Return what is passed on of what somebody said: without numbers, names and live links."""
    return defanged(redacted(text[:LONGEST]))


def question(speech: Speech, text: str, talking: bool = False, expected: bool = False) -> Reply:
    """Return what the team is told of a neighbour's words; none: somebody would like to meet a helper.

    `talking`: the words go on a conversation; `expected`: what the helper types next answers them.
    """
    name = "asked.more_words" if talking else "asked.words"
    choices = (*team_ways(speech, NUMBER), Choice(speech.say("asked.later"), "/team_asked"))
    return Reply(speech.say(name, text=text), choices, expects=f"/team_answer {NUMBER}" if expected else "")


def team_ways(speech: Speech, request: str) -> tuple[Choice, ...]:
    """Return what a helper can do about a request."""
    answering = Choice(speech.say("asked.answer"), f"/team_answer {request}")
    return (answering, Choice(speech.say("asked.done"), f"/team_done {request}"))


def answer(speech: Speech, request_id: int, text: str, place: str | None) -> Reply:
    """Return what a neighbour is told when a helper, or the office (no place), answers."""
    text = text[:LONGEST].replace("*", "")
    return Reply(speech.say("helping.answer", text=text, place=place), ways(speech, request_id))


def goodbye(speech: Speech, silent: bool = False) -> Reply:
    """Return what a neighbour is told when the conversation is over."""
    return Reply(speech.say("helping.goodbye", silent=silent), (Choice(speech.say("common.menu"), "/menu"),))


def ways(speech: Speech, request_id: int) -> tuple[Choice, ...]:
    """Return what a neighbour can do in a conversation with a helper, besides writing."""
    return (Choice(speech.say("helping.leave"), f"{ANSWERED} {request_id}", BACK_KEY),)
