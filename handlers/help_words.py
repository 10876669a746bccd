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
LABEL_CHARACTERS = 40


def passed_on(text: str) -> str:
    """Return what is passed on of what somebody said: without numbers, names and live links."""
    return defanged(redacted(text[:LONGEST]))


def question(speech: Speech, text: str, talking: bool = False, expected: bool = False) -> Reply:
    """Return what the team is told of a neighbour's words; none: somebody would like to meet a helper.

    `talking`: the words go on a conversation; `expected`: what the helper types next answers them, else it is asked
    whether it does. The labels say whose words they are about where several may be on show, and no more than that
    where helpers write: an answer may repeat a part of the question.
    """
    answering, done = team_ways(speech, NUMBER, "" if expected else short(text))
    later = Choice(speech.say("asked.later"), "/team_asked")
    expects = f"/team_answer {NUMBER}" if expected else f"/team_unsure {NUMBER}"
    if talking:
        return Reply(speech.say("asked.more_words", text=text), (answering, done, later), expects=expects)
    return Reply(speech.say("asked.words", text=text), (answering, later), expects=expects)


def team_ways(speech: Speech, request: str, words: str = "") -> tuple[Choice, Choice]:
    """Return what a helper can do about a request: answer it, end it."""
    answering = Choice(speech.say("asked.answer", words=words), f"/team_answer {request}")
    return answering, Choice(speech.say("asked.done", words=words), f"/team_done {request}")


def short(text: str) -> str:
    """Return as much of what was said as fits on a button."""
    text = " ".join(text.split())
    return text if len(text) <= LABEL_CHARACTERS else f"{text[:LABEL_CHARACTERS].rpartition(' ')[0]}…"


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
