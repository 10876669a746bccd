"""A Zalo Bot Platform on localhost, with its ways of failing; `python -m tests.fakes.zalo_bot` to chat through it.

What it does is what the documentation says and what others have met; where nobody knows, a switch chooses.
"""

import argparse
import asyncio
import itertools
import json
import re
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from tests.fakes.mishaps import Mishap, serving

TOKEN = "1459232241454765289:fake-token-of-nobody"  # noqa: S105
DATE = 1_795_226_400_123


@dataclass(frozen=True)
class Sent:
    """A message the bot has sent."""

    chat: str
    text: str
    photo: str = ""


def refused(code: int, status: int = 200, description: str = "refused") -> Mishap:
    """Return a refusal as the platform words it: mostly with status 200."""
    return Mishap(status, {"ok": False, "error_code": code, "description": description})


@dataclass
class FakeZaloBot:
    """The platform, one bot on it, and the people who write to it."""

    token: str = TOKEN
    error_status: bool = False  # whether refusals come with their own HTTP status; otherwise with 200
    hold: float | None = None  # seconds getUpdates waits; None: as many as it is asked to
    enveloped: bool = True
    dated: bool = True
    photo_field: str = "photo_url"  # the documentation says "photo"
    users: int = 50
    messages: int = 3000
    local_webhooks: bool = False  # whether webhooks may be http, and here
    fetches: bool = True  # whether sendPhoto looks at the picture
    mishaps: dict[str, deque[Mishap]] = field(default_factory=dict)  # by method, each for one call
    sent: list[Sent] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)  # methods, in order
    hooked: list[int] = field(default_factory=list)  # what the webhook answered
    webhook: str = ""
    secret: str = ""
    on_sent: Callable[[Sent], None] = lambda sent: None
    _people: dict[str, str] = field(default_factory=dict)  # chat ids that wrote, with their type
    _written_to: set[str] = field(default_factory=set)
    _updates: "asyncio.Queue[dict[str, Any]]" = field(default_factory=asyncio.Queue)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(0xA1B2C3D4E5F607180000))

    # what people do

    async def write(self, text: str, by: str = "ba-tu", event: str = "") -> dict[str, Any]:
        """Let somebody write; return the update."""
        return await self._happen("message.text.received", by, {"text": text}, event)

    async def show(self, by: str = "ba-tu", caption: str = "") -> dict[str, Any]:
        """Let somebody send a picture."""
        fields = {self.photo_field: "https://img.example.invalid/p.jpg", "message_type": "CHAT_PHOTO"}
        return await self._happen("message.image.received", by, {**fields, **({"caption": caption} if caption else {})})

    async def stick(self, by: str = "ba-tu") -> dict[str, Any]:
        """Let somebody send a sticker."""
        fields = {"sticker": "3e2f", "url": "https://img.example.invalid/s.png"}
        return await self._happen("message.sticker.received", by, fields)

    async def speak(self, by: str = "ba-tu") -> dict[str, Any]:
        """Let somebody send a voice message."""
        fields = {"voice_url": "https://voice.example.invalid/v.aac", "message_type": "CHAT_VOICE"}
        return await self._happen("message.voice.received", by, fields)

    async def withheld(self, by: str = "ba-tu") -> dict[str, Any]:
        """Let somebody write whose messages the platform does not pass on."""
        return await self._happen("message.unsupported.received", by, {})

    async def write_in_group(self, text: str, by: str = "ba-tu", answering: bool = False) -> None:
        """Let somebody write in a group: only what mentions the bot or answers it arrives."""
        if answering or text.startswith("@Bot"):
            await self._happen("message.text.received", by, {"text": text}, group="to-kp5")

    def expect(self, method: str, *mishaps: Mishap) -> None:
        """Let these happen to the next calls of a method."""
        self.mishaps.setdefault(method, deque()).extend(mishaps)

    async def _happen(
        self, name: str, by: str, fields: dict[str, Any], event: str = "", group: str = ""
    ) -> dict[str, Any]:
        self._people[group or by] = "GROUP" if group else "PRIVATE"
        message = {
            "message_id": event or f"{next(self._ids):x}",
            "from": {"id": by, "display_name": "Trần Thị Mẫu", "is_bot": False},
            "chat": {"id": group or by, "chat_type": self._people[group or by]},
            **fields,
            **({"date": DATE} if self.dated else {}),
        }
        update = {"event_name": name, "message": message}
        if self.webhook:
            await self.post(update)
        else:
            await self._updates.put(update)
        return update

    async def post(self, update: dict[str, Any]) -> None:
        """Post an update to the webhook; there is no second try."""
        body = {"ok": True, "result": update} if self.enveloped else update
        headers = {"X-Bot-Api-Secret-Token": self.secret, "User-Agent": "Java/1.8.0_392"}
        async with httpx2.AsyncClient() as client:
            answer = await client.post(self.webhook, json=body, headers=headers, timeout=10)
        self.hooked.append(answer.status_code)

    def application(self) -> ASGIApp:
        """Return the platform's HTTP side. Every answer has two Server headers, as the platform's have."""
        app = Starlette(routes=[Route("/bot{token}/{method}", self._answer, methods=["GET", "POST"])])

        async def with_servers(scope: Any, receive: Any, send: Any) -> None:
            async def sent_twice(message: Any) -> None:
                more = [(b"server", b"ZGS"), (b"server", b"nginx")] if "headers" in message else []
                await send({**message, "headers": [*message["headers"], *more]} if more else message)

            await app(scope, receive, sent_twice)

        return with_servers

    async def _answer(self, request: Request) -> Response:
        method, token = request.path_params["method"], request.path_params["token"]
        self.calls.append(method)
        if token != self.token:
            return self._refuse(401, "Unauthorized")
        fields = {**request.query_params, **await _body(request), "left": request.receive}
        waiting = self.mishaps.get(method)
        mishap = waiting.popleft() if waiting else Mishap()
        carry_out = getattr(self, "call_" + re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), method), None)
        if carry_out is None:
            return self._refuse(404, "Invalid request")
        return await mishap.befall(request, lambda: carry_out(fields))

    def _refuse(self, code: int, description: str) -> Response:
        body = {"ok": False, "error_code": code, "description": description}
        return JSONResponse(body, code if self.error_status else 200)

    async def call_get_me(self, fields: dict[str, Any]) -> Response:
        me = {"id": self.token.partition(":")[0], "account_name": "bot.thu", "account_type": "BASIC"}
        return _ok({**me, "can_join_groups": True})

    async def call_get_updates(self, fields: dict[str, Any]) -> Response:
        if self.webhook:
            return self._refuse(400, "Webhook is set")
        patience = self.hold if self.hold is not None else float(fields.get("timeout", 30))
        getting, leaving = asyncio.create_task(self._updates.get()), asyncio.create_task(fields["left"]())
        await asyncio.wait({getting, leaving}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        leaving.cancel()
        if getting.done():
            return _ok(getting.result())  # forgotten from now on
        getting.cancel()
        return self._refuse(408, "Request timeout")

    async def call_send_message(self, fields: dict[str, Any]) -> Response:
        text, mode = str(fields.get("text", "")), fields.get("parse_mode")
        if not _fits(text) or mode not in (None, "markdown", "html") or (mode == "markdown" and text.count("**") % 2):
            return self._refuse(400, "Bad request")
        return self._deliver(Sent(str(fields.get("chat_id")), text))

    async def call_send_photo(self, fields: dict[str, Any]) -> Response:
        photo, caption = str(fields.get("photo", "")), str(fields.get("caption", ""))
        if (caption and not _fits(caption)) or not await self._fetched(photo):
            return self._refuse(400, "Bad request")
        return self._deliver(Sent(str(fields.get("chat_id")), caption, photo))

    async def call_set_webhook(self, fields: dict[str, Any]) -> Response:
        url, secret = str(fields.get("url", "")), str(fields.get("secret_token", ""))
        private = urlsplit(url).scheme != "https" or urlsplit(url).hostname in ("localhost", "127.0.0.1", None)
        if (private and not self.local_webhooks) or not 8 <= len(secret) <= 256:
            return self._refuse(400, "Bad webhook")
        self.webhook, self.secret = url, secret  # kept even if nobody answers there
        return _ok({"url": url, "updated_at": DATE, "verification": await self._verification(url)})

    async def call_delete_webhook(self, fields: dict[str, Any]) -> Response:
        self.webhook = self.secret = ""
        return _ok({"url": "", "updated_at": DATE})

    async def call_get_webhook_info(self, fields: dict[str, Any]) -> Response:
        return _ok({"url": self.webhook, "updated_at": DATE})

    def _deliver(self, sent: Sent) -> Response:
        if sent.chat not in self._people:
            return self._refuse(400, "Chat not found")
        crowded = sent.chat not in self._written_to and len(self._written_to) >= self.users
        if crowded or len(self.sent) >= self.messages:
            return self._refuse(429, "Quota exceeded")
        self._written_to.add(sent.chat)
        self.sent.append(sent)
        self.on_sent(sent)
        return _ok({"message_id": f"{next(self._ids):x}", "date": DATE})

    async def _fetched(self, url: str) -> bool:
        """Return whether the picture is there."""
        if not self.fetches:
            return True
        try:
            async with httpx2.AsyncClient() as client:
                return (await client.get(url, timeout=2)).is_success
        except (httpx2.RequestError, httpx2.InvalidURL):
            return False

    async def _verification(self, url: str) -> dict[str, Any]:
        """Return what comes of an empty post without the secret."""
        try:
            async with httpx2.AsyncClient() as client:
                status = (await client.post(url, timeout=2)).status_code
        except httpx2.RequestError:
            return {"ok": False, "url": url, "outcome": "webhook.err.unreachable", "hint": "cannot connect"}
        outcome = "webhook.ok" if status < 300 else f"webhook.http.{status}"
        return {"ok": status < 300, "url": url, "status_code": status, "outcome": outcome, "hint": ""}


async def _body(request: Request) -> dict[str, Any]:
    """Return the fields of a JSON body, {} when it is none."""
    try:
        fields = json.loads(await request.body())
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _fits(text: str) -> bool:
    return 1 <= len(text.encode("utf-16-le")) // 2 <= 2000


def _ok(result: Any) -> Response:
    return JSONResponse({"ok": True, "result": result})


# by hand

HELP = """Write as a resident. :as NAME another resident, :group TEXT in a group, :picture :sticker :voice :withheld.
Start the program beside it with these settings:
  ZALO_BOT_TOKEN={token}
  ZALO_BOT_API_BASE={base}
Messages are asked for (polling) unless the program has set a webhook. End with Ctrl+D.
"""


async def chat(port: int) -> None:
    """Serve, and let whoever sits at the terminal be the residents."""
    fake = FakeZaloBot(local_webhooks=True, fetches=False, on_sent=lambda sent: print(f"\n{sent.text}\n[{sent.chat}]"))  # noqa: T201
    async with serving(fake.application(), port) as base:
        print(HELP.format(token=fake.token, base=base))  # noqa: T201
        lines: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        threading.Thread(target=_read_lines, args=(loop, lines), daemon=True).start()
        who = "ba-tu"
        while (line := await lines.get()) is not None:
            word, _, rest = line.strip().partition(" ")
            others = {":picture": fake.show, ":sticker": fake.stick, ":voice": fake.speak, ":withheld": fake.withheld}
            if word == ":as":
                who = rest.strip() or who
            elif word == ":group":
                await fake.write_in_group(f"@Bot BDHVS {rest}", who)
            elif word in others:
                await others[word](who)
            elif line.strip():
                await fake.write(line.strip(), who)


def _read_lines(loop: asyncio.AbstractEventLoop, lines: "asyncio.Queue[str | None]") -> None:
    while True:
        try:
            line: str | None = input()
        except (EOFError, KeyboardInterrupt):
            line = None
        loop.call_soon_threadsafe(lines.put_nowait, line)
        if line is None:
            return


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=8782)
    asyncio.run(chat(arguments.parse_args().port))
