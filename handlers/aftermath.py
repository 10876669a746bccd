"""After the quiz: something to try on one's own phone, and where people often go wrong."""

from handlers.lesson import lesson_of
from handlers.messages import Choice, Reply
from handlers.turn import Stray, Turn
from lessons.model import Lesson


async def practice(turn: Turn, topic: str = "", *_: str) -> Reply:
    """Say what to try, and what a helper will look at. Stray: there is nothing to try."""
    lesson = await lesson_of(turn, topic)
    if lesson.practice is None:
        raise Stray(topic)
    text = turn.say("aftermath.practice", lesson=lesson)
    return Reply(text, turn.ways(*ways(turn, lesson, besides="practice"), turn.choice("common.menu", "/menu")))


async def mistakes(turn: Turn, topic: str = "", *_: str) -> Reply:
    """Say where people often go wrong."""
    lesson = await lesson_of(turn, topic)
    text = turn.say("aftermath.mistakes", lesson=lesson)
    return Reply(text, turn.ways(*ways(turn, lesson, besides="mistakes"), turn.choice("common.menu", "/menu")))


def ways(turn: Turn, lesson: Lesson, besides: str = "") -> tuple[Choice, ...]:
    """Return the ways to what follows a lesson's quiz."""
    choices = []
    if lesson.practice and besides != "practice":
        choices.append(turn.choice("aftermath.to_practice", f"/practice {lesson.topic}"))
    if besides != "mistakes":
        choices.append(turn.choice("aftermath.to_mistakes", f"/mistakes {lesson.topic}"))
    return tuple(choices)
