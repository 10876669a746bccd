"""What a lesson is: steps, quiz and sources, as strict values that cannot be half right."""

import datetime as dt
import unicodedata
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

Audience = Literal["everyone", "elderly", "household_business", "youth_helper", "official"]

Theme = Literal["vneid", "services", "money", "scams", "device", "safety", "life", "business", "movement"]
"""What lessons are grouped by in the list shown to residents, in this order."""

STEP_CHARACTERS = 300
LOUDSPEAKER_WORDS = 150
OPTION_CHARACTERS = 60
TITLE_CHARACTERS = 45
"""Both stand on buttons, the title with a few words before it; more than 60 characters fit on none."""


def _composed(text: str) -> str:
    """Return the text, which must be in NFC: the same letters typed two ways would not match."""
    if text != unicodedata.normalize("NFC", text):
        raise ValueError("not_nfc")
    if text != text.strip():
        raise ValueError("outer_spaces")
    return text


Text = Annotated[str, Field(min_length=1), AfterValidator(_composed)]
Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
SourceId = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,20}$")]


class _Strict(BaseModel):
    """Refuse unknown fields and every silent conversion; never change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Source(_Strict):
    """Where a fact was read."""

    id: SourceId
    name: Annotated[Text, Field(max_length=200)]
    """Publisher and what identifies the page or document."""
    published: Annotated[str, Field(pattern=r"^20\d\d(-\d\d(-\d\d)?)?$")] | None = None
    """Date of the source itself, as exactly as it is known; none for general knowledge."""
    link: Annotated[str, Field(pattern=r"^https://[^\s]+$")] | None = None


class Step(_Strict):
    """One screen of a lesson: one action."""

    text: Annotated[Text, Field(max_length=STEP_CHARACTERS)]
    picture: Slug | None = None
    """Name of a drawing in content/pictures, without its ending. The text makes sense without it."""
    sources: Annotated[tuple[SourceId, ...], Field(min_length=1, strict=False)]


class Question(_Strict):
    """One item of the quiz."""

    ask: Annotated[Text, Field(max_length=200)]
    options: Annotated[
        tuple[Annotated[Text, Field(max_length=OPTION_CHARACTERS)], ...],
        Field(min_length=2, max_length=4, strict=False),
    ]
    answer: Annotated[int, Field(ge=1)]
    """Number of the right option, counted from 1."""
    why: Annotated[Text, Field(max_length=STEP_CHARACTERS)]
    """What is shown after the answer, right or wrong."""

    @model_validator(mode="after")
    def _answer_is_an_option(self) -> Self:
        if self.answer > len(self.options):
            raise ValueError("answer_not_an_option")
        if len(set(self.options)) != len(self.options):
            raise ValueError("options_repeat")
        return self


class Lesson(_Strict):
    """One topic taught."""

    topic: Slug
    version: Annotated[int, Field(ge=1)]
    title: Annotated[Text, Field(max_length=TITLE_CHARACTERS)]
    summary: Annotated[Text, Field(max_length=160)]
    """What the resident can do afterwards, in one sentence."""
    theme: Theme
    core: bool
    """Whether the skill belongs to basic coverage."""
    order: Annotated[int, Field(ge=1)]
    """Place in the list shown to residents, small first."""
    audience: Annotated[tuple[Audience, ...], Field(min_length=1, strict=False)]
    requires: Annotated[tuple[Slug, ...], Field(strict=False)] = ()
    """Topics better learned before."""
    steps: Annotated[tuple[Step, ...], Field(min_length=3, max_length=6, strict=False)]
    quiz: Annotated[tuple[Question, ...], Field(min_length=2, max_length=3, strict=False)]
    mistakes: Annotated[
        tuple[Annotated[Text, Field(max_length=200)], ...], Field(min_length=1, max_length=5, strict=False)
    ]
    """What people often get wrong, for helpers."""
    loudspeaker: Text
    """Read aloud over the neighbourhood's loudspeaker in 60 seconds."""
    group_message: Annotated[Text, Field(max_length=200)]
    """One line to paste into a chat group."""
    sources: Annotated[tuple[Source, ...], Field(min_length=1, strict=False)]
    checked: Annotated[dt.date, Field(strict=False)]
    check_again: Annotated[dt.date, Field(strict=False)]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        known = {source.id for source in self.sources}
        if len(known) != len(self.sources):
            raise ValueError("sources_repeat")
        if any(not known.issuperset(step.sources) for step in self.steps):
            raise ValueError("source_not_listed")
        if known - {name for step in self.steps for name in step.sources}:
            raise ValueError("source_not_used")
        if len(self.loudspeaker.split()) > LOUDSPEAKER_WORDS:
            raise ValueError("loudspeaker_too_long")
        if self.check_again <= self.checked:
            raise ValueError("check_again_not_later")
        if self.topic in self.requires:
            raise ValueError("requires_itself")
        return self
