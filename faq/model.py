"""What an FAQ topic is: its entries with phrasings, answers and sources, as strict values that cannot be half right."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from content.model import Slug, Sourced, SourceId, Strict, Text

OUT_OF_SCOPE = "out_of_scope"
"""The topic of what is asked but is not ours to answer."""
ANSWER_CHARACTERS = 240
PHRASING_CHARACTERS = 400
FEWEST_PHRASINGS = 6
MOST_PHRASINGS = 10


class Entry(Strict):
    """One question with its answer."""

    name: Slug
    ask: Annotated[
        tuple[Annotated[Text, Field(max_length=PHRASING_CHARACTERS)], ...],
        Field(min_length=FEWEST_PHRASINGS, max_length=MOST_PHRASINGS, strict=False),
    ]
    """Ways of asking it; the first is the shortest good one and stands for the entry where it is suggested."""
    answer: Annotated[Text, Field(max_length=ANSWER_CHARACTERS)]
    lesson: Slug | None = None
    """Topic of the lesson the answer leads to; none: the file's own topic."""
    sources: Annotated[tuple[SourceId, ...], Field(min_length=1, strict=False)]


class TopicFile(Sourced):
    """All entries of a topic, or of one group of what is out of scope."""

    topic: Slug
    small_talk: bool = False
    """Greetings and chat: answered, but never offered as what may have been meant."""
    entries: Annotated[tuple[Entry, ...], Field(min_length=1, strict=False)]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        known = {source.id for source in self.sources}
        if any(not known.issuperset(entry.sources) for entry in self.entries):
            raise ValueError("source_not_listed")
        if len({entry.name for entry in self.entries}) != len(self.entries):
            raise ValueError("entries_repeat")
        return self
