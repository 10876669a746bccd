"""Not understood: a step once more, slowly, one sentence after the other; a question of the quiz takes any answer."""

import re

from handlers import aside, helping, question
from handlers.lesson import lesson_of
from handlers.messages import BACK_KEY, Reply
from handlers.turn import Turn, number

_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?]) +")


async def unclear(turn: Turn, *_: str) -> Reply:
    """Explain the step or question on show more gently, with the way to a person; anywhere else what is on show."""
    back = next((choice.command for choice in turn.offered.choices if choice.key == BACK_KEY), "")
    match aside.place_of(turn, back).split():
        case ["/lesson", topic, place]:
            lesson = await lesson_of(turn, topic)
            step = lesson.steps[number(place, len(lesson.steps)) - 1]
            sentences = _BETWEEN_SENTENCES.split(step.text)
            return question.offer_again(turn, turn.say("lesson.slowly", sentences=sentences))
        case ["/quiz", *_]:
            return question.offer_again(turn, turn.say("quiz.unclear"))
        case _ if turn.offered.expects == helping.TELL:  # whoever asked for a person says it to them
            return await helping.tell(turn, turn.inbound.text)
        case _:
            return question.offer_again(turn, turn.say("question.unclear"))
