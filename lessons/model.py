"""What a lesson is: steps, quiz and sources, as strict values that cannot be half right."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from content.model import Slug, Sourced, SourceId, Strict, Text

Audience = Literal["everyone", "elderly", "household_business", "youth_helper", "official"]

Theme = Literal["vneid", "services", "money", "scams", "device", "safety", "life", "business", "movement"]
"""What lessons are grouped by in the list shown to residents, in this order."""

STEP_CHARACTERS = 300
LOUDSPEAKER_WORDS = 150
OPTION_CHARACTERS = 60
TITLE_CHARACTERS = 45
PRACTICE_CHARACTERS = 160
"""Both stand on buttons, the title with a few words before it; more than 60 characters fit on none."""


Line = Annotated[Text, Field(max_length=200)]
ProgrammeSkill = Annotated[str, Field(pattern=r"^T([1-9]|1\d|2[0-7])$")]
"""A skill that the programme names, T1 to T27."""


class Step(Strict):
    """One screen of a lesson: one action."""

    text: Annotated[Text, Field(max_length=STEP_CHARACTERS)]
    picture: Slug | None = None
    """Name of a drawing in content/pictures, without its ending. The text makes sense without it."""
    sources: Annotated[tuple[SourceId, ...], Field(min_length=1, strict=False)]


class Question(Strict):
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


class Practice(Strict):
    """A task to be done on the resident's own phone, so that somebody can see that it is really known."""

    do: Annotated[
        tuple[Annotated[Text, Field(max_length=PRACTICE_CHARACTERS)], ...],
        Field(min_length=1, max_length=3, strict=False),
    ]
    seen: Annotated[Text, Field(max_length=200)]
    """What a helper must see before recording the skill as observed."""


class Lesson(Sourced):
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
    covers: Annotated[tuple[ProgrammeSkill, ...], Field(strict=False)] = ()
    """The skills of the programme that it teaches."""
    requires: Annotated[tuple[Slug, ...], Field(strict=False)] = ()
    """Topics better learned before."""
    steps: Annotated[tuple[Step, ...], Field(min_length=3, max_length=6, strict=False)]
    quiz: Annotated[tuple[Question, ...], Field(min_length=2, max_length=3, strict=False)]
    practice: Practice | None = None
    mistakes: Annotated[tuple[Line, ...], Field(min_length=1, max_length=5, strict=False)]
    """What people often get wrong, said to the resident."""
    helping: Annotated[tuple[Line, ...], Field(max_length=5, strict=False)] = ()
    """What those who help others with it should mind."""
    loudspeaker: Text
    """Read aloud over the neighbourhood's loudspeaker in 60 seconds."""
    group_message: Annotated[Text, Field(max_length=200)]
    """One line to paste into a chat group."""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        known = {source.id for source in self.sources}
        if any(not known.issuperset(step.sources) for step in self.steps):
            raise ValueError("source_not_listed")
        if known - {name for step in self.steps for name in step.sources}:
            raise ValueError("source_not_used")
        if len(self.loudspeaker.split()) > LOUDSPEAKER_WORDS:
            raise ValueError("loudspeaker_too_long")
        if self.topic in self.requires:
            raise ValueError("requires_itself")
        return self


class LearningPath(Strict):
    """The lessons one audience does best to learn, in order."""

    audience: Literal["elderly", "household_business", "youth_helper", "official"]
    title: Annotated[Text, Field(max_length=TITLE_CHARACTERS)]
    about: Annotated[Text, Field(max_length=160)]
    """What it is good for, in one sentence."""
    topics: Annotated[tuple[Slug, ...], Field(min_length=2, max_length=8, strict=False)]

    @model_validator(mode="after")
    def _each_topic_once(self) -> Self:
        if len(set(self.topics)) != len(self.topics):
            raise ValueError("topics_repeat")
        return self
