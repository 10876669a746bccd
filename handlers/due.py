"""What is due: the topics that a resident should be asked about again."""

import datetime as dt

from handlers.turn import Turn
from lessons.library import Library
from lessons.model import Lesson
from storage.learning import Record
from storage.refreshes import Due, due

GAPS = tuple(dt.timedelta(days=days) for days in (3, 7, 20, 60))
"""From one to the next while the answers are right: about 3, 10, 30 and 90 days after passing."""
SCAM_GAP = dt.timedelta(days=21)
"""Longest gap where scams are the topic, for these go on changing; there is no last time."""


async def due_topic(turn: Turn, learnt: Record) -> Lesson | None:
    """Return the lesson a resident should be asked about again today, if there is one."""
    if not any(learnt.has(topic) for topic in topics(turn.house.library)):
        return None
    found = await _due(turn)
    return turn.house.library.get(found[0].topic) if found else None


async def waiting(turn: Turn, topic: str) -> Due | None:
    """Return what is known of a topic that is due; None: it is not."""
    return next((one for one in await _due(turn) if one.topic == topic), None)


async def _due(turn: Turn) -> list[Due]:
    if turn.known.resident_id is None or not turn.known.counted:
        return []
    found = topics(turn.house.library)
    return await turn.read(due, turn.known.resident_id, found, turn.inbound.at, turn.today)


def topics(library: Library) -> list[str]:
    """Return the topics that are asked about again: the core ones, and all about scams."""
    return [lesson.topic for lesson in library if lesson.core or lesson.theme == "scams"]


def again_at(now: dt.datetime, streak: int, scam: bool) -> dt.datetime | None:
    """Return when a topic is due again after so many right answers in a row; None: it is known for good."""
    if streak < len(GAPS):
        return now + min(GAPS[streak], SCAM_GAP if scam else GAPS[streak])
    return now + SCAM_GAP if scam else None
