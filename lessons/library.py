"""The library: all lessons and the paths through them, read and checked."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from content.reading import ContentError, complaint, read_yaml, validated
from lessons.model import LearningPath, Lesson

CONTENT = Path(str(files("lessons"))) / "content"
PATHS = "paths.yaml"
"""The file of the paths, in the folder of the lessons."""


class Library:
    """The lessons by topic, in the order shown to residents."""

    def __init__(
        self, lessons: Iterable[Lesson], paths: Iterable[LearningPath] = (), earlier: Iterable[Lesson] = ()
    ) -> None:
        """Arrange the lessons; `earlier` are versions that were served before. ContentError: they contradict."""
        ordered = sorted(lessons, key=lambda lesson: (lesson.order, lesson.topic))
        self._lessons: Mapping[str, Lesson] = {lesson.topic: lesson for lesson in ordered}
        self.paths: Mapping[str, LearningPath] = {path.audience: path for path in paths}
        self._earlier = {(lesson.topic, lesson.version): lesson for lesson in earlier}
        self._changed = {lesson.topic for lesson in self._earlier.values()}
        for lesson in ordered:
            self._check_topics(f"{lesson.topic}.yaml", "requires", lesson.requires)
        for path in self.paths.values():
            self._check_topics(PATHS, f"{path.audience}.topics", path.topics)

    def _check_topics(self, file: str, field: str, topics: Iterable[str]) -> None:
        for topic in topics:
            if topic not in self._lessons:
                raise ContentError(complaint(file, field, "unknown_topic", topic))

    def __iter__(self) -> Iterator[Lesson]:
        return iter(self._lessons.values())

    def __len__(self) -> int:
        return len(self._lessons)

    def become(self, other: "Library") -> None:
        """Hold what another library holds, for all who have this one at hand."""
        vars(self).update(vars(other))

    def get(self, topic: str) -> Lesson | None:
        """Return the lesson of this topic."""
        return self._lessons.get(topic)

    def begun(self, topic: str, version: int) -> Lesson | None:
        """Return the version of a lesson that somebody began; the current one where theirs is not known any more."""
        return self._earlier.get((topic, version), self._lessons.get(topic))

    def changed(self, topic: str) -> bool:
        """Return whether earlier versions of a lesson are known."""
        return topic in self._changed

    def with_earlier(self, earlier: Iterable[Lesson]) -> "Library":
        """Return the same library, knowing earlier versions too."""
        return Library(self, self.paths.values(), earlier)

    @property
    def core_topics(self) -> tuple[str, ...]:
        """The topics of basic coverage."""
        return tuple(lesson.topic for lesson in self if lesson.core)

    def past_review(self, today: dt.date) -> list[Lesson]:
        """Return the lessons whose date to check again has come."""
        return [lesson for lesson in self if lesson.check_again <= today]


def read_library(folder: Path = CONTENT, own: Path | None = None) -> Library:
    """Return the library of a folder, with the ward's own files in place of those of the same name, or added.

    ContentError: the first file and field that cannot be used.
    """
    files = content_files(folder, own)
    paths = files.pop(PATHS, None)
    if not files:
        raise ContentError(complaint(folder.name, "", "no_lessons", folder))
    return Library([read_lesson(file, folder) for file in files.values()], read_paths(paths, folder) if paths else ())


def complaints(folder: Path, own: Path | None = None) -> list[str]:
    """Return the first complaint about every file that cannot be used; when each can, what is wrong with all."""
    found = []
    for name, file in content_files(folder, own).items():
        try:
            (read_paths if name == PATHS else read_lesson)(file, folder)
        except ContentError as error:
            found.append(str(error))
    if found:
        return found
    try:
        read_library(folder, own)
    except ContentError as error:
        return [str(error)]
    return []


def content_files(folder: Path, own: Path | None = None) -> dict[str, Path]:
    """Return the files by name; of two with the same name the ward's own. ContentError: there is no own folder."""
    if own and not own.is_dir():
        raise ContentError(complaint(own.name, "", "no_own_folder", own))
    return {file.name: file for place in (folder, own) if place for file in sorted(place.glob("*.yaml"))}


def read_lesson(file: Path, folder: Path | None = None) -> Lesson:
    """Return the lesson of a file, whose pictures may be in `folder` too. ContentError: the first unusable field."""
    name = _named(file, folder)
    lesson = validated(name, Lesson, read_yaml(file, name))
    if lesson.topic != file.stem:
        raise ContentError(complaint(name, "topic", "not_file_name", lesson.topic))
    for number, step in enumerate(lesson.steps, 1):
        if step.picture and not any(
            (place / "pictures" / f"{step.picture}.svg").is_file() for place in (file.parent, folder) if place
        ):
            raise ContentError(complaint(name, f"steps.{number}.picture", "no_picture", step.picture))
    return lesson


def lesson_as_served(content: str) -> Lesson | None:
    """Return a lesson from the JSON it was kept in; None: lessons have become something else since."""
    try:
        return Lesson.model_validate_json(content)
    except ValidationError:
        return None


def read_paths(file: Path, folder: Path | None = None) -> tuple[LearningPath, ...]:
    """Return the paths of a file, one an audience. ContentError: the first field that cannot be used."""
    name = _named(file, folder)
    content = read_yaml(file, name)
    if not isinstance(content, list):
        raise ContentError(complaint(name, "", "not_a_list", ""))
    paths = tuple(validated(name, LearningPath, one) for one in content)
    if len({path.audience for path in paths}) != len(paths):
        raise ContentError(complaint(name, "audience", "audiences_repeat", ""))
    return paths


def _named(file: Path, folder: Path | None) -> str:
    """Return what a file is called in complaints: of the ward's own, the folder is told as well."""
    return file.name if folder in (None, file.parent) else f"{file.parent.name}/{file.name}"
