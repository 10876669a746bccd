"""What a proof-reader would say of the lessons: mistakes that must be put right, and what is worth another look."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from rapidfuzz import fuzz

from bot.content_survey import SENTENCE_END, WORDS, sentences
from faq.bank import Asked
from faq.text import fold
from handlers.messages import COMMAND_BYTES
from lessons.library import PATHS, Library
from lessons.model import Lesson

SOON = dt.timedelta(days=30)
"""How long before its date to check again a lesson is worth a look."""
ALIKE = 88
"""Of 100: steps of two lessons that say nearly the same."""
COMMON = 4
"""In so many lessons a sentence is a saying of the house, and no sign that steps are alike."""
FEW_QUESTIONS = 30
"""Below that, where right answers stand says nothing."""
PROGRAMME_SKILLS = tuple(f"T{number}" for number in range(1, 28))


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a file; the words are in texts/remarks.yaml."""

    weight: Literal["mistake", "look"]
    kind: str
    file: str
    field: str
    values: Mapping[str, Any]

    def __str__(self) -> str:
        """Return file, field and what to do."""
        words = _words()
        place = words["place"].format(file=self.file, field=self.field or words["whole_file"])
        return f"{place}: {words['kinds'][self.kind].format(**self.values)}"


def remarks(library: Library, questions: Sequence[Asked], today: dt.date) -> list[Remark]:
    """Return all there is to say of a library, the mistakes first."""
    asked = {topic for question in questions for topic in (question.topic, question.entry.lesson)}
    found = [remark for lesson in library for remark in _of_lesson(lesson, lesson.topic in asked, today)]
    found += [*_alike(library), *_answers(library), *_skills(library)]
    return sorted(found, key=lambda remark: remark.weight != "mistake")


def covered(library: Library) -> list[str]:
    """Return the skills of the programme that are taught, in their order."""
    taught = {skill for lesson in library for skill in lesson.covers}
    return [skill for skill in PROGRAMME_SKILLS if skill in taught]


def _of_lesson(lesson: Lesson, asked: bool, today: dt.date) -> Iterator[Remark]:
    file = f"{lesson.topic}.yaml"
    if lesson.check_again <= today:
        yield Remark("mistake", "past", file, "check_again", {"day": f"{lesson.check_again:%d/%m/%Y}"})
    elif lesson.check_again <= today + SOON:
        yield Remark("look", "soon", file, "check_again", {"day": f"{lesson.check_again:%d/%m/%Y}"})
    for command in _commands(lesson):
        if len(command.encode()) > COMMAND_BYTES:
            yield Remark("mistake", "command", file, "topic", {"bytes": COMMAND_BYTES, "command": command})
    if not asked:
        yield Remark("look", "no_question", file, "topic", {})
    if len({question.answer for question in lesson.quiz}) == 1:
        yield Remark("look", "same_place", file, "quiz", {"place": lesson.quiz[0].answer})
    yield from _wording(lesson, file)


def _wording(lesson: Lesson, file: str) -> Iterator[Remark]:
    explained: set[str] = set()
    for field, text in texts(lesson):
        if text.count("**") % 2:
            yield Remark("mistake", "bold", file, field, {})
        for word in re.findall(r"[^\W\d_]{2,}", text):
            if word.isupper() and word not in _words()["short_forms"] and word not in _glosses():
                yield Remark("mistake", "shouting", file, field, {"word": word})
        alone = field in ("loudspeaker", "group_message")  # read without the lesson around it
        for word, meaning in _unexplained(text, set() if alone else explained):
            yield Remark("mistake", "gloss", file, field, {"word": word, "meaning": meaning})
        for sentence in sentences(text):
            if sentence.words > WORDS and not alone:
                values = {"words": sentence.words, "most": WORDS, "sentence": sentence.text}
                yield Remark("look", "long", file, field, values)


