"""What a Zalo OA says: replies rendered as messages of the OpenAPI, and sent while Zalo's window allows it."""

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from unicodedata import normalize

import structlog
import yaml

from bot.channels.base import Limits, SendFailed
from bot.channels.zalo_oa_api import ATTACHMENT_EXPIRED, WINDOW_CLOSED, Quota, ZaloApi, ZaloRefused
from bot.channels.zalo_token import CHANNEL
from bot.markup import to_plain
from bot.settings import Settings
from handlers.messages import Reply
from lessons.library import CONTENT
from storage import deliveries, uploads
from storage.database import Database, Unreachable

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

Clock = Callable[[], dt.datetime]
Message = dict[str, Any]
log = structlog.get_logger()


def render(reply: Reply) -> list[Message]:
    """Return the messages that say a reply: plain text, at most five buttons under the last one, else a list."""
    text = normalize("NFC", to_plain(reply.text)).strip()
    titles = [(f"{number}. {choice.label}", choice.command) for number, choice in reply.numbered()]
    if len(titles) > MOST_BUTTONS or any(units(title) > TITLE_UNITS for title, _ in titles):
        return _listed(text, [title for title, _ in titles])
    messages: list[Message] = [{"text": part} for part in split(text)]
    if titles:
        buttons = [{"title": title, "type": "oa.query.hide", "payload": command} for title, command in titles]
        messages[-1]["attachment"] = {"type": "template", "payload": {"buttons": buttons}}
    return messages


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
        message_id = ""
        for number, step in enumerate(self._steps(reply)[done:], done):
            try:
                message_id = await (self._show(address, step) if isinstance(step, bytes) else self._tell(address, step))
            except SendFailed as failed:
                if number and failed.failure in ("passing", "slow_down"):
                    self._begun[address] = (reply, number)
                raise
        return message_id

    def _steps(self, reply: Reply) -> list[Message | bytes]:
        """Return what is sent one after the other: the picture, if there is one, and the messages."""
        picture = picture_of(reply, self._pictures)
        return [*([picture.read_bytes()] if picture else []), *render(reply)]

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

    async def _show(self, address: str, image: bytes) -> str:
        """Send a picture. The text makes sense without it: only what stops the text as well is passed on."""
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
