"""The quiz: one question at a time, explained after every answer, retried at once when it was wrong."""

from handlers import aftermath, certificate, progress
from handlers.lesson import lesson_of
from handlers.messages import Choice, Reply
from handlers.turn import Turn
from handlers.turn import number as number_of
from lessons.model import Lesson
from storage.facts import Answered, AttemptEnded, Completed
from storage.learning import open_answers


async def ask(turn: Turn, topic: str = "", number: str = "", *_: str) -> Reply:
    """Ask the question of this number; without one, the first that is not answered yet."""
    lesson = await lesson_of(turn, topic)
    if number:
        return _question(turn, lesson, number_of(number, len(lesson.quiz)))
    return _question(turn, lesson, _next(lesson, await _answered(turn, lesson)) or 1)


async def answer(turn: Turn, topic: str = "", number: str = "", option: str = "", *_: str) -> Reply:
    """Explain the option chosen; go on if it was right, else ask again."""
    lesson = await lesson_of(turn, topic)
    asked = number_of(number, len(lesson.quiz))
    question = lesson.quiz[asked - 1]
    chosen = number_of(option, len(question.options))
    correct = chosen == question.answer
    before = await _answered(turn, lesson)
    if turn.known.counted and asked > 1 and not before:
        return await _over(turn, lesson)
    turn.note(Answered(topic, lesson.version, asked, chosen, correct))
    if not correct:
        return _question(turn, lesson, asked, turn.say("quiz.wrong", why=question.why))
    answered = {asked: True} | before
    following = _next(lesson, answered) if turn.known.counted else (asked + 1) % (len(lesson.quiz) + 1)
    praise = turn.say("quiz.right", why=question.why)
    if following:
        return _question(turn, lesson, following, praise)
    return await _finish(turn, lesson, sum(answered.values()), praise)


async def _answered(turn: Turn, lesson: Lesson) -> dict[int, bool]:
    """Return the first answers of the open attempt, correct or not, by question."""
    if not turn.known.counted or turn.known.resident_id is None:
        return {}
    answers = await turn.read(open_answers, turn.known.resident_id, lesson.topic)
    return {number: correct for number, correct in answers.items() if number <= len(lesson.quiz)}


def _next(lesson: Lesson, answered: dict[int, bool]) -> int:
    """Return the first question not answered yet, 0 when all are."""
    return next((number for number in range(1, len(lesson.quiz) + 1) if number not in answered), 0)


def _question(turn: Turn, lesson: Lesson, number: int, before: str = "") -> Reply:
    question = lesson.quiz[number - 1]
    text = turn.say("quiz.question", before=before, number=number, count=len(lesson.quiz), ask=question.ask)
    options = (
        Choice(option, f"/answer {lesson.topic} {number} {place}") for place, option in enumerate(question.options, 1)
    )
    return Reply(text, turn.ways(*options, back=f"/lesson {lesson.topic} {len(lesson.steps)}"))


async def _finish(turn: Turn, lesson: Lesson, score: int, praise: str) -> Reply:
    """End the attempt; pass it when enough was right at the first choice."""
    questions = len(lesson.quiz)
    passed = score * 100 >= turn.house.pass_percent * questions
    turn.note(AttemptEnded(lesson.topic))
    if turn.known.counted and not passed:
        text = turn.say("quiz.not_yet", before=praise, score=score, count=questions)
        retry = turn.choice("quiz.retry", f"/quiz {lesson.topic} 1")
        return Reply(text, turn.ways(retry, turn.choice("lesson.again", f"/lesson {lesson.topic} 1")))
    turn.note(Completed(lesson.topic, lesson.version, "passed", score, questions))
    return await _passed(turn, lesson, praise)


async def _over(turn: Turn, lesson: Lesson) -> Reply:
    """Answer a button of a quiz that is over, tapped twice perhaps: nothing is noted."""
    learnt = await progress.record(turn)
    return await _passed(turn, lesson) if learnt.has(lesson.topic) else _question(turn, lesson, 1)


async def _passed(turn: Turn, lesson: Lesson, praise: str = "") -> Reply:
    learnt = await progress.record(turn)
    following = progress.next_lesson(turn, learnt, besides=lesson.topic)
    text = turn.say("quiz.passed", before=praise, lesson=lesson, known=turn.known, again=learnt.has(lesson.topic))
    choices = [turn.choice("progress.go_on", f"/lesson {following.topic}", title=following.title)] if following else []
    if not turn.known.counted:
        choices.append(turn.choice("start.agree_after_all", "/consent"))
    elif lesson.core and certificate.has_all_basic(turn, learnt, besides=lesson.topic):
        choices.append(certificate.way(turn))
    return Reply(text, turn.ways(*choices, *aftermath.ways(turn, lesson)))
