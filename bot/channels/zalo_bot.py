"""The Zalo Bot Platform: messages come by webhook or polling; there are no buttons, every choice is a number to type."""

import asyncio
import datetime as dt
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from hmac import compare_digest
from importlib.resources import files
from pathlib import Path
from typing import Any
from unicodedata import normalize

import structlog
import yaml
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.app import now
from bot.channels.base import Limits, Receive
from bot.channels.zalo_bot_api import REFUSED_TOKEN, TIMED_OUT, CallFailed, ZaloBotApi, send_failed
from bot.markup import to_plain
from bot.settings import Settings
from handlers.messages import Inbound, Reply
from handlers.speech import VIET_NAM
from lessons.library import CONTENT
from storage import conversations, deliveries
from storage.database import Database, Unreachable

NAME = "zalo_bot"
WEBHOOK = "/webhook/zalo-bot"
SECRET = "x-bot-api-secret-token"  # noqa: S105  the header's name
BODY_BYTES = 256 * 1024
TEXT_UNITS = 2000
"""Longest text of one message, in UTF-16 units, as the platform counts positions in texts."""
KINDS = {
    "message.text.received": "text",
    "message.image.received": "picture",
    "message.sticker.received": "sticker",
    "message.voice.received": "voice",
    "message.unsupported.received": "other",  # of people whose messages the platform withholds, or a link
}
_SHAPES = {"text": "text", "photo": "picture", "photo_url": "picture", "sticker": "sticker", "voice_url": "voice"}
_ID = re.compile(r"[\x21-\x7e]{1,100}")
_MENTION = re.compile(r"@bot\s+\S+\s*", re.IGNORECASE)
"""How a message in a group begins: every bot's name begins with "Bot"."""

SEND_SECONDS = 20.0
PHOTO_SECONDS = 60.0  # the platform fetches the picture before it answers
POLL_SECONDS = 30
SHARE_FOR_REMINDERS = 0.9
"""Of the month's quota; the rest is kept for answers."""
PLENTY = 10**9
DAY = dt.timedelta(days=1)
LONGEST_WAIT_SECONDS = 60.0
TRIES = 5
"""How often a message is handed in that cannot be recorded though the database can be reached."""
STOP_SECONDS = 5.0

log = structlog.get_logger()


def read(payload: object, account: str, at: dt.datetime) -> Inbound | None:
    """Return the message in an update, enveloped or bare; None: there is none to be answered."""
    envelope = _fields(payload)
    update = _fields(envelope.get("result")) or envelope
    message = _fields(update.get("message"))
    sender, chat = _fields(message.get("from")), _fields(message.get("chat"))
    kind = _kind(update.get("event_name"), message)
    address, event = _id(chat.get("id")) or _id(sender.get("id")), _id(message.get("message_id"))
    if not (kind and address and event) or sender.get("is_bot") is True:
        return None
    text = message.get("text" if kind == "text" else "caption")
    if not isinstance(text, str):
        kind, text = ("other" if kind == "text" else kind), ""
    if chat.get("chat_type") == "GROUP":
        text = _MENTION.sub("", text.strip(), count=1) if _MENTION.match(text.strip()) else text
    return Inbound(NAME, account, address, event, text, at, kind=kind, immediate=False)


def render(reply: Reply) -> list[str]:
    """Return the texts that say the reply, one after the other: plain, with a number for every choice at the end."""
    choices = [f"{number}. {choice.label}" for number, choice in reply.numbered()]
    listed = [_words()["choose"], *choices] if choices else []
    whole = "\n\n".join(block for block in (to_plain(reply.text).strip(), "\n".join(listed)) if block)
    return parts(normalize("NFC", whole))


def parts(text: str) -> list[str]:
    """Return the text in parts that fit into a message, cut between paragraphs, else lines, else words."""
    found = []
    rest = text.strip()
    while len(rest.encode("utf-16-le")) > 2 * TEXT_UNITS:
        head = rest.encode("utf-16-le")[: 2 * TEXT_UNITS].decode("utf-16-le", "ignore")  # half a sign at its end
        places = (head.rfind(gap) for gap in ("\n\n", "\n", " "))
        cut = next((place for place in places if place > len(head) // 2), len(head))
        found.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*found, rest] if rest else found


def picture_of(reply: Reply, content: Path) -> Path | None:
    """Return the PNG beside the reply's drawing, if there is one: the platform takes no drawings."""
    picture = content / "pictures" / f"{reply.picture}.png"
    return picture if reply.picture and picture.is_file() else None


class ZaloBotOutbound:
    """What one bot says."""

    def __init__(self, api: ZaloBotApi, account: str, settings: Settings, database: Database, clock: "Clock") -> None:
        """Speak through these calls."""
        self.name = NAME
        self.account = account
        self.limits = Limits(per_second=5, at_once=2)
        self._api = api
        self._settings = settings
        self._database = database
        self._clock = clock

    async def send(self, address: str, reply: Reply) -> str:
        """Send a reply to one person; return the platform's id of its last message. Raise only SendFailed."""
        texts = render(reply)
        ...
