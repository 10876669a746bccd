"""A local warning as neighbours see it: the kind of scam, what was sent, what to do, whom to call."""

from faq.scam import lesson_about
from handlers.messages import Choice, Reply
from handlers.speech import Speech
from lessons.library import Library

LONGEST_QUOTE = 220


def warning(speech: Speech, library: Library, place: str | None, kind: str, text: str) -> Reply:
    """Return the warning of a message that goes round in a neighbourhood."""
    quote = text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE].rpartition(' ')[0]}…"
    choices = [Choice(speech.say("scam.followed"), "/scam_done")]
    if lesson := library.get(lesson_about(kind)):
        choices.insert(0, Choice(speech.say("scam.lesson", title=lesson.title), f"/lesson {lesson.topic}"))
    choices.append(Choice(speech.say("mydata.stop"), "/stop"))
    return Reply(speech.say("scam.warning", place=place, kind=kind, quote=quote), tuple(choices))
