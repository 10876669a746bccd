"""The team of a neighbourhood: who belongs to it, invitations, handing over, leaving; looked at in every write."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from storage import campaigns, classes, digests, helping, local_warnings, neighbours
from storage.conversations import Raced
from storage.help_facts import HelpAnswered, HelpClosed, WarningConfirmed
from storage.neighbourhoods import by_code, heir
from storage.tables import conversations, invitations, members, neighbourhoods
from storage.team_facts import (
    CampaignAsked,
    CampaignCancelled,
    ClassOpened,
    DigestWanted,
    OfNeighbour,
    TeamAct,
    TeamInvited,
    TeamJoined,
    TeamLeft,
    Ticked,
    Unticked,
)

INVITATION_LIFE = dt.timedelta(hours=24)
RESTORED_WITHIN = dt.timedelta(days=1)
"""So long the office can take the end of a membership back."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who belongs to the team of a neighbourhood now."""

    id: int
    neighbourhood_id: int
    code: str  # of the neighbourhood
    name: str  # of the neighbourhood
    role: str  # one of tables.TEAM_ROLES
    digest: bool  # whether they want the week's news


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that can still be accepted."""

    neighbourhood_id: int
    name: str  # of the neighbourhood
    role: str
    by: int | None  # the member who hands over or invites; none: the office


@dataclass(frozen=True, slots=True)
class Membership:
    """A member as the office sees them; nobody's name is known."""

    id: int
    code: str
    name: str
    role: str
    channel: str
    since: dt.datetime


_mine = conversations.alias("mine")
_own = or_(conversations.c.id == _mine.c.id, conversations.c.resident_id == _mine.c.resident_id)
_place = (neighbourhoods.c.id, neighbourhoods.c.code, neighbourhoods.c.name)
_membership = (
    select(members.c.id, *_place, members.c.role, members.c.digest)
    .join_from(_mine, conversations, _own)
    .join(members, members.c.conversation_id == conversations.c.id)
    .join(neighbourhoods, neighbourhoods.c.id == members.c.neighbourhood_id)
    .where(_mine.c.id == bindparam("conversation"), members.c.until.is_(None))
    .order_by(members.c.id.desc())
    .limit(1)
)


def member_of(connection: Connection, conversation_id: int | None) -> Member | None:
    """Return the membership of this conversation, or of another one of the same resident."""
    row = connection.execute(_membership, {"conversation": conversation_id}).first()
    return Member(*row) if row else None


def still(connection: Connection, conversation_id: int, member_id: int) -> Member:
    """Return the membership something was decided by, held until the commit. Raise Raced: it is over."""
    connection.execute(select(members.c.id).where(members.c.id == member_id).with_for_update(read=True))
    member = member_of(connection, conversation_id)
    if member is None or member.id != member_id:
        raise Raced
    return member


def act(connection: Connection, conversation_id: int, fact: TeamAct, channel: str, now: dt.datetime) -> None:
    """Write what was done for a team. Raise Raced when it may not be any more."""
    match fact:
        case TeamJoined():
            _join(connection, conversation_id, fact.code, now)
        case TeamInvited():
            member = still(connection, conversation_id, fact.member_id)
            if member.role != "leader":
                raise Raced
            invite(connection, member.neighbourhood_id, fact.role, fact.code, now, member.id)
        case TeamLeft():
            revoke(connection, still(connection, conversation_id, fact.member_id).id, now)
        case _:
            member = still(connection, conversation_id, fact.member_id)
            if isinstance(fact, Help):
                _help(connection, conversation_id, member, fact, now)
            else:
                _work(connection, member, fact, channel, now)


Work = OfNeighbour | ClassOpened | Ticked | Unticked | CampaignAsked | CampaignCancelled | DigestWanted
Help = HelpAnswered | HelpClosed | WarningConfirmed
"""What a member does for the neighbourhood, and for single neighbours who ask or have to be warned."""


def _help(connection: Connection, conversation_id: int, member: Member, fact: Help, now: dt.datetime) -> None:
    match fact:
        case HelpAnswered():
            helping.answer(connection, member.neighbourhood_id, conversation_id, fact, now)
        case HelpClosed():
            helping.close(connection, member.neighbourhood_id, fact, now)
        case WarningConfirmed():
            local_warnings.confirm(connection, member.neighbourhood_id, conversation_id, now)


def _work(connection: Connection, member: Member, fact: Work, channel: str, now: dt.datetime) -> None:
    match fact:
        case ClassOpened():
            classes.begin(connection, member.neighbourhood_id, fact, now)
        case Ticked():
            classes.tick(connection, member.neighbourhood_id, fact, now)
        case Unticked():
            classes.untick(connection, member.neighbourhood_id, fact, now)
        case CampaignAsked():
            campaigns.ask(connection, member.neighbourhood_id, fact, now)
        case CampaignCancelled():
            campaigns.cancel(connection, member.neighbourhood_id, fact.topic, now)
        case DigestWanted():
            digests.want(connection, fact)
        case _:
            neighbours.note(connection, member.neighbourhood_id, fact, channel, now)


