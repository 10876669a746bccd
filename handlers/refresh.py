"""Remembering: one question again about 3, 10, 30 and 90 days after a topic was passed; offered, never pressed."""

from handlers import due, progress
from handlers.lesson import lesson_of
from handlers.messages import Choice, Reply
from handlers.turn import Turn, number
from storage.facts import Refreshed


async def ask(turn: Turn, topic: str = "", *_: str) -> Reply:
    """Ask one question of a topic that is due, each time another; the menu when none is."""
    lesson = await lesson_of(turn, topic)
    found = await due.waiting(turn, topic)
    if found is None:
        return await progress.menu(turn)
    place = found.times % len(lesson.quiz) + 1
    question = lesson.quiz[place - 1]
    options = (
        Choice(option, f"/refreshed {topic} {place} {chosen}") for chosen, option in enumerate(question.options, 1)
    )
    return Reply(turn.say("refresh.question", lesson=lesson, ask=question.ask), turn.ways(*options))


async def answer(turn: Turn, topic: str = "", asked: str = "", option: str = "", *_: str) -> Reply:
    """Explain the option chosen, and remember when to ask next; the menu for a button of another day."""
    lesson = await lesson_of(turn, topic)
    place = number(asked, len(lesson.quiz))
    question = lesson.quiz[place - 1]
    chosen = number(option, len(question.options))
    found = await due.waiting(turn, topic)
    if found is None:
        return await progress.menu(turn)
    correct = chosen == question.answer
    streak = found.streak + 1 if correct else 0
    again = due.again_at(turn.inbound.at, streak, scam=lesson.theme == "scams")
    turn.note(Refreshed(topic, lesson.version, place, chosen, correct, streak, turn.today, again))
    choices = [] if correct else [turn.choice("lesson.again", f"/lesson {topic} 1")]
    text = turn.say("refresh.right" if correct else "refresh.wrong", question=question)
    return Reply(text, turn.ways(*choices, turn.choice("common.menu", "/menu")))
