"""The Zalo Bot Platform: messages come by webhook or, without one, by asking for them one at a time."""

import asyncio
import datetime as dt
import json
import random
import re
import time
from collections.abc import Callable, Iterator, Sequence
from hmac import compare_digest
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.app import now
from bot.channels.base import PictureOf, Receive, no_picture
from bot.channels.zalo_bot_api import TIMED_OUT, CallFailed, ZaloBotApi
from bot.channels.zalo_bot_out import NAME, SEND_SECONDS, ZaloBotOutbound
from bot.settings import Settings
from handlers.messages import Inbound
from storage import conversations
from storage.database import Database, Unreachable

WEBHOOK = "/webhook/zalo-bot"
SECRET = "x-bot-api-secret-token"  # noqa: S105  a header's name
BODY_BYTES = 256 * 1024
KINDS = {
    "message.text.received": "text",
    "message.image.received": "picture",
    "message.sticker.received": "sticker",
    "message.voice.received": "voice",
    "message.unsupported.received": "other",  # a link, or of people whose messages the platform withholds
}
_SHAPES = {"text": "text", "photo": "picture", "photo_url": "picture", "sticker": "sticker", "voice_url": "voice"}
_ID = re.compile(r"[\x21-\x7e]{1,100}")
_MENTION = re.compile(r"^\s*@bot\s+\S+\s*", re.IGNORECASE)
"""How a message in a group begins: every bot's name begins with "Bot"."""
POLL_SECONDS = 30
SOON_SECONDS = 1.0
"""An answer "nothing new" that comes sooner is not asked for again at once."""
LONGEST_WAIT_SECONDS = 60.0
TRIES = 5
"""How often a message is handed in that cannot be recorded though the database can be reached."""
STOP_SECONDS = 5.0
"""How long a stop waits for the message that is being recorded."""
DAY = dt.timedelta(days=1)

log = structlog.get_logger()


def read(payload: object, account: str, at: dt.datetime) -> Inbound | None:
    """Return the message in an update, enveloped or bare; None: there is none to be answered."""
    envelope = _fields(payload)
    update = _fields(envelope.get("result")) or envelope
    message = _fields(update.get("message"))
    sender, chat = _fields(message.get("from")), _fields(message.get("chat"))
    address, event = _id(chat.get("id")) or _id(sender.get("id")), _id(message.get("message_id"))
    kind = _kind(update.get("event_name"), message)
    if not (kind and address and event) or sender.get("is_bot") is True:
        return None
    text = message.get("text" if kind == "text" else "caption")
    if not isinstance(text, str):
        kind, text = ("other" if kind == "text" else kind), ""
    if chat.get("chat_type") == "GROUP":
        text = _MENTION.sub("", text)
    return Inbound(NAME, account, address, event, text, at, kind=kind, immediate=False, buttons=False)


