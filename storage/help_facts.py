"""Facts about asking the team: what is to be remembered when neighbours ask, are answered, or are warned."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """Somebody in this conversation would like to meet a helper, or says something to them."""

    text: str = ""  # without numbers and names; none: they have not said what it is about
    question: str = ""  # folded, without what tells who asked
    request_id: int | None = None  # the open request the words belong to; none: they open one
    ping: str = ""  # what the team is told: JSON, with helping.NUMBER where the request's number goes


@dataclass(frozen=True, slots=True)
class HelpLeft:
    """Whoever asked for help wants none any more, or has had it."""


@dataclass(frozen=True, slots=True)
class HelpAnswered:
    """A member answers a neighbour."""

    member_id: int
    request_id: int
    text: str  # without numbers and names
    said: str  # what the neighbour is told: JSON


@dataclass(frozen=True, slots=True)
class HelpClosed:
    """A member says that a neighbour has been helped."""

    member_id: int
    request_id: int
    said: str  # what the neighbour is told: JSON


@dataclass(frozen=True, slots=True)
class Warned:
    """The resident passed a scam message on to the team, to warn the neighbours."""

    text: str  # without names, numbers and live links
    kind: str  # of scam, as the message was judged; "" where none was clear
    draft: bool = False  # a member only looked at it; kept for a day, so that one tap passes it on


@dataclass(frozen=True, slots=True)
class WarningConfirmed:
    """A member says that the message they showed last goes round in their neighbourhood."""

    member_id: int


@dataclass(frozen=True, slots=True)
class NewsShown:
    """What waited for the next visit has been shown."""

    ids: tuple[int, ...]