def texts(lesson: Lesson) -> Iterator[tuple[str, str]]:
    """Yield every text of a lesson with its field, in the order in which it is read."""
    for number, step in enumerate(lesson.steps, 1):
        yield f"steps.{number}.text", step.text
    for number, question in enumerate(lesson.quiz, 1):
        yield f"quiz.{number}.ask", question.ask
        for place, option in enumerate(question.options, 1):
            yield f"quiz.{number}.options.{place}", option
        yield f"quiz.{number}.why", question.why
    if lesson.practice:
        for number, line in enumerate(lesson.practice.do, 1):
            yield f"practice.do.{number}", line
        yield "practice.seen", lesson.practice.seen
    for field in ("mistakes", "helping"):
        for number, line in enumerate(getattr(lesson, field), 1):
            yield f"{field}.{number}", line
    yield "loudspeaker", lesson.loudspeaker
    yield "group_message", lesson.group_message


def _unexplained(text: str, explained: set[str]) -> Iterator[tuple[str, str]]:
    """Yield the foreign words that are met here first without their meaning; they are explained from now on."""
    plain = text.replace("**", "")
    for word, meanings in _glosses().items():
        exactly = 0 if word.isupper() else re.IGNORECASE  # AI is no "ai", and PIN no "pin"
        if word not in explained and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", plain, exactly):
            explained.add(word)
            if not any(meaning in plain.lower() for meaning in meanings):
                yield word, meanings[0]


def _commands(lesson: Lesson) -> Iterator[str]:
    """Yield the longest commands the choices of this lesson carry."""
    yield f"/lesson {lesson.topic} {len(lesson.steps)}"
    yield f"/practice {lesson.topic}"
    for number, question in enumerate(lesson.quiz, 1):
        yield f"/answer {lesson.topic} {number} {len(question.options)}"


def _alike(library: Library) -> Iterator[Remark]:
    """Yield steps that say nearly what a step of another lesson says; sayings of the house left aside."""
    told = [(lesson.topic, number, step.text) for lesson in library for number, step in enumerate(lesson.steps, 1)]
    common = Counter(fold(sentence) for _, _, text in told for sentence in SENTENCE_END.split(text))
    own = [
        " ".join(fold(sentence) for sentence in SENTENCE_END.split(text) if common[fold(sentence)] < COMMON)
        for _, _, text in told
    ]
    for place, (topic, number, _) in enumerate(told):
        for other in range(place):
            if told[other][0] != topic and fuzz.ratio(own[place], own[other], score_cutoff=ALIKE):
                values = {"other": f"{told[other][0]}.yaml", "number": told[other][1]}
                yield Remark("look", "alike", f"{topic}.yaml", f"steps.{number}.text", values)
                break


def _answers(library: Library) -> Iterator[Remark]:
    """Yield the place where more than half of all right answers stand: whoever always taps it passes."""
    places = Counter(question.answer for lesson in library for question in lesson.quiz)
    for place, count in places.items():
        if places.total() >= FEW_QUESTIONS and count * 2 > places.total():
            yield Remark("look", "one_place", "*.yaml", "quiz", {"place": place, "count": count, "of": places.total()})


def _skills(library: Library) -> Iterator[Remark]:
    taught = covered(library)
    if absent := [skill for skill in PROGRAMME_SKILLS if skill not in taught]:
        yield Remark("look", "skills", "*.yaml", "covers", {"skills": ", ".join(absent)})
    for path in library.paths.values():
        for text in (path.title, path.about):
            yield from (
                Remark("mistake", "gloss", PATHS, f"{path.audience}.about", {"word": word, "meaning": meaning})
                for word, meaning in _unexplained(text, set())
            )


@cache
def _glosses() -> Mapping[str, Sequence[str]]:
    """Return what foreign words mean in plain Vietnamese, by the word."""
    source = files("lessons").joinpath("glosses.yaml").read_text(encoding="utf-8")
    glosses: dict[str, list[str]] = yaml.load(source, yaml.CSafeLoader)
    return glosses


@cache
def _words() -> Mapping[str, Any]:
    source = files("bot").joinpath("texts/remarks.yaml").read_text(encoding="utf-8")
    words: dict[str, Any] = yaml.load(source, yaml.CSafeLoader)
    return words