def _fields(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _id(value: object) -> str:
    """Return an id as text, "" when it cannot be one."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**30:
        return str(value)
    return value if isinstance(value, str) and _ID.fullmatch(value) else ""


def _kind(event_name: object, message: dict[str, Any]) -> str:
    """Return the kind of a message, by its event's name; by its fields where the event has no name; "" if unknown."""
    if event_name is None:
        return next((kind for field, kind in _SHAPES.items() if field in message), "")
    return KINDS.get(event_name, "") if isinstance(event_name, str) else ""


class ZaloBotPlatform:
    """One bot: hears by webhook where there is a public address and a secret, otherwise by polling."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Callable[[], dt.datetime] = now,
        patience: float = SEND_SECONDS,
        first_wait: float = 1.0,
        picture_of: PictureOf = no_picture,
    ) -> None:
        """Prepare; nothing is connected yet. Seconds: how long an answer is waited for, and before a second try."""
        token = settings.zalo_bot_token.get_secret_value().strip()
        self._account = account_of(token)
        self._api = ZaloBotApi(settings.zalo_bot_api_base, token)
        self.outbound = ZaloBotOutbound(self._api, self._account, settings, database, clock, patience, picture_of)
        self._secret = settings.zalo_bot_secret.get_secret_value() if settings.public_url.startswith("https://") else ""
        self._user_cap = settings.zalo_bot_user_cap
        self._database = database
        self._clock = clock
        self._first_wait = first_wait
        self._trouble = ""
        self._warned: dt.datetime | None = None

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        """Return the webhook's route, none while polling."""

        async def hear(request: Request) -> Response:
            return await self._hear(request, receive)

        return [Route(WEBHOOK, hear, methods=["POST"])] if self._secret else []

    async def listen(self, receive: Receive) -> None:
        """Ask for messages until cancelled, each only after the one before is recorded; nothing where a webhook is."""
        waits = self._waits()
        while not self._secret:
            asked = time.monotonic()
            try:
                update = await self._ask()
            except CallFailed as failed:
                quiet = failed.code == TIMED_OUT
                self._note("" if quiet else failed.reason)
                waits = self._waits() if quiet else waits
                if not quiet or time.monotonic() - asked < SOON_SECONDS:
                    await asyncio.sleep(next(waits))
                continue
            self._note("")
            waits = self._waits()
            await self._keep(update, receive)

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    async def _hear(self, request: Request, receive: Receive) -> Response:
        """Take what was posted to the webhook; acknowledge it once it is recorded."""
        given = request.headers.get(SECRET, "").encode("latin-1")
        genuine = compare_digest(given, self._secret.encode())
        body = b""
        async for chunk in request.stream():
            body += chunk
            if body and not genuine:
                return Response(status_code=403)
            if len(body) > BODY_BYTES:
                return Response(status_code=413)
        if not body:
            return Response()  # the platform looks whether anybody is here
        try:
            update = json.loads(body)
        except (ValueError, RecursionError):
            return Response(status_code=400)
        await self._take(update, receive)
        return Response()

    async def _ask(self) -> object:
        """Return the next update, which the platform forgets at once. CallFailed: there is none, or asking failed."""
        update: object = await self._api.call("getUpdates", POLL_SECONDS + SEND_SECONDS, timeout=str(POLL_SECONDS))
        if not update:
            raise CallFailed("nothing new", TIMED_OUT)
        return update

    async def _keep(self, update: object, receive: Receive) -> None:
        """Hand in an update that nobody would bring again; when cancelled, let it be recorded first."""
        handing = asyncio.create_task(self._hand_in(update, receive))
        try:
            await asyncio.shield(handing)
        except asyncio.CancelledError:
            await asyncio.wait({handing}, timeout=STOP_SECONDS)
            handing.cancel()
            raise

    async def _hand_in(self, update: object, receive: Receive) -> None:
        """Hand in an update until it is recorded: a database that is away is waited for."""
        waits, failures = self._waits(), 0
        while failures < TRIES:
            try:
                await self._take(update, receive)
                return
            except Exception as error:
                failures += not isinstance(error, Unreachable)
                log.error("message not recorded", channel=NAME, kind=type(error).__name__)
            await asyncio.sleep(next(waits))

    async def _take(self, update: object, receive: Receive) -> None:
        """Pass the message on, if the update has one; return once it is recorded."""
        inbound = read(update, self._account, self._clock())
        if inbound is None:
            log.info("update without a message", channel=NAME)
            return
        await receive(inbound)
        await self._watch_people(inbound.at)

    async def _watch_people(self, at: dt.datetime) -> None:
        """Warn, once a day, when more people write than the platform lets the bot have."""
        if not self._user_cap or (self._warned and at - self._warned < DAY):
            return
        people = await self._database.read(conversations.count, NAME, self._account)
        if people > self._user_cap:
            self._warned = at
            log.warning("more people than the bot may have", channel=NAME, people=people, cap=self._user_cap)

    def _waits(self) -> Iterator[float]:
        """Yield seconds to wait after each failure: longer every time, never the same for all."""
        wait = self._first_wait
        while True:
            yield wait * random.uniform(0.75, 1.25)  # noqa: S311  not a secret
            wait = min(wait * 2, LONGEST_WAIT_SECONDS)

    def _note(self, trouble: str) -> None:
        """Log that messages cannot be asked for any more, or again."""
        if trouble and trouble != self._trouble:
            log.error("cannot ask for messages", channel=NAME, account=self._account, reason=trouble)
        elif self._trouble and not trouble:
            log.info("asking for messages again", channel=NAME, account=self._account)
        self._trouble = trouble


def account_of(token: str) -> str:
    """Return the bot's id, the digits before the colon; of a token that has none nothing is shown."""
    digits, colon, _ = token.partition(":")
    return digits if colon and digits.isascii() and digits.isdecimal() else "unknown"
