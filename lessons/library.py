"""The library: all lessons, read and checked; the first mistake is named with its file and field."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from lessons.model import Lesson

LIMITS = ("min_length", "max_length", "ge", "expected")
"""What pydantic calls the limits that are told to the author."""
CONTENT = Path(str(files("lessons"))) / "content"


class ContentError(Exception):
    """A content file cannot be used; the message says which, where in it, and why."""


class Library:
    """The lessons by topic, in the order shown to residents."""

    def __init__(self, lessons: Iterable[Lesson]) -> None:
        """Arrange the lessons. ContentError: they contradict each other."""
        ordered = sorted(lessons, key=lambda lesson: (lesson.order, lesson.topic))
        self._lessons: Mapping[str, Lesson] = {lesson.topic: lesson for lesson in ordered}
        for lesson in ordered:
            for topic in lesson.requires:
                if topic not in self._lessons:
                    raise ContentError(_complaint(f"{lesson.topic}.yaml", "requires", "unknown_topic", topic))

    def __iter__(self) -> Iterator[Lesson]:
        return iter(self._lessons.values())

    def __len__(self) -> int:
        return len(self._lessons)

    def get(self, topic: str) -> Lesson | None:
        """Return the lesson of this topic."""
        return self._lessons.get(topic)

    @property
    def core_topics(self) -> tuple[str, ...]:
        """The topics of basic coverage."""
        return tuple(lesson.topic for lesson in self if lesson.core)

    def past_review(self, today: dt.date) -> list[Lesson]:
        """Return the lessons whose date to check again has come."""
        return [lesson for lesson in self if lesson.check_again <= today]


def read_library(folder: Path = CONTENT) -> Library:
    """Return the library of a folder. ContentError: the first file and field that cannot be used."""
    lessons = [read_lesson(file) for file in sorted(folder.glob("*.yaml"))]
    if not lessons:
        raise ContentError(_complaint(folder.name, "", "no_lessons", folder))
    return Library(lessons)


def read_lesson(file: Path) -> Lesson:
    """Return the lesson of a file. ContentError: the first field that cannot be used."""
    try:
        content = yaml.load(file.read_text(encoding="utf-8"), _Loader)  # noqa: S506  (a safe loader)
    except UnicodeDecodeError as error:
        raise ContentError(_complaint(file.name, "", "not_utf8", error.start)) from error
    except _Twice as error:
        raise ContentError(_complaint(file.name, error.field, "twice", error.line)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ContentError(_complaint(file.name, "", "not_yaml", mark.line + 1 if mark else "?")) from error
    try:
        lesson = Lesson.model_validate(content)
    except ValidationError as error:
        raise ContentError(_first(file.name, error)) from error
    if lesson.topic != file.stem:
        raise ContentError(_complaint(file.name, "topic", "not_file_name", lesson.topic))
    for number, step in enumerate(lesson.steps, 1):
        if step.picture and not (file.parent / "pictures" / f"{step.picture}.svg").is_file():
            raise ContentError(_complaint(file.name, f"steps.{number}.picture", "no_picture", step.picture))
    return lesson


class _Twice(Exception):
    """A field stands twice in a mapping; YAML would silently forget the first."""

    def __init__(self, node: yaml.ScalarNode) -> None:
        self.field = str(node.value)
        self.line = node.start_mark.line + 1


class _Loader(yaml.CSafeLoader):
    """Read YAML, refusing a field that is written twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return the mapping of a node."""
        seen = []
        for name, _ in node.value:
            if name.value in seen:
                raise _Twice(name)
            seen.append(name.value)
        return super().construct_mapping(node, deep)


def _first(file: str, error: ValidationError) -> str:
    """Return the first complaint of a validation in plain Vietnamese; places in lists are counted from 1."""
    found = error.errors(include_url=False)[0]
    field = ".".join(str(part + 1) if isinstance(part, int) else part for part in found["loc"])
    reason = str(found["ctx"]["error"]) if found["type"] == "value_error" else found["type"]
    if reason in ("too_long", "too_short") and isinstance(found["input"], str):
        reason = f"string_{reason}"
    limits = (found.get("ctx", {}).get(limit) for limit in LIMITS)
    return _complaint(file, field, reason, next((limit for limit in limits if limit is not None), ""))


def _complaint(file: str, field: str, reason: str, value: Any) -> str:
    """Return file, field and reason in words, with what to do; the words are in complaints.yaml."""
    source = (Path(str(files("lessons"))) / "complaints.yaml").read_text(encoding="utf-8")
    words: dict[str, str] = yaml.load(source, yaml.CSafeLoader)
    about_field = f"{reason}.{field.rpartition('.')[2]}"
    explained = words.get(about_field, words.get(reason, words["other"])).format(value=value, reason=reason)
    return words["place"].format(file=file, field=field or words["whole_file"], explained=explained)
