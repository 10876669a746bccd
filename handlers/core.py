"""The core: one message in, one reply out, and one write of all that is to be remembered."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import uniform
from traceback import extract_tb
from weakref import WeakValueDictionary

import structlog

from faq.despair import despairs
from handlers import aside
from handlers.meaning import ASK, Meaning, meaning
from handlers.messages import COMMAND_BYTES, PERSON_KEY, Choice, Inbound, Reply
from handlers.parked import with_parked
from handlers.speech import nicknames
from handlers.turn import Handler, House, Stray, Turn
from storage import conversations, help_requests, news, pauses, turns
from storage.conversations import Known, Raced
from storage.facts import Fact
from storage.help_facts import NewsShown

TRIES = 10
"""How often a turn is decided anew when other processes write to the same conversation."""
RACED_SECONDS = 0.05
"""Longest pause before that, so that two processes do not keep running into each other."""
LONG_AWAY = dt.timedelta(days=1)
"""After that nobody remembers what "Đúng rồi ạ!" was about."""
ANSWERING = "/team_answer "
"""Expected where a helper writes to a neighbour: thanks and the like are for them, not for the bot."""
TALKING = ("/help_look", "/help_leave", "/team_done")
"""On offer where somebody talks to a person: what comes is read after what was said before."""
PASSED_ON = ("ask_team", "team_answer", "team_unsure")
"""What is said to a person is passed on, whatever it is."""
LONGEST_TEXT = 4000
"""Characters of a message that are read; the rest is left aside."""

log = structlog.get_logger()


class Core:
    """Answers messages, each conversation's one after the other."""

    def __init__(self, house: House, commands: Mapping[str, Handler], words: Mapping[str, str]) -> None:
        """Take the house, the handlers by command, and the words understood everywhere."""
        self.house = house
        self._commands = commands
        self._words = words
        self._nicknames = nicknames(house.speech)
        self._locks: WeakValueDictionary[tuple[str, str, str], asyncio.Lock] = WeakValueDictionary()

    async def answer(self, inbound: Inbound) -> Reply | None:
        """Return the reply, recorded together with all facts.

        The same event again gets the reply on show, or None where the sender carries replies.
        """
        inbound = _readable(inbound)
        key = (inbound.channel, inbound.account, inbound.address)
        lock = self._locks.get(key)
        if lock is None:
            lock = self._locks[key] = asyncio.Lock()
        async with lock:
            return await self._answer(inbound)

    async def preview(self, inbound: Inbound) -> Reply:
        """Return the reply the message would get; nothing is recorded."""
        inbound = _readable(inbound)
        reply, _ = await self._decide(inbound, await self._know(inbound))
        return reply

    async def shown(self, inbound: Inbound) -> Reply | None:
        """Return the reply this conversation was given last, with what is new since; None before the first."""
        known = await self._know(inbound)
        if not known.reply or known.conversation_id is None:
            return None
        stood = Reply.from_json(known.reply)
        reply, shown = await self._with_news(stood, known)
        if shown and any(choice.command.startswith(TALKING) for choice in stood.choices):
            reply = replace(reply, text=f"{stood.text}\n\n{reply.text.removesuffix(stood.text).rstrip()}")
        for fact in shown:
            place = (known.conversation_id, known.version)
            await self.house.database.write(news.put_on_show, *place, reply.to_json(), fact.ids)
        away = inbound.at - await self.house.database.read(conversations.seen_at, known.conversation_id)
        return aside.resumed(self.house, reply) if away >= LONG_AWAY else reply

    async def told(self, inbound: Inbound) -> Reply | None:
        """Return what came since, with all ways on; what stood there is not said once more. None: nothing came."""
        known = await self._know(inbound)
        reply = await self.shown(inbound) if known.news else None
        if reply is None:
            return None
        stood = Reply.from_json(known.reply).text
        came = reply.text.removeprefix(stood).removesuffix(stood).strip()
        return replace(reply, text=came, picture=None, card="")

    async def awaits(self, inbound: Inbound) -> bool:
        """Return whether something new may come by itself, of those who talk here."""
        known = await self._know(inbound)
        where = (known.conversation_id, known.resident_id)
        return bool(known.conversation_id) and await self.house.database.read(help_requests.awaited, *where)

    async def _know(self, inbound: Inbound) -> Known:
        return await self.house.database.read(
            conversations.known, inbound.channel, inbound.account, inbound.address, inbound.event
        )

    async def _answer(self, inbound: Inbound) -> Reply | None:
        for _ in range(TRIES):
            known = await self._know(inbound)
            if known.seen:
                return Reply.from_json(known.reply) if inbound.immediate else None
            try:
                return await self._take_turn(inbound, known)
            except Raced:
                await asyncio.sleep(uniform(0, RACED_SECONDS))  # noqa: S311  (nothing secret about a pause)
        raise Raced

    async def _take_turn(self, inbound: Inbound, known: Known) -> Reply | None:
        try:
            if await self._pauser(inbound, known) == "office" and not inbound.text.startswith("/"):
                return await self._hold_back(inbound, known)
            reply, facts = await self._decide(inbound, known)
            reply, shown = await self._with_news(reply, known)
            await self._record(inbound, known, reply, (*facts, *shown))
        except Raced:
            raise
        except Exception as error:
            # neither the message of the exception nor the values around it: what was typed may be in them
            kind, at = type(error).__name__, places(error)
            log.error("turn failed", conversation=known.conversation_id, channel=inbound.channel, kind=kind, at=at)
            reply = self._apology()
            await self._record(inbound, known, reply, ())
        return reply

    async def _pauser(self, inbound: Inbound, known: Known) -> str | None:
        """Return for whom the bot holds back, None when it answers as usual."""
        if not known.paused or known.conversation_id is None:
            return None
        return await self.house.database.read(pauses.pauser, known.conversation_id, inbound.at)

    async def _hold_back(self, inbound: Inbound, known: Known) -> Reply | None:
        """Leave a message to the person who talks here; what was on show stays, and nothing is sent."""
        offered = await self._offered(inbound, known)
        await self._record(inbound, known, offered, (), silent=True)
        return offered if inbound.immediate else None

    async def _with_news(self, reply: Reply, known: Known) -> tuple[Reply, tuple[NewsShown, ...]]:
        """Return the reply with what waited for this visit before it, and what has been shown by that."""
        if not known.news or known.conversation_id is None:
            return reply, ()
        waiting = await self.house.database.read(news.waiting, known.conversation_id)
        for one in reversed(waiting):
            reply = Reply.from_json(one.reply).before(reply)
        return reply, (NewsShown(tuple(one.id for one in waiting)),)

    async def _decide(self, inbound: Inbound, known: Known) -> tuple[Reply, tuple[Fact, ...]]:
        """Return the reply to a message and what is to be remembered, by its meaning."""
        offered = await self._offered(inbound, known)
        if inbound.kind == "text":
            to_neighbour = offered.expects if offered.expects.startswith(ANSWERING) else ""
            free = "/ask_team" if await self._pauser(inbound, known) == "team" else to_neighbour or ASK
            meant = meaning(inbound.text, offered, self._words, free, self._nicknames)
        else:
            meant = ("unreadable", (inbound.kind,))
        if self._despairs(inbound.text, meant):
            meant = ("despair", ())
        if meant[0] == "unreadable" and not offered.choices:  # "?", a smile or a photo is how some say hello
            meant = ("start", ())
        return await self._carry_out(meant, Turn(self.house, inbound, known, offered))

    def _despairs(self, text: str, meant: Meaning) -> bool:
        """Return whether free text, to nobody in person, says that somebody does not want to live."""
        name, arguments = meant
        free = arguments[-1:] == (text.strip(),) and name not in PASSED_ON and not text.startswith("/")
        return free and despairs(text, self.house.bank.matcher.index.reader)

    async def _offered(self, inbound: Inbound, known: Known) -> Reply:
        if inbound.after:
            shown, _ = await self._decide(replace(inbound, text=inbound.after, after=""), known)
            return shown
        return Reply.from_json(known.reply) if known.reply else Reply("")

    async def _carry_out(self, meant: Meaning, turn: Turn) -> tuple[Reply, tuple[Fact, ...]]:
        name, arguments = meant
        try:
            if name not in self._commands:
                raise Stray(name)
            reply = await with_parked(turn, name, await self._commands[name](turn, *arguments))
        except Stray:
            turn.facts.clear()
            reply = await self._commands["stray"](turn)
        _check(reply)
        return reply, tuple(turn.facts)

    def _apology(self) -> Reply:
        menu = Choice(self.house.speech.say("common.menu"), "/menu")
        person = Choice(self.house.speech.say("common.person"), "/person", PERSON_KEY)
        return Reply(self.house.speech.say("common.apology"), (menu, person))

    async def _record(
        self, inbound: Inbound, known: Known, reply: Reply, facts: tuple[Fact, ...], silent: bool = False
    ) -> None:
        turned = turns.Turned(
            known=known,
            ward_id=self.house.ward.id,
            channel=inbound.channel,
            account=inbound.account,
            address=inbound.address,
            event=inbound.event,
            reply=reply.to_json(),
            facts=facts,
            deliver=not (inbound.immediate or silent),
            now=inbound.at,
        )
        await self.house.database.write_together(turns.record, turned)


def _readable(inbound: Inbound) -> Inbound:
    """Return the message without what no database keeps, and no longer than anybody reads."""
    cleaned = {
        name: getattr(inbound, name)[:LONGEST_TEXT].replace("\0", " ").encode("utf-8", "ignore").decode("utf-8")
        for name in ("event", "text", "after")
    }
    return replace(inbound, **cleaned)


def places(error: BaseException) -> list[str]:
    """Return where an exception came by, outermost first."""
    return [f"{Path(frame.filename).name}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]


def _check(reply: Reply) -> None:
    for choice in reply.choices:
        if len(choice.command.encode()) > COMMAND_BYTES:
            raise ValueError(f"command too long: {choice.command}")
