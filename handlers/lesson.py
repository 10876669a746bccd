"""Lessons: the list, and one step after the other, resumed where it was left."""

from collections import Counter
from collections.abc import Sequence
from typing import get_args

from handlers import progress
from handlers.messages import Choice, Reply
from handlers.turn import Stray, Turn, number
from lessons.model import Lesson, Theme
from storage.facts import Completed, Reached

PAGE = 7
THEMES: tuple[str, ...] = get_args(Theme)
"""In the order of the list."""


async def choose(turn: Turn, theme: str = "", page: str = "1", *_: str) -> Reply:
    """List the themes, or the lessons of one, with a mark on those passed. Few lessons need no themes."""
    record = await progress.record(turn)
    lessons = progress.open_lessons(turn, record)
    back = "/menu"
    if len(lessons) > PAGE:
        if theme not in THEMES:
            return _themes(turn, lessons, theme or "1")
        lessons = [lesson for lesson in lessons if lesson.theme == theme]
        back = "/lessons"
    elif theme not in ("", *THEMES):
        raise Stray(theme)
    choices = [
        turn.choice("lesson.listed", f"/lesson {lesson.topic}", title=lesson.title, passed=record.has(lesson.topic))
        for lesson in lessons
    ]
    return Reply(turn.say("lesson.choose"), _page(turn, choices, page, f"/lessons {theme}", back))


def _themes(turn: Turn, lessons: Sequence[Lesson], page: str) -> Reply:
    """List the themes of the lessons."""
    counts: Counter[str] = Counter(lesson.theme for lesson in lessons)
    choices = [
        turn.choice("lesson.theme", f"/lessons {theme}", theme=theme, count=counts[theme])
        for theme in THEMES
        if counts[theme]
    ]
    return Reply(turn.say("lesson.choose_theme"), _page(turn, choices, page, "/lessons", "/menu"))


def _page(turn: Turn, choices: Sequence[Choice], page: str, command: str, back: str) -> tuple[Choice, ...]:
    """Return one page of choices, with the ways to the next and back. Stray: there is no such page."""
    place = number(page, len(choices))
    shown = list(choices[(place - 1) * PAGE :][:PAGE])
    if not shown:
        raise Stray(page)
    if choices[-1] != shown[-1]:
        shown.append(turn.choice("lesson.more", f"{command} {place + 1}"))
    return turn.ways(*shown, back=back if place == 1 else f"{command} {place - 1}")


async def show(turn: Turn, topic: str = "", step: str = "", *_: str) -> Reply:
    """Show a step; without a number the one the resident was at, or the quiz if all were seen."""
    lesson = await lesson_of(turn, topic)
    past = lesson.check_again <= turn.today
    if step and not past:
        return _step(turn, lesson, number(step, len(lesson.steps)))
    record = await progress.record(turn)
    if past and not record.began(topic):
        return Reply(turn.say("lesson.under_review", lesson=lesson), turn.ways(turn.choice("common.menu", "/menu")))
    if step:
        return _step(turn, lesson, number(step, len(lesson.steps)))
    if record.has(topic):
        return _step(turn, lesson, 1)
    if "learned" in record.grades.get(topic, ()):
        choices = (
            turn.choice("lesson.to_quiz", f"/quiz {topic}"),
            turn.choice("lesson.again", f"/lesson {topic} 1"),
        )
        return Reply(turn.say("lesson.before_quiz", lesson=lesson), turn.ways(*choices))
    return _step(turn, lesson, min(max(record.step(topic), 1), len(lesson.steps)))


async def lesson_of(turn: Turn, topic: str) -> Lesson:
    """Return the lesson of a topic, in the version begun by whoever has not finished it. Stray: there is none."""
    library = turn.house.library
    lesson = library.get(topic)
    if lesson is None:
        raise Stray(topic)
    if not library.changed(topic):
        return lesson
    record = await progress.record(turn)
    return lesson if record.has(topic) else library.begun(topic, record.version(topic)) or lesson


def _step(turn: Turn, lesson: Lesson, place: int) -> Reply:
    count = len(lesson.steps)
    step = lesson.steps[place - 1]
    turn.note(Reached(lesson.topic, lesson.version, place))
    if place == count:
        turn.note(Completed(lesson.topic, lesson.version, "learned"))
        forward = turn.choice("lesson.to_quiz", f"/quiz {lesson.topic}")
    else:
        forward = turn.choice("lesson.next", f"/lesson {lesson.topic} {place + 1}")
    back = f"/lesson {lesson.topic} {place - 1}" if place > 1 else f"/lessons {lesson.theme}"
    text = turn.say("lesson.step", lesson=lesson, number=place, count=count, text=step.text)
    ways = turn.ways(forward, turn.choice("lesson.later", "/rest"), back=back)
    return Reply(text, ways, step.picture, card=f"{lesson.topic}/{lesson.version}/{place}")
