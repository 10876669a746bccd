"""Facts: what is to be remembered from one turn. Handlers note them, the ledger writes them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Consented:
    """The resident answered one of the two consent questions; the first answer makes them a resident."""

    purpose: str  # one of tables.PURPOSES
    agreed: bool
    version: str  # of the words they agreed to
    guardian: bool = False  # a parent or guardian agreed too


@dataclass(frozen=True, slots=True)
class AgeTold:
    """The resident told their age band."""

    age_band: str  # one of tables.AGE_BANDS


@dataclass(frozen=True, slots=True)
class Placed:
    """The resident said where they live; none means they do not know."""

    neighbourhood_id: int | None


@dataclass(frozen=True, slots=True)
class Reached:
    """The resident was shown this step of a lesson."""

    topic: str
    version: int
    step: int  # from 1


@dataclass(frozen=True, slots=True)
class Answered:
    """The resident chose an option; only the first choice for a question counts in an attempt."""

    topic: str
    version: int
    question: int  # from 1
    option: int  # from 1
    correct: bool


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """Every question of the quiz has been answered."""

    topic: str


@dataclass(frozen=True, slots=True)
class Completed:
    """The resident has the topic, with this evidence."""

    topic: str
    version: int
    grade: str  # one of tables.GRADES
    score: int | None = None  # answers right at the first choice
    questions: int | None = None


@dataclass(frozen=True, slots=True)
class Erased:
    """The resident asked for everything held about them to be erased."""

    receipt: str


@dataclass(frozen=True, slots=True)
class LinkOffered:
    """The resident was given a code to type on another channel."""

    code: str


@dataclass(frozen=True, slots=True)
class Linked:
    """Somebody typed a code that is good: the conversation is that resident's."""

    code: str


@dataclass(frozen=True, slots=True)
class LinkMissed:
    """Somebody typed a code that is not good."""


@dataclass(frozen=True, slots=True)
class Unlinked:
    """This conversation is to be nobody's again; what the resident has stays with them."""


Fact = (
    Consented
    | AgeTold
    | Placed
    | Reached
    | Answered
    | AttemptEnded
    | Completed
    | Erased
    | LinkOffered
    | Linked
    | LinkMissed
    | Unlinked
)
Learning = Reached | Answered | AttemptEnded | Completed
"""What may be remembered only of a resident who agreed to be counted."""
