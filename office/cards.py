"""Cards: every step of a lesson as a picture to be read on a phone or forwarded, drawn once and kept."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lessons.library import Library
from lessons.model import Lesson
from office import typesetting
from office.typesetting import Unprintable
from office.words import words


@dataclass(frozen=True, slots=True)
class Card:
    """A step as it is drawn; cards that are equal look the same."""

    topic: str
    number: int
    count: int
    title: str
    text: str
    drawing: str  # SVG
    ward: str

    def given(self) -> dict[str, str]:
        """Return what the template is filled in with."""
        said: dict[str, str] = words("cards")
        return {
            "place": said["place"].format(number=self.number, count=self.count),
            "number": str(self.number),
            "count": str(self.count),
            "title": self.title,
            "text": self.text,
            "drawing": self.drawing,
            "foot": said["foot"].format(ward=self.ward),
        }


@dataclass(frozen=True, slots=True)
class Cards:
    """The cards of one ward, kept in a folder under names that change with what is on them."""

    library: Library
    drawings: tuple[Path, ...]  # folders, the first that has it gives the drawing
    folder: Path
    ward: str

    def card(self, topic: str, version: int, number: int) -> Card | None:
        """Return a step's card, also of a version that somebody has begun; None: there is no such step."""
        lesson = self.library.begun(topic, version)
        if lesson is None or lesson.version != version or not 1 <= number <= len(lesson.steps):
            return None
        return self._card(lesson, number)

    def all(self, topic: str = "") -> Iterator[Card]:
        """Yield the cards of one lesson, or of all."""
        for lesson in self.library:
            if topic in ("", lesson.topic):
                yield from (self._card(lesson, number) for number in range(1, len(lesson.steps) + 1))

    def kept(self, card: Card) -> Path:
        """Return the file of a card, drawn unless it was before. Raise Unprintable, OSError."""
        return typesetting.kept(self.folder, "card", card.given())

    def _card(self, lesson: Lesson, number: int) -> Card:
        step = lesson.steps[number - 1]
        files = (folder / f"{step.picture}.svg" for folder in self.drawings if step.picture)
        drawing = next((file.read_text(encoding="utf-8") for file in files if file.is_file()), "")
        return Card(lesson.topic, number, len(lesson.steps), lesson.title, step.text, drawing, self.ward)


def drawn(cards: Cards, wanted: list[Card]) -> Iterator[tuple[Card, Path | str]]:
    """Draw cards on all processors; yield each with its file, or with what is wrong with it."""

    def one(card: Card) -> tuple[Card, Path | str]:
        try:
            return card, cards.kept(card)
        except Unprintable as error:
            return card, str(error)

    with ThreadPoolExecutor(os.cpu_count()) as workers:
        yield from workers.map(one, wanted)
