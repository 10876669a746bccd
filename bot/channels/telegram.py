"""Telegram, the way in: what its updates mean, and the webhook; aiogram, which asks for them, is loaded beside."""

import asyncio
import datetime as dt
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.app import now
from bot.channels.base import PictureOf, Receive, no_picture
from bot.channels.telegram_out import CHANNEL, TelegramOut
from bot.settings import Settings
from handlers.messages import Inbound
from storage import conversations
from storage.database import Database

if TYPE_CHECKING:
    from bot.channels.telegram_in import Ear

WEBHOOK = f"/webhook/{CHANNEL}"
SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105  a name
BODY_BYTES = 512 * 1024
"""Longest update accepted: the longest message with all its formatting fits several times."""
WAIT_SECONDS = (1.0, 30.0)
"""How long Telegram is left alone after a failure, twice as long after each, and at most."""
KINDS = {
    "photo": "picture",
    "voice": "voice",
    "audio": "voice",
    "sticker": "sticker",
    **dict.fromkeys(("animation", "video", "video_note", "document", "paid_media", "story"), "other"),
    **dict.fromkeys(("contact", "location", "venue", "poll", "dice", "game", "checklist"), "other"),
}
"""What a person may send besides text; whatever else a message holds is news of the chat itself, and not answered."""
_ADDRESSED = re.compile(r"^(/\w+)@\w+")
_START = re.compile(r"/start(?=\s|$)\s*(\S*).*", re.DOTALL)
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,64}")

Json = Any
"""What Telegram sends, read by its shape: new fields and kinds, every few weeks some, must not break the known ones."""


class TelegramPlatform:
    """The bot of one token."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Callable[[], dt.datetime] = now,
        waits: tuple[float, float] = WAIT_SECONDS,
        picture_of: PictureOf = no_picture,
    ) -> None:
        """Prepare; nothing is connected yet. `waits`: how long Telegram is left alone after a failure, at most."""
        self.outbound = TelegramOut(settings, database, clock, picture_of=picture_of)
        self._database = database
        self._clock = clock
        self._settings = settings
        self._waits = waits
        self._secret = settings.telegram_webhook_secret.get_secret_value()
        reachable = settings.public_url.startswith("https:") and self._secret
        self._webhook = f"{settings.public_url}{WEBHOOK}" if reachable else ""
        self._loading: asyncio.Task[Ear] | None = None
        self._taps: set[asyncio.Task[None]] = set()

    def routes(self, receive: Receive) -> Sequence[BaseRoute]:
        """Return the webhook's route, none while polling."""
        hear = partial(self._hear, receive)
        return [Route(WEBHOOK, hear, methods=["POST"], max_body_size=BODY_BYTES)] if self._webhook else []

    async def listen(self, receive: Receive) -> None:
        """Have updates brought to the webhook, or ask for them until cancelled; outlive an unreachable Telegram."""
        ear = await self._ear()
        if self._webhook:
            await ear.register(self._webhook, self._secret)
        else:
            await ear.listen(partial(self._take, receive))

    async def close(self) -> None:
        """Close the connections."""
        for task in self._taps:
            task.cancel()
        await self.outbound.close()
        if self._loading:
            await (await self._loading).close()

    async def _ear(self) -> "Ear":
        """Return what hears Telegram. Loading it takes seconds: meanwhile everything else goes on."""
        self._loading = self._loading or asyncio.create_task(self._load())
        return await asyncio.shield(self._loading)

    async def _load(self) -> "Ear":
        make = await asyncio.to_thread(_ear_class)
        return make(self._settings, *self._waits)

    async def _hear(self, receive: Receive, request: Request) -> Response:
        """Take in what Telegram brings; acknowledged once it is recorded."""
        secret = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(secret.encode(), self._secret.encode()):
            return Response(status_code=403)
        try:
            update = json.loads(await request.body())
        except (ValueError, RecursionError):
            return Response(status_code=400)
        await self._take(receive, update)
        return Response(status_code=200)

    async def _take(self, receive: Receive, update: Json) -> None:
        if tap := tap_of(update):
            self._ease(tap)
        if address := left_by(update):
            account = self.outbound.account
            await self._database.write(conversations.gone, CHANNEL, account, address, self._clock())
        username = await (await self._ear()).username() if in_group(update) else ""
        if inbound := read(update, self.outbound.account, username, self._clock()):
            await receive(inbound)

    def _ease(self, tap: str) -> None:
        """Let the button that was tapped stop turning, at once and beside everything else."""
        task = asyncio.create_task(self._answer(tap))
        self._taps.add(task)
        task.add_done_callback(self._taps.discard)

    async def _answer(self, tap: str) -> None:
        with suppress(Exception):  # the reply comes all the same
            await (await self._ear()).ease(tap)


