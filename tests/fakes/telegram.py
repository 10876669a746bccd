"""A Telegram Bot API on localhost, with its ways of failing; `python -m tests.fakes.telegram` to chat through it."""

import argparse
import asyncio
import itertools
import json
import math
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.fakes.mishaps import Mishap, serving
from tests.fakes.telegram_wire import Fields, check, fields_of, left, ok, person, refuse, seen, too_many, where

TOKEN = "123456:fake-token-of-nobody"  # noqa: S105
USERNAME = "hocvuso_bot"
GROUP = -1001
DATE = 1_795_226_400
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Sent:
    """A message that was accepted."""

    at: float  # by the monotonic clock
    id: int
    chat: str
    text: str  # as people see it
    html: str
    buttons: tuple[tuple[str, str], ...]  # label and data
    photo: str = ""  # its file_id


@dataclass
class FakeTelegram:
    """Telegram, one bot on it, and the people who write to it."""

    token: str = TOKEN
    per_second: float = math.inf  # messages taken in any one second; after more all are refused for `penalty` seconds
    penalty: int = 1
    hold: float | None = None  # seconds getUpdates waits at most; None: as many as it is asked to
    strangers: bool = True  # whether people can be written to who never wrote
    blocked: set[str] = field(default_factory=set)
    mishaps: dict[str, deque[Mishap]] = field(default_factory=dict)  # by method, each for one call
    sent: list[Sent] = field(default_factory=list)
    slowed: list[float] = field(default_factory=list)  # when somebody was told to slow down
    answered: list[str] = field(default_factory=list)  # taps
    calls: list[str] = field(default_factory=list)  # methods, in order
    uploads: list[bytes] = field(default_factory=list)
    webhook: Fields = field(default_factory=dict)
    allowed: list[str] = field(default_factory=list)  # kinds of updates last asked for
    on_sent: Callable[[Sent], None] = lambda sent: None
    _people: set[str] = field(default_factory=set)
    _updates: deque[Fields] = field(default_factory=deque)
    _taps: set[str] = field(default_factory=set)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(7001))
    _closed_until: float = 0
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _polls: int = 0

    # what people do

    def say(self, text: str = "", by: int = 7, group: int = 0, update_id: int = 0, **more: Any) -> Fields:
        """Let somebody write, or with other fields send what is no text; return the update."""
        self._people.add(str(group or by))
        message = {"message_id": next(self._ids), "date": DATE, "chat": where(group or by), "from": person(by), **more}
        message |= {"text": text} if text else {}
        return self.push({"message": message} | ({"update_id": update_id} if update_id else {}))

    def tap(self, button: str, by: int = 7, chat: int = 0) -> Fields:
        """Let somebody tap a button of the last message, known by its number, label or command; return the update."""
        last = next(sent for sent in reversed(self.sent) if sent.chat == str(chat or by))
        [data] = [data for label, data in last.buttons if button in (label, data, label.partition(".")[0])]
        tap = f"tap-{next(self._ids)}"
        self._taps.add(tap)
        message = {"message_id": last.id, "date": DATE, "chat": where(int(last.chat))}
        query = {"id": tap, "from": person(by), "chat_instance": "1", "message": message, "data": data}
        return self.push({"callback_query": query})

    def block(self, by: int = 7) -> Fields:
        """Let somebody block the bot."""
        self.blocked.add(str(by))
        bot = {"user": {"id": int(self.token.partition(":")[0]), "is_bot": True, "first_name": "Bot"}}
        change = {"old_chat_member": {**bot, "status": "member"}, "new_chat_member": {**bot, "status": "kicked"}}
        return self.push({"my_chat_member": {"chat": where(by), "from": person(by), **change}})

    def push(self, update: Fields) -> Fields:
        """Queue an update; return it with its number."""
        update = {"update_id": next(self._ids), **update}
        self._updates.append(update)
        self._news.set()
        return update

    def expect(self, method: str, *mishaps: Mishap) -> None:
        """Let these happen to the next calls of a method."""
        self.mishaps.setdefault(method, deque()).extend(mishaps)

    def turn_away(self) -> int:
        """Let whoever waits for news wait no longer; return the number of the next to wait."""
        self._polls += 1
        self._news.set()
        return self._polls

    @property
    def waiting(self) -> int:
        """How many updates nobody has confirmed."""
        return len(self._updates)

    # what the bot may call

    def application(self) -> ASGIApp:
        """Return Telegram's HTTP side."""
        return Starlette(routes=[Route("/bot{token}/{method}", self._answer, methods=["GET", "POST"])])

    async def _answer(self, request: Request) -> Response:
        method = request.path_params["method"]
        self.calls.append(method)
        if request.path_params["token"] != self.token:
            return refuse(401, "Unauthorized")
        carry_out = getattr(self, "call_" + re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), method), None)
        if carry_out is None:
            return refuse(404, "Not Found")
        fields = fields_of(request.headers.get("content-type", ""), await request.body())
        waiting = self.mishaps.get(method)
        mishap = waiting.popleft() if waiting else Mishap()
        return await mishap.befall(request, lambda: carry_out(fields | {"left": lambda: left(request)}))

    async def call_get_me(self, fields: Fields) -> Response:
        own = {"id": int(self.token.partition(":")[0]), "is_bot": True, "first_name": "Học vụ số"}
        return ok({**own, "username": USERNAME})

    async def call_get_updates(self, fields: Fields) -> Response:
        if self.webhook:
            return refuse(409, "Conflict: can't use getUpdates method while webhook is active")
        offset, limit = int(fields.get("offset", 0)), int(fields.get("limit", 100))
        self.allowed = json.loads(fields.get("allowed_updates", "[]"))
        self._forget(offset)
        mine = self.turn_away()
        leaving = asyncio.create_task(fields["left"]())
        patience = min(float(fields.get("timeout", 0)), self.hold if self.hold is not None else math.inf)
        until = time.monotonic() + patience
        while not self._updates and (rest := until - time.monotonic()) > 0 and not leaving.done():
            self._news.clear()
            looking = asyncio.create_task(self._news.wait())
            await asyncio.wait({looking, leaving}, timeout=rest, return_when=asyncio.FIRST_COMPLETED)
            looking.cancel()
            if mine != self._polls:
                leaving.cancel()
                return refuse(409, "Conflict: terminated by other getUpdates request")
        leaving.cancel()
        self._forget(offset)
        return ok(list(itertools.islice(self._updates, limit)))

    def _forget(self, offset: int) -> None:
        """Keep only what was not confirmed, and is asked for."""
        kept = (update for update in self._updates if update["update_id"] >= offset)
        self._updates = deque(update for update in kept if not self.allowed or set(update) & set(self.allowed))

    async def call_send_message(self, fields: Fields) -> Response:
        return self._accept(fields, fields.get("text", ""), 4096)

    async def call_send_photo(self, fields: Fields) -> Response:
        photo = fields.get("photo", b"")
        if isinstance(photo, str) and photo.startswith("attach://"):
            photo = fields.get(photo.removeprefix("attach://"), b"")
        if isinstance(photo, str):
            if photo not in (f"file-{number}" for number in range(len(self.uploads))):
                return refuse(400, "Bad Request: wrong remote file identifier specified: Wrong padding in the string")
        elif not photo.startswith(PNG):
            return refuse(400, "Bad Request: IMAGE_PROCESS_FAILED")
        else:
            self.uploads.append(photo)
            photo = f"file-{len(self.uploads) - 1}"
        return self._accept(fields, fields.get("caption", ""), 1024, photo)

    async def call_answer_callback_query(self, fields: Fields) -> Response:
        tap = fields.get("callback_query_id", "")
        if tap not in self._taps:
            return refuse(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.answered.append(tap)
        return ok(True)

    async def call_set_webhook(self, fields: Fields) -> Response:
        if not fields.get("url", "").startswith("https://"):
            return refuse(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", fields.get("secret_token", "")):
            return refuse(400, "Bad Request: secret token contains unallowed characters")
        self.webhook = {name: value for name, value in fields.items() if isinstance(value, str)}
        return ok(True)

    async def call_delete_webhook(self, fields: Fields) -> Response:
        self.webhook = {}
        return ok(True)

    async def call_get_webhook_info(self, fields: Fields) -> Response:
        return ok({"url": self.webhook.get("url", ""), "pending_update_count": self.waiting})

    def _accept(self, fields: Fields, html: str, longest: int, photo: str = "") -> Response:
        """Take a message unless Telegram would not."""
        chat, now = str(fields.get("chat_id")), time.monotonic()
        if seconds := self._too_fast(now):
            self.slowed.append(now)
            return JSONResponse(too_many(seconds).body, 429)
        if chat in self.blocked:
            return refuse(403, "Forbidden: bot was blocked by the user")
        if not self.strangers and chat not in self._people:
            return refuse(400, "Bad Request: chat not found")
        keyboard = json.loads(fields.get("reply_markup", "{}")).get("inline_keyboard", [])
        buttons = tuple((button["text"], button["callback_data"]) for row in keyboard for button in row)
        try:
            text = seen(html) if fields.get("parse_mode") == "HTML" else html
            check(text, longest, buttons, empty=bool(photo))
        except ValueError as error:
            return refuse(400, f"Bad Request: {error}")
        sent = Sent(now, next(self._ids), chat, text, html, buttons, photo)
        self.sent.append(sent)
        self.on_sent(sent)
        sizes = {"photo": [{"file_id": photo, "file_unique_id": photo, "width": 9, "height": 9}]} if photo else {}
        return ok({"message_id": sent.id, "date": DATE, "chat": where(int(chat)), "text": text, **sizes})

    def _too_fast(self, now: float) -> int:
        """Return for how many seconds nothing is taken, 0 when this message is."""
        recent = sum(1 for sent in itertools.takewhile(lambda sent: now - sent.at < 1, reversed(self.sent)))
        if now >= self._closed_until and recent >= self.per_second:
            self._closed_until = now + self.penalty
        return max(0, math.ceil(self._closed_until - now))


# by hand

HELP = """Write as a resident; a number taps the button. :as 8 another resident, :group TEXT in a group, :photo, :block.
Start the program beside it with these settings:
  TELEGRAM_TOKEN={token}
  TELEGRAM_API_BASE={base}
End with Ctrl+D.
"""


def show(sent: Sent) -> None:
    """Print what the bot has sent."""
    buttons = "".join(f"  [{label}]\n" for label, _ in sent.buttons)
    sys.stdout.write(f"\n[{sent.chat}] {sent.photo}\n{sent.text}\n{buttons}")


def do(fake: FakeTelegram, line: str, who: int) -> int:
    """Do what was typed; return who types the next line."""
    word, _, rest = line.partition(" ")
    last = next((sent for sent in reversed(fake.sent) if sent.chat == str(who)), None)
    if word == ":as" and rest.isdecimal():
        return int(rest)
    if word == ":group":
        fake.say(f"@{USERNAME} {rest}", who, GROUP)
    elif word == ":photo":
        fake.say("", who, photo=[])
    elif word == ":block":
        fake.block(who)
    elif last and any(label.startswith(f"{line}.") for label, _ in last.buttons):
        fake.tap(line, who)
    elif line:
        fake.say(line, who)
    return who


async def chat(port: int) -> None:
    """Serve, and let whoever sits at the terminal be the residents."""
    fake = FakeTelegram(on_sent=show)
    async with serving(fake.application(), port) as base:
        sys.stdout.write(HELP.format(token=fake.token, base=base))
        lines: asyncio.Queue[str] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def read() -> None:
            for line in itertools.chain(sys.stdin, [""]):
                loop.call_soon_threadsafe(lines.put_nowait, line)

        threading.Thread(target=read, daemon=True).start()
        who = 7
        while line := await lines.get():
            who = do(fake, line.strip(), who)
        fake.turn_away()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=8781)
    asyncio.run(chat(arguments.parse_args().port))
