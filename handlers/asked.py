"""What neighbours ask the team: who waits and for how long, what was said, an answer, and the end of it."""

import datetime as dt

from faq.secret import looks_secret
from handlers import help_words, question
from handlers.help_words import short
from handlers.messages import Reply
from handlers.neighbours import id_of
from handlers.team import own
from handlers.turn import Stray, Turn
from storage.help_facts import HelpAnswered, HelpClosed
from storage.help_requests import Request, open_in, request_of, thread
from storage.team import Member

MOST = 8
"""Requests on one screen; the others come up as these end."""
TO_CHOOSE = 4
"""Neighbours to choose from who may have been meant."""


async def choose(turn: Turn, *_: str) -> Reply:
    """Show who waits for an answer, the longest first."""
    member = await own(turn)
    requests = await turn.read(open_in, member.neighbourhood_id)
    waited = [(request, turn.inbound.at - request.at) for request in requests]
    choices = [
        turn.choice("asked.one", f"/team_help {request.id}", words=short(request.text), waited=_minutes(time))
        for request, time in waited[:MOST]
    ]
    return Reply(turn.say("asked.list", member=member, count=len(requests)), turn.ways(*choices, back="/team"))


async def show(turn: Turn, typed: str = "", *_: str) -> Reply:
    """Show what was said in a request, and how long it has waited; what is written then answers it."""
    _member, request = await _request(turn, typed)
    if request is None:
        return await _over(turn)
    said = await turn.read(thread, request.id)
    text = turn.say("asked.thread", said=said, waited=_minutes(turn.inbound.at - request.at), request=request)
    ways = turn.ways(*help_words.team_ways(turn.house.speech, str(request.id)), back="/team_asked")
    return Reply(text, ways, expects=f"/team_answer {request.id}")


async def answer(turn: Turn, typed: str = "", *words: str) -> Reply:
    """Ask the member for the answer, or pass it on; what is written after it belongs to the same conversation."""
    member, request = await _request(turn, typed)
    if request is None:
        return await _over(turn)
    text = " ".join(words).strip()
    expects = f"/team_answer {request.id}"
    if not text:
        said = await turn.read(thread, request.id)
        return Reply(turn.say("asked.write", said=said), turn.ways(back=f"/team_help {request.id}"), expects=expects)
    if looks_secret(help_words.PHONE.sub(" ", text)):
        return Reply(turn.say("asked.secret"), turn.ways(back=f"/team_help {request.id}"), expects=expects)
    told = help_words.answer(turn.house.speech, request.id, text, member.name)
    turn.note(HelpAnswered(member.id, request.id, help_words.passed_on(text), told.to_json()))
    choices = (turn.choice("asked.done", f"/team_done {request.id}"), turn.choice("asked.others", "/team_asked"))
    return Reply(turn.say("asked.answered"), turn.ways(*choices, back="/team"), expects=expects)


async def unsure(turn: Turn, typed: str = "", *words: str) -> Reply:
    """Ask whom words are meant for that were written under a question that came by itself; more may be added."""
    member, request = await _request(turn, typed)
    if request is None:
        return await _over(turn)
    text, back = " ".join(words), f"/team_help {request.id}"
    if looks_secret(help_words.PHONE.sub(" ", text)):
        return Reply(turn.say("asked.secret"), turn.ways(back=back), expects=f"/team_unsure {request.id}")
    others = [one for one in await turn.read(open_in, member.neighbourhood_id) if one.id != request.id]
    choices = [
        turn.choice("asked.meant", f"/team_meant {one.id}", words=short(one.text))
        for one in (request, *others[: TO_CHOOSE - 1])
    ]
    ways = turn.ways(*choices, turn.choice("asked.not_meant", "/team_not_meant"), back=back)
    return Reply(turn.say("asked.unsure", text=text), ways, expects=f"/team_unsure {request.id} {text}".strip())


async def meant(turn: Turn, typed: str = "", *_: str) -> Reply:
    """Answer the request that was chosen with the words that were kept; where there are none, ask for them."""
    return await answer(turn, typed, *_kept(turn))


async def not_meant(turn: Turn, *_: str) -> Reply:
    """Take the words that were kept as words to the bot."""
    await own(turn)
    return await question.ask(turn, *_kept(turn))


def _kept(turn: Turn) -> list[str]:
    name, *arguments = turn.offered.expects.split() or [""]
    return arguments[1:] if name == "/team_unsure" else []


async def done(turn: Turn, typed: str = "", *_: str) -> Reply:
    """End a request; the neighbour is told so kindly."""
    member, request = await _request(turn, typed)
    if request is None:
        return await _over(turn)
    turn.note(HelpClosed(member.id, request.id, help_words.goodbye(turn.house.speech).to_json()))
    return Reply(turn.say("asked.ended"), turn.ways(turn.choice("asked.others", "/team_asked"), back="/team"))


async def _request(turn: Turn, typed: str) -> tuple[Member, Request | None]:
    """Return a request of the member's neighbourhood, None when it is over. Stray: it is another one's."""
    member = await own(turn)
    request = await turn.read(request_of, id_of(typed))
    if request and request.neighbourhood_id != member.neighbourhood_id:
        raise Stray(typed)
    return member, request


async def _over(turn: Turn) -> Reply:
    listed = await choose(turn)
    return Reply(f"{turn.say('asked.over')}\n\n{listed.text}", listed.choices)


def _minutes(time: dt.timedelta) -> int:
    return max(int(time.total_seconds() // 60), 0)
