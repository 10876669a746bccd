"""Lessons: the list, and one step after the other, resumed where it was left."""

from handlers import progress
from handlers.messages import Reply
from handlers.turn import Stray, Turn, number
from lessons.model import Lesson
from storage.facts import Completed, Reached

PAGE = 7


async def choose(turn: Turn, page: str = "1", *_: str) -> Reply:
    """List the lessons, with a mark on those passed."""
    lessons = list(turn.house.library)
    shown = lessons[(number(page, len(lessons)) - 1) * PAGE :][:PAGE]
    if not shown:
        raise Stray(page)
    record = await progress.record(turn)
    choices = [
        turn.choice("lesson.listed", f"/lesson {lesson.topic}", title=lesson.title, passed=record.has(lesson.topic))
        for lesson in shown
    ]
    if lessons[-1] != shown[-1]:
        choices.append(turn.choice("lesson.more", f"/lessons {int(page) + 1}"))
    back = "/menu" if int(page) == 1 else f"/lessons {int(page) - 1}"
    return Reply(turn.say("lesson.choose"), turn.ways(*choices, back=back))


async def show(turn: Turn, topic: str = "", step: str = "", *_: str) -> Reply:
    """Show a step; without a number the one the resident was at, or the quiz if all were seen."""
    lesson = lesson_of(turn, topic)
    if step:
        return _step(turn, lesson, number(step, len(lesson.steps)))
    record = await progress.record(turn)
    if record.has(topic):
        return _step(turn, lesson, 1)
    if "learned" in record.grades.get(topic, ()):
        choices = (
            turn.choice("lesson.to_quiz", f"/quiz {topic}", count=len(lesson.quiz)),
            turn.choice("lesson.again", f"/lesson {topic} 1"),
        )
        return Reply(turn.say("lesson.before_quiz", lesson=lesson), turn.ways(*choices))
    return _step(turn, lesson, min(max(record.step(topic), 1), len(lesson.steps)))


def lesson_of(turn: Turn, topic: str) -> Lesson:
    """Return the lesson of a topic. Stray: there is none."""
    lesson = turn.house.library.get(topic)
    if lesson is None:
        raise Stray(topic)
    return lesson


def _step(turn: Turn, lesson: Lesson, place: int) -> Reply:
    count = len(lesson.steps)
    step = lesson.steps[place - 1]
    turn.note(Reached(lesson.topic, lesson.version, place))
    if place == count:
        turn.note(Completed(lesson.topic, lesson.version, "learned"))
        forward = turn.choice("lesson.to_quiz", f"/quiz {lesson.topic}", count=len(lesson.quiz))
    else:
        forward = turn.choice("lesson.next", f"/lesson {lesson.topic} {place + 1}")
    back = f"/lesson {lesson.topic} {place - 1}" if place > 1 else "/lessons"
    text = turn.say("lesson.step", lesson=lesson, number=place, count=count, text=step.text)
    return Reply(text, turn.ways(forward, turn.choice("lesson.later", "/menu"), back=back), picture=step.picture)
