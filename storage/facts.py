"""Facts: what is to be remembered from one turn. Handlers note them, the ledger writes them."""

import datetime as dt
from dataclasses import dataclass

from storage.help_facts import HelpAsked, HelpLeft, NewsShown, Warned
from storage.team_facts import TeamAct


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
class Refreshed:
    """The resident answered a question again, days after the topic was passed."""

    topic: str
    version: int
    question: int  # from 1
    option: int  # from 1
    correct: bool
    streak: int  # right answers in a row
    day: dt.date  # in Viet Nam
    again_at: dt.datetime | None  # when the topic is due again


@dataclass(frozen=True, slots=True)
class PathChosen:
    """The resident chose a path through the lessons."""

    audience: str


@dataclass(frozen=True, slots=True)
class Certified:
    """The resident asked for a certificate of what they have passed."""

    code: str
    key: str
    topics: tuple[str, ...]
    basic: bool  # whether they have every basic skill


@dataclass(frozen=True, slots=True)
class RemindedHere:
    """The resident came by themselves, and was told of reminders that could not be sent."""

    topics: tuple[str, ...]  # of the campaigns
    done: tuple[str, ...]  # of those about what they have done meanwhile


@dataclass(frozen=True, slots=True)
class Erased:
    """The resident asked for everything held about them to be erased."""

    receipt: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that nothing was known about, without anything that tells who asked."""

    text: str  # folded


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


@dataclass(frozen=True, slots=True)
class Shown:
    """The resident lets the team of their neighbourhood see them by this name; none: no more."""

    name: str
    house: str
    version: str  # of the words they agreed to


@dataclass(frozen=True, slots=True)
class Praised:
    """The resident lets the ward name them in praise, or not any more."""

    agreed: bool
    version: str  # of the words they agreed to


@dataclass(frozen=True, slots=True)
class Attended:
    """The resident is in the class of this code."""

    code: str


Fact = (
    Consented
    | AgeTold
    | Placed
    | Reached
    | Answered
    | AttemptEnded
    | Completed
    | PathChosen
    | Certified
    | Refreshed
    | RemindedHere
    | Erased
    | Warned
    | Unanswered
    | HelpAsked
    | HelpLeft
    | NewsShown
    | LinkOffered
    | Linked
    | LinkMissed
    | Unlinked
    | Shown
    | Praised
    | Attended
    | TeamAct
)
OfConversation = Warned | Unanswered | HelpAsked | HelpLeft | NewsShown | LinkMissed | TeamAct
"""What may be remembered of a conversation that belongs to no resident."""
Learning = Reached | Answered | AttemptEnded | Completed | PathChosen | Certified | Refreshed
"""What may be remembered only of a resident who agreed to be counted."""