def invite(
    connection: Connection, neighbourhood_id: int, role: str, code: str, now: dt.datetime, by: int | None = None
) -> None:
    """Keep an invitation, good for a day and for one person."""
    values = {"code": code, "neighbourhood_id": neighbourhood_id, "role": role, "member_id": by}
    connection.execute(insert(invitations).values(**values, expires_at=now + INVITATION_LIFE))


def invitation_of(connection: Connection, ward_id: int, code: str, now: dt.datetime) -> Invitation | None:
    """Return the invitation of this code while it can be accepted: not used, not expired, whoever made it still in."""
    statement = (
        select(neighbourhoods.c.code, invitations.c.role, invitations.c.member_id)
        .join(neighbourhoods, neighbourhoods.c.id == invitations.c.neighbourhood_id)
        .outerjoin(members, members.c.id == invitations.c.member_id)
        .where(
            neighbourhoods.c.ward_id == ward_id,
            invitations.c.code == code,
            invitations.c.expires_at > now,
            invitations.c.used_at.is_(None),
            invitations.c.member_id.is_(None) | (members.c.until.is_(None) & (members.c.role == "leader")),
        )
    )
    row = connection.execute(statement).first()
    place = by_code(connection, ward_id, row.code) if row else None  # a split one has no heir: nobody joins it
    return Invitation(place.id, place.name, row.role, row.member_id) if row and place else None


def _join(connection: Connection, conversation_id: int, code: str, now: dt.datetime) -> None:
    """Use the invitation; who was in another team is so no more, and whoever handed over is a member from now on."""
    used = update(invitations).where(invitations.c.code == code, invitations.c.used_at.is_(None))
    returned = used.where(invitations.c.expires_at > now).values(used_at=now).returning(*invitations.c)
    row = connection.execute(returned).first()
    place = heir(connection, row.neighbourhood_id) if row else None
    if row is None or place is None:
        raise Raced
    if row.member_id is not None:
        giver = update(members).where(members.c.id == row.member_id, members.c.until.is_(None))
        role = "member" if row.role == "leader" else "leader"
        if not connection.execute(giver.where(members.c.role == "leader").values(role=role)).rowcount:
            raise Raced
    while (before := member_of(connection, conversation_id)) is not None:
        revoke(connection, before.id, now)
    values = {"neighbourhood_id": place, "conversation_id": conversation_id, "role": row.role}
    connection.execute(insert(members).values(**values, since=now))


def revoke(connection: Connection, member_id: int, now: dt.datetime, ward_id: int | None = None) -> bool:
    """End a membership at once, with the invitations it gave; return whether there was one, of the ward if named."""
    ended = update(members).where(members.c.id == member_id, members.c.until.is_(None))
    if ward_id is not None:
        here = select(neighbourhoods.c.id).where(neighbourhoods.c.ward_id == ward_id)
        ended = ended.where(members.c.neighbourhood_id.in_(here))
    return bool(connection.execute(ended.values(until=now)).rowcount)


def restore(connection: Connection, member_id: int, now: dt.datetime, ward_id: int) -> bool:
    """Take the end of a membership back; False: it ended too long ago, its neighbourhood has, or they joined anew."""
    here = select(neighbourhoods.c.id).where(neighbourhoods.c.ward_id == ward_id, neighbourhoods.c.ended_on.is_(None))
    ended = (members.c.id == member_id, members.c.until > now - RESTORED_WITHIN, members.c.neighbourhood_id.in_(here))
    whose = connection.execute(select(members.c.conversation_id).where(*ended)).scalar()
    anew = select(members.c.id).where(members.c.conversation_id == whose, members.c.until.is_(None))
    if whose is None or connection.execute(anew).first():
        return False
    return bool(connection.execute(update(members).where(members.c.id == member_id).values(until=None)).rowcount)


def all_members(connection: Connection, ward_id: int) -> Sequence[Membership]:
    """Return who belongs to the ward's teams now, in the order of the neighbourhoods, leaders first."""
    statement = (
        select(
            members.c.id,
            neighbourhoods.c.code,
            neighbourhoods.c.name,
            members.c.role,
            conversations.c.channel,
            members.c.since,
        )
        .join(neighbourhoods, neighbourhoods.c.id == members.c.neighbourhood_id)
        .join(conversations, conversations.c.id == members.c.conversation_id)
        .where(neighbourhoods.c.ward_id == ward_id, members.c.until.is_(None))
        .order_by(neighbourhoods.c.position, neighbourhoods.c.id, members.c.role, members.c.id)
    )
    return [Membership(*row) for row in connection.execute(statement)]
