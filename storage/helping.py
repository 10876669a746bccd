"""Neighbours who ask their team: a request opens, the team is told, one of them answers, and it ends."""

import datetime as dt
import re
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, exists, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or

from storage import news, pauses
from storage.conversations import Raced
from storage.help_facts import HelpAnswered, HelpAsked, HelpClosed
from storage.help_requests import Request, helper_at, own, requests, team
from storage.tables import conversations, help_messages, help_requests, members
from storage.tables import pauses as pauses_table

NUMBER = "#"
"""Stands in the commands of a reply where the number of the request goes."""
SILENCE = dt.timedelta(days=1)
"""After so long without a word a conversation with a helper is over."""
WORDLESS = dt.timedelta(minutes=2)
"""So long the team is not told of somebody who has not said what it is about: they may be writing it."""
AT_ONCE = 50
"""Requests looked after in one write."""
HOLDERS = ("/team_help", "/team_answer")
"""Commands that stand, with the number of a request, in every reply that holds a neighbour's words."""
ANSWERED = "/help_leave"
"""The one that stands so in every reply that holds a helper's words."""


def ask(
    connection: Connection,
    ward_id: int,
    conversation_id: int,
    resident_id: int | None,
    neighbourhood_id: int | None,
    fact: HelpAsked,
    now: dt.datetime,
) -> None:
    """Open a request, or add to the one that is open; tell the team, or whoever answered it.

    Raise Raced: it is another one than the words were meant for.
    """
    request = own(connection, conversation_id, resident_id)
    if fact.text and (request.id if request else None) != fact.request_id:
        raise Raced
    if request is None:
        values = {"ward_id": ward_id, "conversation_id": conversation_id, "neighbourhood_id": neighbourhood_id}
        opened = insert_or(help_requests).values(**values, status="open", at=now).on_conflict_do_nothing()
        connection.execute(opened)
        request = own(connection, conversation_id, resident_id)
    if request is None or not fact.text:
        return
    _say(connection, request.id, conversation_id, "resident", fact.text, now)
    said = update(help_requests).where(help_requests.c.id == request.id)
    if request.answered_at:
        connection.execute(said.values(last_at=now))
        pauses.pause(connection, request.conversation_id, "team", now + SILENCE)
        helper = helper_at(connection, request.id)
        _tell_team(connection, request, fact.ping, now, helper)
    elif request.last_at is None:
        connection.execute(said.values(last_at=now, told_at=now, question=fact.question))
        _tell_team(connection, request, fact.ping, now)


def _say(
    connection: Connection, request_id: int, conversation_id: int | None, speaker: str, text: str, now: dt.datetime
) -> None:
    values = {"conversation_id": conversation_id, "speaker": speaker, "text": text, "at": now}
    connection.execute(insert(help_messages).values(help_request_id=request_id, **values))


def _tell_team(
    connection: Connection, request: Request, ping: str, now: dt.datetime, helper: int | None = None
) -> None:
    """Tell one helper, or the whole team; what it was told of the same request and has not seen is taken back."""
    others = team(request.neighbourhood_id, request.conversation_id)
    told = [helper] if helper else list(connection.scalars(others))
    if not request.answered_at:
        news.unsay(connection, told, _holders(request.id), all_of_it=False)
    news.tell(connection, told, numbered(ping, request.id), now)


def numbered(reply: str, request_id: int) -> str:
    """Return a reply (JSON) with the number of the request in its commands."""
    return re.sub(rf'"(/team_\w+) {NUMBER}"', rf'"\1 {request_id}"', reply)


def _holders(request_id: int) -> list[str]:
    return [f"{command} {request_id}" for command in HOLDERS]


def answer(
    connection: Connection, neighbourhood_id: int, conversation_id: int, fact: HelpAnswered, now: dt.datetime
) -> None:
    """Tell the neighbour what a member answered; from now on the bot holds back. Raise Raced: it is over."""
    here = (help_requests.c.id == fact.request_id, help_requests.c.neighbourhood_id == neighbourhood_id)
    values = {"conversation_id": conversation_id, "member_id": fact.member_id, "speaker": "member", "text": fact.text}
    _answer(connection, here, values, fact.said, now)


def answer_from_office(
    connection: Connection, ward_id: int, request_id: int, text: str, said: str, now: dt.datetime
) -> bool:
    """Tell the neighbour what the office answers; return whether the request was open."""
    here = (help_requests.c.id == request_id, help_requests.c.ward_id == ward_id)
    try:
        _answer(connection, here, {"speaker": "office", "text": text}, said, now)
    except Raced:
        return False
    return True


def _answer(
    connection: Connection,
    here: tuple[ColumnElement[bool], ...],
    values: dict[str, Any],
    said: str,
    now: dt.datetime,
) -> None:
    row = _held(connection, *here)
    if row is None:
        raise Raced
    connection.execute(insert(help_messages).values(help_request_id=row.id, at=now, **values))
    times = {"answered_at": row.answered_at or now, "told_at": row.told_at or now, "last_at": now}
    told = "\n".join(filter(None, (row.answer, values["text"])))
    connection.execute(update(help_requests).where(help_requests.c.id == row.id).values(**times, answer=told))
    pauses.pause(connection, row.conversation_id, "team", now + SILENCE)
    news.tell(connection, [row.conversation_id], said, now)


