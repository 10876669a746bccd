"""A survey of the lessons for their authors: how many, how long, and which sentences are too long for one breath."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from lessons.library import Library
from lessons.model import Lesson

WORDS = 15
"""A sentence with more is hard to follow on a small screen."""
_SENTENCE_END = re.compile(r"""(?<=[.!?…])["”»)*]*\s+|\n+""")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence residents read, and where it stands."""

    topic: str
    field: str  # "steps", "ask" or "why"
    number: int  # of the step or of the question, from 1
    text: str

    @property
    def words(self) -> int:
        """How many words it has."""
        return sum(any(sign.isalnum() for sign in word) for word in self.text.split())


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is, and what is too long."""

    lessons: int
    core: int
    steps: int
    questions: int
    step_characters: int  # the median
    answers: Mapping[int, int]  # how often the right option is the first, the second, …
    longest: Sentence
    too_long: tuple[Sentence, ...]
    command_bytes: int  # of the longest command the choices of a lesson carry


def survey(library: Library) -> Survey:
    """Return the survey of a library, which has at least one lesson."""
    lessons = list(library)
    questions = [question for lesson in lessons for question in lesson.quiz]
    steps = [step for lesson in lessons for step in lesson.steps]
    sentences = [sentence for lesson in lessons for sentence in _sentences(lesson)]
    return Survey(
        lessons=len(lessons),
        core=len(library.core_topics),
        steps=len(steps),
        questions=len(questions),
        step_characters=round(median(len(step.text) for step in steps)),
        answers=dict(sorted(Counter(question.answer for question in questions).items())),
        longest=max(sentences, key=lambda sentence: sentence.words),
        too_long=tuple(sentence for sentence in sentences if sentence.words > WORDS),
        command_bytes=max(len(command.encode()) for lesson in lessons for command in _commands(lesson)),
    )


def _sentences(lesson: Lesson) -> Iterator[Sentence]:
    """Yield every sentence of the steps, of the questions, and of what is said after an answer."""
    for number, step in enumerate(lesson.steps, 1):
        yield from _split(lesson.topic, "steps", number, step.text)
    for number, question in enumerate(lesson.quiz, 1):
        yield from _split(lesson.topic, "ask", number, question.ask)
        yield from _split(lesson.topic, "why", number, question.why)


def _split(topic: str, field: str, number: int, text: str) -> Iterator[Sentence]:
    for sentence in _SENTENCE_END.split(text.replace("**", "")):
        if sentence.strip():
            yield Sentence(topic, field, number, sentence.strip())


def _commands(lesson: Lesson) -> Iterator[str]:
    """Yield the longest commands the choices of this lesson carry."""
    yield f"/lesson {lesson.topic} {len(lesson.steps)}"
    for number, question in enumerate(lesson.quiz, 1):
        yield f"/answer {lesson.topic} {number} {len(question.options)}"
