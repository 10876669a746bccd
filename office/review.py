"""Content that needs review: lessons and files of questions whose date to check again has come or is near."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from content.model import Source
from handlers.turn import House

NEAR = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Due:
    """A file that is to be checked again."""

    kind: str  # "lesson" or "questions"
    title: str
    file: str
    sources: tuple[Source, ...]
    checked: dt.date
    check_again: dt.date
    past: bool  # a lesson past its date is not offered any more


def due(house: House, today: dt.date) -> Sequence[Due]:
    """Return what is past its date or will soon be, the earliest first."""
    found = [one for one in _every(house, today) if one.check_again <= today + NEAR]
    return sorted(found, key=lambda one: (one.check_again, one.file))


def past(house: House, today: dt.date) -> int:
    """Return how many files are past their date."""
    return sum(one.past for one in _every(house, today))


def _every(house: House, today: dt.date) -> Iterator[Due]:
    for lesson in house.library:
        file = f"{lesson.topic}.yaml"
        again = lesson.check_again
        yield Due("lesson", lesson.title, file, lesson.sources, lesson.checked, again, again <= today)
    for asked in {each.file: each for each in reversed(list(house.bank))}.values():
        again = asked.check_again
        yield Due("questions", asked.entry.ask[0], asked.file, asked.sources, asked.checked, again, again <= today)
