"""The Zalo Official Account: messages come by a signed webhook and leave through the OpenAPI, with up to five buttons."""

import asyncio
import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from unicodedata import normalize

import httpx2
import structlog
import yaml
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot.app import now
from bot.channels.base import Limits, Receive, SendFailed
from bot.channels.zalo_oa_api import ATTACHMENT_EXPIRED, TIMEOUT, WINDOW_CLOSED, Quota, ZaloApi, ZaloRefused
from bot.channels.zalo_oa_events import UNUSED, Left, Receipt, StaffSpoke, Told, event_of, parsed, read, signed_by
from bot.channels.zalo_token import CHANNEL, Tokens
from bot.markup import to_plain
from bot.settings import Settings
from handlers.messages import Inbound, Reply
from lessons.library import CONTENT
from storage import deliveries, uploads
from storage.database import Database, Unreachable

WEBHOOK = "/webhook/zalo-oa"
BODY_BYTES = 256 * 1024
TEXT_UNITS = 2000
"""Longest text of a message, in UTF-16 units."""
MOST_BUTTONS = 5
TITLE_UNITS = 100
NO_BUTTONS = (-201, -233)
"""Zalo's codes for a message of a shape it does not take: the choices are then sent as text."""
FREE = dt.timedelta(hours=48)
OPEN = dt.timedelta(days=7)
"""How long after the last word of a resident messages are free, and may be sent at all."""
UPLOAD_LIFE = dt.timedelta(days=6)
"""A day less than Zalo keeps an upload."""
KEEP_ALIVE_SECONDS = 2
"""A connection that Zalo closes under a request leaves its message unsure: idle ones are soon given up."""
CONNECTIONS = 8
FRESH_SECONDS = 600
ANSWER_SECONDS = 1.8
"""After this the webhook answers, for Zalo waits two seconds; the work goes on."""
RECEIPT_PAUSES = (0.1, 0.3, 0.9)
"""A receipt may come before our own note of the message it is about."""
VERIFICATION = """<!DOCTYPE html>
<html lang="en">
<head>
    <meta property="zalo-platform-site-verification" content="{code}" />
</head>
<body>
There Is No Limit To What You Can Accomplish Using Zalo!
</body>
</html>
"""

Clock = Callable[[], dt.datetime]
Message = dict[str, Any]
log = structlog.get_logger()


def render(reply: Reply) -> list[Message]:
    """Return the messages that say a reply: plain text, at most five buttons under the last one, else a list."""
    text = normalize("NFC", to_plain(reply.text)).strip()
    titles = [(f"{number}. {choice.label}", choice.command) for number, choice in reply.numbered()]
    if len(titles) > MOST_BUTTONS or any(units(title) > TITLE_UNITS for title, _ in titles):
        return _listed(text, [title for title, _ in titles])
    *before, last = ({"text": part} for part in split(text))
    if titles:
        buttons = [{"title": title, "type": "oa.query.hide", "payload": command} for title, command in titles]
        last = {**last, "attachment": {"type": "template", "payload": {"buttons": buttons}}}
    return [*before, last]


def without_buttons(message: Message) -> list[Message]:
    """Return the messages that say the same with the choices as text."""
    return _listed(message["text"], [button["title"] for button in message["attachment"]["payload"]["buttons"]])


def _listed(text: str, titles: Sequence[str]) -> list[Message]:
    listed = "\n".join((_texts()["choose"], *titles))
    return [{"text": part} for part in split(f"{text}\n\n{listed}")]


