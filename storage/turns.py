"""The one write of a turn: the event is seen, the reply recorded and queued, the facts remembered; all or nothing."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from storage import (
    certificates,
    classes,
    conversations,
    helping,
    learning,
    links,
    local_warnings,
    neighbours,
    news,
    praise,
    questions,
    receipts,
    refreshes,
    residents,
    team,
)
from storage.conversations import Known
from storage.facts import (
    AgeTold,
    Answered,
    AttemptEnded,
    Attended,
    Certified,
    Completed,
    Consented,
    Erased,
    Fact,
    Learning,
    Linked,
    LinkMissed,
    LinkOffered,
    OfConversation,
    PathChosen,
    Placed,
    Praised,
    Reached,
    Refreshed,
    RemindedHere,
    Shown,
    Unanswered,
    Unlinked,
)
from storage.help_facts import HelpAsked, HelpLeft, NewsShown, Warned
from storage.tables import deliveries


@dataclass(frozen=True, slots=True)
class Turned:
    """A turn as decided, ready to be written."""

    known: Known  # as it was read before deciding
    ward_id: int
    channel: str
    account: str
    address: str
    event: str
    reply: str  # JSON
    facts: tuple[Fact, ...]
    deliver: bool  # whether the sender carries the reply; on other channels the reply is the response
    now: dt.datetime


_queue = insert(deliveries)


def record(connection: Connection, turns: Sequence[Turned]) -> None:
    """Write turns of different conversations.

    Raise Raced when what one of them was decided by holds no more; then nothing may be committed.
    """
    # two processes that lock the same conversations do so in the same order, so that none waits for ever
    turns = sorted(turns, key=lambda turned: (turned.channel, turned.account, turned.address))
    ids = [_conversation(connection, turned) for turned in turns]
    conversations.advance(connection, [_advance(*turn) for turn in zip(ids, turns, strict=True)])
    reached = []
    for conversation_id, turned in zip(ids, turns, strict=True):
        resident_id = turned.known.resident_id
        for fact in turned.facts:
            if isinstance(fact, Reached) and resident_id is not None:  # by far the most frequent: written in one go
                reached.append((resident_id, fact, turned.now))
            else:
                resident_id = _remember(connection, conversation_id, resident_id, fact, turned)
    learning.reach(connection, reached)
    _deliver(
        connection,
        [(conversation_id, turned) for conversation_id, turned in zip(ids, turns, strict=True) if turned.deliver],
    )


def _conversation(connection: Connection, turned: Turned) -> int:
    if turned.known.conversation_id is not None:
        return turned.known.conversation_id
    return conversations.begin(connection, turned.channel, turned.account, turned.address, turned.now)


def _advance(conversation_id: int, turned: Turned) -> conversations.Advance:
    known = turned.known
    learns = known.counted and any(isinstance(fact, Learning) for fact in turned.facts)
    return conversations.Advance(
        conversation_id, known.version, known.resident_id, learns, turned.event, turned.reply, turned.now
    )


def _deliver(connection: Connection, turns: Sequence[tuple[int, Turned]]) -> None:
    """Queue the replies that the sender carries."""
    values = [
        {
            "conversation_id": conversation_id,
            "channel": turned.channel,
            "account": turned.account,
            "lane": "answer",
            "reply": turned.reply,
            "status": "queued",
            "due_at": turned.now,
            "created_at": turned.now,
        }
        for conversation_id, turned in turns
    ]
    if values:
        connection.execute(_queue, values)


def _remember(
    connection: Connection, conversation_id: int, resident_id: int | None, fact: Fact, turned: Turned
) -> int | None:
    """Write one fact; return the resident the conversation belongs to afterwards."""
    match fact:
        case Erased():
            residents.erase(connection, resident_id, conversation_id, fact, turned.now)
            return None
        case Unlinked():
            conversations.belong(connection, conversation_id, None)
            return None
        case Linked():
            return links.link(connection, resident_id, conversation_id, fact, turned.now)
    if isinstance(fact, OfConversation):
        _hear(connection, conversation_id, resident_id, fact, turned)
        return resident_id
    if resident_id is None:
        if not (isinstance(fact, Consented) and fact.agreed):
            return None  # nothing is kept of somebody who has not agreed to anything
        resident_id = residents.create(connection, turned.ward_id, turned.now)
        conversations.belong(connection, conversation_id, resident_id)
    _keep(connection, resident_id, fact, turned)
    return resident_id


def _hear(
    connection: Connection, conversation_id: int, resident_id: int | None, fact: OfConversation, turned: Turned
) -> None:
    """Write what needs nobody's agreement to be counted."""
    match fact:
        case Warned():
            local_warnings.pass_on(connection, turned.ward_id, resident_id, conversation_id, fact, turned.now)
        case Unanswered():
            questions.count(connection, turned.ward_id, fact, turned.now)
        case HelpAsked():
            place = turned.known.neighbourhood_id
            helping.ask(connection, turned.ward_id, conversation_id, resident_id, place, fact, turned.now)
        case HelpLeft():
            helping.leave(connection, conversation_id, resident_id)
        case NewsShown():
            news.shown(connection, fact.ids)
        case LinkMissed():
            links.miss(connection, conversation_id, turned.now)
        case _:
            team.act(connection, conversation_id, fact, turned.channel, turned.now)


def _keep(connection: Connection, resident_id: int, fact: Fact, turned: Turned) -> None:
    if isinstance(fact, Learning):
        return _learn(connection, resident_id, fact, turned)
    match fact:
        case Consented():
            residents.consent(connection, resident_id, fact, turned.channel, turned.now)
        case AgeTold():
            residents.tell_age(connection, resident_id, fact)
        case Placed():
            residents.place(connection, resident_id, fact)
        case Attended():
            classes.attend(connection, turned.ward_id, resident_id, fact.code, turned.now)
        case Shown():
            neighbours.show(connection, resident_id, fact, turned.now)
        case Praised():
            praise.agree(connection, resident_id, fact, turned.now)
        case LinkOffered():
            links.offer(connection, resident_id, fact, turned.now)
        case RemindedHere():
            receipts.unpark(connection, resident_id, fact, turned.now)
    return None


def _learn(connection: Connection, resident_id: int, fact: Learning, turned: Turned) -> None:
    match fact:
        case Reached():
            learning.reach(connection, [(resident_id, fact, turned.now)])
        case Answered():
            learning.answer(connection, resident_id, fact, turned.now)
        case AttemptEnded():
            learning.end_attempt(connection, resident_id, fact, turned.now)
        case Completed():
            learning.complete(connection, resident_id, fact, turned.channel, turned.now)
        case PathChosen():
            residents.choose_path(connection, resident_id, fact)
        case Certified():
            certificates.issue(connection, turned.ward_id, resident_id, fact, turned.now)
        case Refreshed():
            refreshes.refresh(connection, resident_id, fact, turned.now)
