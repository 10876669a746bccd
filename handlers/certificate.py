"""The certificate: what a resident has passed, as a picture to keep; it bears a code and no name."""

import secrets

from handlers import progress
from handlers.messages import Choice, Reply
from handlers.turn import Turn
from storage.certificates import all_of
from storage.facts import Certified
from storage.learning import Record

LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""None that could be taken for another when it is typed from paper."""
CODE_LETTERS = 10


async def give(turn: Turn, *_: str) -> Reply:
    """Give the certificate of all that is passed: the one given before, unless something was added since."""
    if turn.known.resident_id is None or not turn.known.counted:
        return Reply(turn.say("certificate.not_recorded"), turn.ways(turn.choice("start.agree_after_all", "/consent")))
    learnt = await progress.record(turn)
    topics = tuple(lesson.topic for lesson in turn.house.library if learnt.has(lesson.topic))
    if not topics:
        return Reply(turn.say("certificate.nothing_yet"), turn.ways(turn.choice("progress.lessons", "/lessons")))
    basic = has_all_basic(turn, learnt)
    held = await turn.read(all_of, turn.known.resident_id)
    code, key = next(((one.code, one.key) for one in held if (one.topics, one.basic) == (topics, basic)), ("", ""))
    if not code:
        code, key = "".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS)), secrets.token_urlsafe(12)
        turn.note(Certified(code, key, topics, basic))
    text = turn.say("certificate.given", code=code, key=key, basic=basic, count=len(topics))
    return Reply(text, turn.ways(turn.choice("common.menu", "/menu")), card=f"gcn/{code}/{key}")


def has_all_basic(turn: Turn, learnt: Record, besides: str = "") -> bool:
    """Return whether the resident has every basic skill, `besides` taken for passed."""
    basic = turn.house.library.core_topics
    return bool(basic) and all(topic == besides or learnt.has(topic) for topic in basic)


def way(turn: Turn) -> Choice:
    """Return the way to the certificate."""
    return turn.choice("certificate.get", "/certificate")