def split(text: str, most: int = TEXT_UNITS) -> list[str]:
    """Return the text in parts of at most so many UTF-16 units, cut between paragraphs, lines or words."""
    parts = []
    while units(text) > most:
        head = text.encode("utf-16-le")[: 2 * most].decode("utf-16-le", "ignore")
        ends = (head.rfind(gap, len(head) // 2) for gap in ("\n\n", "\n", " "))
        end = next((end for end in ends if end > 0), len(head))
        parts.append(text[:end].rstrip())
        text = text[end:].lstrip()
    return [*parts, text]


def units(text: str) -> int:
    """Return how long Zalo finds a text."""
    return len(text.encode("utf-16-le")) // 2


@cache
def _texts() -> dict[str, str]:
    loaded: dict[str, str] = yaml.load(files("bot").joinpath("texts/zalo_oa.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return loaded


class ZaloOaOutbound:
    """Says replies to residents of one OA."""

    def __init__(self, settings: Settings, database: Database, api: ZaloApi, clock: Clock) -> None:
        self.name = CHANNEL
        self.account = settings.zalo_oa_id
        self.limits = Limits(per_second=settings.zalo_oa_per_minute / 60)
        self.quota: dict[str, Quota] = {}
        """What Zalo said last of each quota."""
        self._paid = settings.zalo_oa_paid_sends
        self._pictures = (settings.content_dir or CONTENT) / "pictures"
        self._database = database
        self._api = api
        self._clock = clock
        self._begun: dict[str, tuple[Reply, int]] = {}  # replies of which so many messages have arrived

    async def send(self, address: str, reply: Reply) -> str:
        """Send a reply; return the id of its last message. Tried again, it goes on where it was broken off."""
        try:
            await self._check_window(address)
            return await self._say(address, reply)
        except Unreachable:
            raise SendFailed("passing", "database") from None

    async def _check_window(self, address: str) -> None:
        """Refuse what Zalo would refuse, or would charge although the office did not allow it."""
        heard = await self._database.read(deliveries.heard_at, CHANNEL, self.account, address)
        if heard and self._clock() - heard > (OPEN if self._paid else FREE):
            raise SendFailed("final", WINDOW_CLOSED)

    async def _say(self, address: str, reply: Reply) -> str:
        begun, done = self._begun.pop(address, (reply, 0))
        done = done if begun == reply else 0
        picture = picture_of(reply, self._pictures)
        steps: list[Message | Path] = [*([picture] if picture else []), *render(reply)]
        message_id = ""
        for number, step in enumerate(steps[done:], done):
            try:
                message_id = await (self._show(address, step) if isinstance(step, Path) else self._tell(address, step))
            except SendFailed as failed:
                if number and failed.failure in ("passing", "slow_down"):
                    self._begun[address] = (reply, number)
                raise
        return message_id

    async def _tell(self, address: str, message: Message) -> str:
        try:
            return await self._post(address, message)
        except ZaloRefused as refused:
            if refused.code not in NO_BUTTONS or "attachment" not in message:
                raise
            log.warning("Zalo takes no buttons", channel=CHANNEL, code=refused.code)
        for part in without_buttons(message):
            message_id = await self._post(address, part)
        return message_id

    async def _show(self, address: str, picture: Path) -> str:
        """Send a picture. The text makes sense without it: only what stops the text as well is passed on."""
        image = picture.read_bytes()
        try:
            return await self._post(address, _media(await self._uploaded(image)))
        except SendFailed as failed:
            expired = isinstance(failed, ZaloRefused) and failed.code == ATTACHMENT_EXPIRED
            if failed.failure in ("slow_down", "gone") or failed.reason == WINDOW_CLOSED:
                raise
            log.warning("picture not sent", channel=CHANNEL, reason=failed.reason)
        if expired:
            with suppress(SendFailed):
                return await self._post(address, _media(await self._uploaded(image, anew=True)))
        return ""

    async def _uploaded(self, image: bytes, anew: bool = False) -> str:
        """Return Zalo's id of a picture, uploaded unless Zalo still has it."""
        content = hashlib.sha256(image).hexdigest()
        known = await self._database.read(uploads.known, CHANNEL, self.account, content)
        if known and not anew and self._clock() - known[1] < UPLOAD_LIFE:
            return known[0]
        remote = await self._api.upload(image)
        await self._database.write(uploads.remember, CHANNEL, self.account, content, remote, self._clock())
        return remote

    async def _post(self, address: str, message: Message) -> str:
        sent = await self._api.send(address, message)
        if sent.quota:
            self.quota[sent.quota.kind] = sent.quota
        return sent.message_id


def picture_of(reply: Reply, pictures: Path) -> Path | None:
    """Return the PNG beside the reply's drawing, if there is one: Zalo takes no SVG."""
    picture = pictures / f"{reply.picture}.png"
    return picture if reply.picture and picture.is_file() else None


def _media(attachment_id: str) -> Message:
    elements = [{"media_type": "image", "attachment_id": attachment_id}]
    return {"attachment": {"type": "template", "payload": {"template_type": "media", "elements": elements}}}


class ZaloOaPlatform:
    """One OA: its webhook, its token, its outbound channel."""

    def __init__(self, settings: Settings, database: Database, clock: Clock = now) -> None:
        limits = httpx2.Limits(max_connections=CONNECTIONS, keepalive_expiry=KEEP_ALIVE_SECONDS)
        self._settings = settings
        self._database = database
        self._clock = clock
        self._client = httpx2.AsyncClient(timeout=TIMEOUT, limits=limits)
        self._tokens = Tokens(settings, database, self._client, clock)
        self.api = ZaloApi(settings, self._client, self._tokens)
        self.outbound = ZaloOaOutbound(settings, database, self.api, clock)
        self._under_way: set[asyncio.Task[None]] = set()
        self._logged: set[str] = set()

    def routes(self, receive: Receive) -> list[BaseRoute]:
        """Return the webhook and, where a code is set, the page that proves the domain to Zalo."""

        async def hear(request: Request) -> Response:
            return Response(status_code=await self._hear(request, receive))

        limit = Middleware(RequestBodyLimitMiddleware, max_body_size=BODY_BYTES)
        return [Route(WEBHOOK, hear, methods=["POST"], middleware=[limit]), *self._verification()]

    def _verification(self) -> Iterator[Route]:
        if code := self._settings.zalo_oa_verifier:
            page = HTMLResponse(VERIFICATION.format(code=code))
            yield Route(f"/zalo_verifier{code}.html", page)

    async def listen(self, receive: Receive) -> None:
        """Keep the token pair fresh, also while nobody writes."""
        while True:
            with suppress(SendFailed):
                await self._tokens.access()
            await asyncio.sleep(FRESH_SECONDS)

    async def close(self) -> None:
        """Finish what is under way and close the connections."""
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._tokens.close()
        await self._client.aclose()

    async def _hear(self, request: Request, receive: Receive) -> int:
        """Take an event in; return the HTTP status: 200 once it is recorded or of no use."""
        try:
            body = await request.body()
        except ClientDisconnect:
            return 400
        payload = parsed(body)
        way = signed_by(request.headers, body, payload, self._settings)
        if not way:
            self._log_once("webhook not signed by Zalo")
            return 401
        self._log_once("webhook signature", way=way)
        told = read(payload, self._settings.zalo_oa_id, self._clock())
        if told is None:
            self._ignore(payload)
            return 200
        task = asyncio.create_task(self._take(told, receive))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        await asyncio.wait({task}, timeout=ANSWER_SECONDS)
        return 200 if task.done() and not task.exception() else 503

    async def _take(self, told: Told, receive: Receive) -> None:
        match told:
            case Inbound():
                await receive(told)
            case Receipt():
                await self._note(told)
            case Left():
                account, at = self._settings.zalo_oa_id, self._clock()
                await self._database.write(deliveries.leave, CHANNEL, account, told.address, at)
            case StaffSpoke():
                log.info("staff answered in the OA", channel=CHANNEL)