def _ear_class() -> "type[Ear]":
    from bot.channels.telegram_in import Ear  # noqa: PLC0415

    return Ear


def read(update: Json, account: str, username: str, at: dt.datetime) -> Inbound | None:
    """Return what a person said or tapped, None for everything else; in groups only what is said to the bot."""
    match update:
        case {"update_id": int(event), "callback_query": {"from": {"id": int(person)}, "data": str(command), **tap}}:
            address = _address(_chat_of(tap.get("message"), person), person)
            return _inbound(account, address, event, at, command)
        case {
            "update_id": int(event),
            "message": {"chat": {"id": int(chat)}, "from": {"id": int(person), "is_bot": False}, **message},
        }:
            said, kind = _said(message)
            if in_group(update):
                if not _is_for(account, username, said, message):
                    return None
                said = _named(username).sub("", said).strip() or "/start"
            return _inbound(account, _address(chat, person), event, at, said, kind) if kind else None
    return None


def tap_of(update: Json) -> str:
    """Return the id of a tap, which Telegram wants to be answered; empty where nothing was tapped."""
    match update:
        case {"callback_query": {"id": str(tap)}}:
            return tap
    return ""


def left_by(update: Json) -> str:
    """Return the address of a person who blocked the bot just now; empty where nobody did."""
    match update:
        case {
            "my_chat_member": {"chat": {"id": int(chat), "type": "private"}, "new_chat_member": {"status": "kicked"}}
        }:
            return str(chat)
    return ""


def in_group(update: Json) -> bool:
    """Return whether this is said in a group."""
    match update:
        case {"message": {"chat": {"type": "group" | "supergroup"}}}:
            return True
    return False


def _inbound(account: str, address: str, event: int, at: dt.datetime, said: str, kind: str = "text") -> Inbound:
    return Inbound(CHANNEL, account, address, str(event), _command(said), at, kind=kind, immediate=False)


def _address(chat: int, person: int) -> str:
    """Return where a person is answered; in a group everybody has a conversation of their own, held in the open."""
    return str(person) if chat == person else f"{chat}:{person}"


def _chat_of(message: Json, person: int) -> int:
    """Return the chat whose button was tapped; of a message long past Telegram does not tell."""
    match message:
        case {"chat": {"id": int(chat)}}:
            return chat
    return person


def _is_for(account: str, username: str, said: str, message: Json) -> bool:
    """Return whether something said in a group is said to the bot: by its name, or in reply to it."""
    match message:
        case {"reply_to_message": {"from": {"id": int(person)}}} if str(person) == account:
            return True
    return bool(_named(username).search(said))


def _named(username: str) -> re.Pattern[str]:
    """Return the pattern of the bot's name, as in "@hocvuso_bot" and "/menu@hocvuso_bot"."""
    return re.compile(rf"@{re.escape(username)}\b" if username else r"(?!)", re.IGNORECASE)


def _said(message: Mapping[Any, Json]) -> tuple[str, str]:
    """Return the words of a message and its kind; no kind: nobody said anything."""
    match message:
        case {"text": str(text)}:
            return text, "text"
    found = (kind for field, kind in KINDS.items() if field in message)
    caption = message.get("caption")
    return caption if isinstance(caption, str) else "", next(found, "")


def _command(said: str) -> str:
    """Return a text without the bot's name behind its command, and of a deep link only what may be in one."""
    said = _ADDRESSED.sub(r"\1", said.strip())
    if started := _START.fullmatch(said):
        return f"/start {started[1]}" if _PAYLOAD.fullmatch(started[1]) else "/start"
    return said