def _held(connection: Connection, *here: ColumnElement[bool]) -> Row[*tuple[Any, ...]] | None:
    """Return an open request, which nobody else ends before the commit."""
    held = select(help_requests).where(*here, help_requests.c.status == "open")
    return connection.execute(held.with_for_update()).first()


def close(connection: Connection, neighbourhood_id: int, fact: HelpClosed, now: dt.datetime) -> None:
    """End a request of the neighbourhood; whoever asked is told. Raise Raced: it is over."""
    here = (help_requests.c.id == fact.request_id, help_requests.c.neighbourhood_id == neighbourhood_id)
    row = _held(connection, *here)
    if row is None:
        raise Raced
    _end(connection, row.id, row.conversation_id)
    news.tell(connection, [row.conversation_id], fact.said, now)


def close_from_office(connection: Connection, ward_id: int, request_id: int, said: str, now: dt.datetime) -> bool:
    """End a request; whoever asked is told. Return whether it was open."""
    row = _held(connection, help_requests.c.id == request_id, help_requests.c.ward_id == ward_id)
    if row is None:
        return False
    _end(connection, row.id, row.conversation_id)
    news.tell(connection, [row.conversation_id], said, now)
    return True


def leave(connection: Connection, conversation_id: int, resident_id: int | None) -> None:
    """End the own request: the bot answers again."""
    pauses.resume(connection, conversation_id)
    if request := own(connection, conversation_id, resident_id):
        _end(connection, request.id, request.conversation_id)


def _end(connection: Connection, request_id: int, conversation_id: int) -> bool:
    """End a request; return whether it was open until now."""
    still_open = (help_requests.c.id == request_id, help_requests.c.status == "open")
    ended = connection.execute(update(help_requests).where(*still_open).values(status="done")).rowcount
    pauses.resume(connection, conversation_id)
    return bool(ended)


def _wordless(ward_id: int, now: dt.datetime) -> Select[*tuple[Any, ...]]:
    here = (help_requests.c.ward_id == ward_id, help_requests.c.told_at.is_(None))
    return requests().where(*here, help_requests.c.at <= now - WORDLESS).limit(AT_ONCE)


def _silent(ward_id: int, now: dt.datetime) -> Select[*tuple[Any, ...]]:
    here = (help_requests.c.ward_id == ward_id, help_requests.c.answered_at.is_not(None))
    return requests().where(*here, help_requests.c.last_at <= now - SILENCE).limit(AT_ONCE)


def due(connection: Connection, ward_id: int, now: dt.datetime) -> bool:
    """Return whether there is something to look after."""
    over = select(pauses_table.c.conversation_id).where(pauses_table.c.until <= now).limit(1)
    return any(connection.execute(found).first() for found in (_wordless(ward_id, now), _silent(ward_id, now), over))


def look_after(connection: Connection, ward_id: int, ping: str, goodbye: str, now: dt.datetime) -> None:
    """Tell the team of those who said nothing so far; end what has been silent for a day."""
    pauses.end_old(connection, now)
    for request in [Request(*row) for row in connection.execute(_wordless(ward_id, now))]:
        own_row = update(help_requests).where(help_requests.c.id == request.id, help_requests.c.told_at.is_(None))
        if connection.execute(own_row.values(told_at=now)).rowcount:  # else another process was quicker
            _tell_team(connection, request, ping, now)
    for request in [Request(*row) for row in connection.execute(_silent(ward_id, now))]:
        if _end(connection, request.id, request.conversation_id):
            news.tell(connection, [request.conversation_id], goodbye, now)


def forget(connection: Connection, conversation_id: int | None, resident_id: int | None) -> None:
    """Take the words of whoever is erased from where others read them; as a helper, their answers as well."""
    theirs: ColumnElement[bool] = conversations.c.id == conversation_id
    if resident_id is not None:
        theirs = or_(theirs, conversations.c.resident_id == resident_id)
    places = list(connection.scalars(select(conversations.c.id).where(theirs)))
    asked = select(help_requests.c.id, help_requests.c.neighbourhood_id).where(
        help_requests.c.conversation_id.in_(places)
    )
    for request_id, neighbourhood_id in connection.execute(asked).all():
        told = select(members.c.conversation_id).where(members.c.neighbourhood_id == neighbourhood_id)
        news.unsay(connection, list(connection.scalars(told)), _holders(request_id), all_of_it=True)
    answered = exists().where(
        help_messages.c.help_request_id == help_requests.c.id,
        help_messages.c.conversation_id.in_(places),
        help_messages.c.speaker == "member",
    )
    for request_id, place in connection.execute(
        select(help_requests.c.id, help_requests.c.conversation_id).where(answered)
    ).all():
        news.unsay(connection, [place], [f"{ANSWERED} {request_id}"], all_of_it=True)
    connection.execute(update(help_requests).where(answered).values(answer=""))
    connection.execute(delete(help_messages).where(help_messages.c.conversation_id.in_(places)))
    connection.execute(delete(help_requests).where(help_requests.c.conversation_id.in_(places)))
