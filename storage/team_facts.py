"""Facts about what is done for a neighbourhood's team."""

import datetime as dt
from dataclasses import dataclass

from storage.help_facts import HelpAnswered, HelpClosed, WarningConfirmed


@dataclass(frozen=True, slots=True)
class TeamJoined:
    """Somebody accepted an invitation to a neighbourhood's team."""

    code: str


@dataclass(frozen=True, slots=True)
class TeamInvited:
    """A leader invites somebody; to the role of leader it hands over their own."""

    member_id: int
    code: str
    role: str  # one of tables.TEAM_ROLES


@dataclass(frozen=True, slots=True)
class TeamLeft:
    """A member leaves the team."""

    member_id: int


@dataclass(frozen=True, slots=True)
class NeighbourAdded:
    """A member adds somebody without a phone, who agreed aloud."""

    member_id: int
    name: str
    birth_year: int
    house: str  # or group
    age_band: str  # one of tables.ADULT_BANDS
    version: str  # of the words that were read to them


@dataclass(frozen=True, slots=True)
class NeighbourForgotten:
    """Somebody whom a member added wants to be erased."""

    member_id: int
    resident_id: int


@dataclass(frozen=True, slots=True)
class NeighbourLinked:
    """Somebody whom a member added writes by themselves now: they were given a code to type."""

    member_id: int
    resident_id: int
    code: str


@dataclass(frozen=True, slots=True)
class NeighbourJoined:
    """Somebody whom a member added is another one of the neighbours: both become one, the other one."""

    member_id: int
    resident_id: int
    other_id: int


@dataclass(frozen=True, slots=True)
class Observed:
    """A member saw that somebody has a skill."""

    member_id: int
    resident_id: int
    topic: str
    version: int


@dataclass(frozen=True, slots=True)
class Unobserved:
    """A member takes back what they noted as seen by mistake."""

    member_id: int
    resident_id: int
    topic: str


@dataclass(frozen=True, slots=True)
class ClassOpened:
    """A member opens a class, now."""

    member_id: int
    code: str
    topic: str
    place: str


@dataclass(frozen=True, slots=True)
class Ticked:
    """A member ticks off who is in the class."""

    member_id: int
    code: str
    resident_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unticked:
    """A member takes back whom they ticked off by mistake."""

    member_id: int
    code: str
    at: dt.datetime  # when they were ticked off


@dataclass(frozen=True, slots=True)
class CampaignAsked:
    """A member wants the residents of their neighbourhood to be reminded, or those of the whole ward."""

    member_id: int
    topic: str  # or tables.CONTINUE
    topics: tuple[str, ...]  # who has them all is not reminded
    audience: str  # one of tables.AUDIENCES
    inactive_days: int
    starts_at: dt.datetime
    second_after_days: int | None
    wide: bool = False  # of the whole ward, which the office has to approve
    weekly_until: dt.datetime | None = None  # when beginning anew every week ends; none: once


@dataclass(frozen=True, slots=True)
class CampaignCancelled:
    """A member takes back what their neighbourhood was to be reminded of."""

    member_id: int
    topic: str


@dataclass(frozen=True, slots=True)
class DigestWanted:
    """A member wants the week's news sent to them, or does not."""

    member_id: int
    wanted: bool


OfNeighbour = NeighbourAdded | NeighbourForgotten | NeighbourLinked | NeighbourJoined | Observed | Unobserved
"""What a member notes of a neighbour."""
TeamAct = (
    TeamJoined
    | TeamInvited
    | TeamLeft
    | OfNeighbour
    | ClassOpened
    | Ticked
    | Unticked
    | CampaignAsked
    | CampaignCancelled
    | DigestWanted
    | HelpAnswered
    | HelpClosed
    | WarningConfirmed
)
"""What is done for a team; whether it may be is looked at once more in the write."""
