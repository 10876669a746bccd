"""Help from the neighbourhood's team: whom to meet, a question to them in the chat, and the way back to the bot."""

import datetime as dt
from dataclasses import replace

from faq.despair import despairs
from faq.secret import looks_secret
from faq.text import fold
from handlers import help_words, progress, question
from handlers.messages import Choice, Reply
from handlers.office_hours import working
from handlers.turn import Turn
from storage import help_requests
from storage.help_facts import HelpAsked, HelpLeft
from storage.help_requests import Request
from storage.neighbourhoods import helper_of
from storage.team import member_of

MOST_A_DAY = 5
"""Requests of one conversation that a team is told of."""
LOOK = "/help_look"
TELL = "/ask_team"
FEWEST_WORDS = 2
"""A first question with fewer says nothing."""


async def person(turn: Turn, *_: str) -> Reply:
    """Ask the neighbourhood's team for help, say whom to meet, and let the question be written; the place is kept."""
    known = turn.known
    request = await _own(turn)
    if request and request.answered_at:
        return Reply(turn.say("helping.talking"), help_words.ways(turn.house.speech, request.id))
    helper = await turn.read(helper_of, known.neighbourhood_id)
    size = await turn.read(help_requests.team_size, known.neighbourhood_id, known.conversation_id)
    values = {"size": size, "alone": await _alone(turn), "waiting": request, "working": working(turn.inbound.at)}
    often = request is None and await _is_often(turn)
    if not often:
        turn.note(HelpAsked())
    text = turn.say("helping.person", helper=helper, place=known.neighbourhood_name, too_often=often, **values)
    offered = question.offer_again(turn, text)
    return Reply(offered.text, offered.choices, expects="" if often else TELL)


async def tell(turn: Turn, *words: str) -> Reply:
    """Pass on what somebody says to the team, or to the helper who answered them; a telephone number is left out.

    Whoever does not want to live is told whom to call at once as well: an answer may take hours.
    """
    text = " ".join(words).strip()
    reply = await _told(turn, text)
    return (
        replace(reply, text=f"{turn.say('question.despair')}\n\n{reply.text}")
        if despairs(text, turn.house.bank.matcher.index.reader)
        else reply
    )


async def _told(turn: Turn, text: str) -> Reply:
    request = await _own(turn)
    talking = bool(request and request.answered_at)
    if looks_secret(help_words.PHONE.sub(" ", text)):
        refused = question.refuse(turn)
        text = f"{refused.text}\n\n{turn.say('helping.rewrite')}"
        return Reply(text, refused.choices, expects="" if talking else TELL)
    if not talking and len(fold(text).split()) < FEWEST_WORDS:
        again = question.offer_again(turn, turn.say("helping.say_more"))
        return Reply(again.text, again.choices, expects=TELL)
    if request is None and await _is_often(turn):
        return question.offer_again(turn, turn.say("helping.often"))
    kept = help_words.passed_on(text)
    in_thread = request is not None and talking and await _is_on_show(turn, request.id)
    ping = help_words.question(turn.house.speech, kept, talking, expected=in_thread)
    number = request.id if request else None
    turn.note(HelpAsked(kept, turn.house.bank.kept(text), number, ping.to_json()))
    if request and talking:
        return Reply(turn.say("helping.passed_on"), help_words.ways(turn.house.speech, request.id))
    place = request.neighbourhood_id if request else turn.known.neighbourhood_id
    size = await turn.read(help_requests.team_size, place, turn.known.conversation_id)
    at_visit = turn.inbound.immediate
    values = {"size": size, "at_visit": at_visit, "more": bool(request and request.last_at)}
    text, choices = turn.say("helping.sent", working=working(turn.inbound.at), **values), _meanwhile(turn)
    return Reply(text, choices)


async def look(turn: Turn, *_: str) -> Reply:
    """Say that nobody has answered yet; an answer that came stands before this by itself."""
    request = await _own(turn)
    if request is None:
        return await progress.menu(turn)
    if request.answered_at:
        return Reply(turn.say("helping.talking"), help_words.ways(turn.house.speech, request.id))
    text = turn.say("helping.not_yet", waiting=request, working=working(turn.inbound.at))
    return Reply(text, _meanwhile(turn))


def _meanwhile(turn: Turn) -> tuple[Choice, ...]:
    """Return what can be done until an answer comes: what was on offer, and to look for it where none can be sent."""
    offered = [one for one in question.offer_again(turn, "").choices if one.command != LOOK]
    return (turn.choice("helping.look", LOOK), *offered) if turn.inbound.immediate else tuple(offered)


async def leave(turn: Turn, *_: str) -> Reply:
    """End the conversation with a helper, or take the request back: the bot answers again."""
    if await _own(turn) is None:
        return await progress.menu(turn)
    turn.note(HelpLeft())
    return await progress.menu(turn, before=turn.say("helping.left"))


async def _alone(turn: Turn) -> str:
    """Return the name of the neighbourhood of whose team the one who writes is all there is; else nothing."""
    member = await turn.read(member_of, turn.known.conversation_id)
    if member is None:
        return ""
    others = await turn.read(help_requests.team_size, member.neighbourhood_id, turn.known.conversation_id)
    return "" if others else member.name


async def _own(turn: Turn) -> Request | None:
    return await turn.read(help_requests.own, turn.known.conversation_id, turn.known.resident_id)


async def _is_often(turn: Turn) -> bool:
    """Return whether this conversation opened so many requests lately that the team should have peace."""
    since = turn.inbound.at - dt.timedelta(days=1)
    return await turn.read(help_requests.opened_since, turn.known.conversation_id, since) >= MOST_A_DAY


async def _is_on_show(turn: Turn, request_id: int) -> bool:
    """Return whether the helper is just writing in this conversation, so that what they type next belongs to it."""
    shown = await turn.read(help_requests.shown_to_helper, request_id)
    return bool(shown) and Reply.from_json(shown).expects == f"/team_answer {request_id}"
