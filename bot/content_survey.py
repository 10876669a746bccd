"""A survey of the lessons for their authors: how many, how long, where the right answers stand."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median

from lessons.library import Library
from lessons.model import Lesson

WORDS = 15
"""A sentence with more is hard to follow on a small screen."""
SENTENCE_END = re.compile(r"""(?<=[.!?…])["”»)*]*\s+|\n+""")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence residents read."""

    topic: str
    text: str

    @property
    def words(self) -> int:
        """How many words it has."""
        return sum(any(sign.isalnum() for sign in word) for word in self.text.split())


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is."""

    lessons: int
    core: int
    steps: int
    unsourced: int  # steps
    questions: int
    practices: int
    step_characters: int  # the median
    answers: Mapping[int, int]  # how often the right option is the first, the second, …
    longest: Sentence


def survey(library: Library) -> Survey:
    """Return the survey of a library, which has at least one lesson."""
    lessons = list(library)
    questions = [question for lesson in lessons for question in lesson.quiz]
    steps = [step for lesson in lessons for step in lesson.steps]
    told = [sentence for lesson in lessons for sentence in _sentences(lesson)]
    return Survey(
        lessons=len(lessons),
        core=len(library.core_topics),
        steps=len(steps),
        unsourced=sum(not step.sources for step in steps),
        questions=len(questions),
        practices=sum(lesson.practice is not None for lesson in lessons),
        step_characters=round(median(len(step.text) for step in steps)),
        answers=dict(sorted(Counter(question.answer for question in questions).items())),
        longest=max(told, key=lambda sentence: sentence.words),
    )


def sentences(text: str, topic: str = "") -> Iterator[Sentence]:
    """Yield the sentences of a text."""
    for sentence in SENTENCE_END.split(text.replace("**", "")):
        if sentence.strip():
            yield Sentence(topic, sentence.strip())


def _sentences(lesson: Lesson) -> Iterator[Sentence]:
    """Yield every sentence of the steps, of the questions, and of what is said after an answer."""
    read = [step.text for step in lesson.steps]
    for question in lesson.quiz:
        read += [question.ask, question.why]
    for text in read:
        yield from sentences(text, lesson.topic)
