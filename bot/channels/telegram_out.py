"""Telegram, the way out: python-telegram-bot sends each reply as HTML with a button for every choice."""

import datetime as dt
import hashlib
import html
import logging
import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, Message
from telegram.constants import InlineKeyboardButtonLimit, InlineKeyboardMarkupLimit, MessageLimit, ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.ext import AIORateLimiter, ExtBot
from telegram.request import HTTPXRequest

from bot.app import now
from bot.channels.base import PLENTY, Limits, PictureOf, SendFailed, no_picture
from bot.markup import split, to_plain, units
from bot.settings import Settings
from handlers.messages import Reply
from storage import uploads
from storage.database import Database

CHANNEL = "telegram"
AT_ONCE = 8
"""Messages under way, or not noted as sent yet: so many at thirty a second when each takes a quarter of a second."""
ANSWER_SECONDS = 20.0
"""How long an answer of Telegram's is waited for."""
UNAUTHORIZED_SECONDS = 60.0
"""How long everything waits when the token is refused: nothing is lost until it is put right."""
NOT_SENT = ("ConnectError", "ConnectTimeout", "PoolTimeout", "ProxyError", "UnsupportedProtocol")
"""What httpx calls the failures that happen before anything is sent."""
NOBODY_THERE = ("chat not found", "user not found", "peer_id_invalid", "group chat was deactivated")
PICTURES = 512
"""Kept in memory once they were read: the cards of all lessons."""
_BOLD = re.compile(r"\*\*(.+?)\*\*")


@dataclass(frozen=True, slots=True)
class Part:
    """A message as Telegram takes it."""

    text: str  # HTML
    buttons: tuple[tuple[str, str], ...] = ()  # label and command, each in a row of its own


class TelegramOut:
    """The bot's account, as the sender uses it."""

    name = CHANNEL

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Callable[[], dt.datetime] = now,
        patience: float = ANSWER_SECONDS,
        picture_of: PictureOf = no_picture,
    ) -> None:
        """Prepare; nothing is connected yet. `patience`: seconds an answer is waited for."""
        _quieten()
        token = settings.telegram_token.get_secret_value()
        self.account = token.partition(":")[0]
        self.limits = Limits(settings.telegram_per_second, AT_ONCE)
        self._database = database
        self._clock = clock
        self._picture_of = picture_of
        self._request = _request(settings, patience)
        self._bot = ExtBot(
            token,
            base_url=f"{settings.telegram_api_base}/bot",
            request=self._request,
            get_updates_request=self._request,  # never used; without it the library makes one more
            # the second guard after the sender's pace; a group is told by its own 429, not by everybody's waiting
            rate_limiter=AIORateLimiter(max(1.0, settings.telegram_per_second), group_max_rate=0, max_retries=0),
        )

    async def send(self, address: str, reply: Reply, urgent: bool = True) -> list[str]:
        """Send a reply; return Telegram's ids of its messages. Raise only SendFailed."""
        chat = address.partition(":")[0]  # what follows is who spoke in a group
        *before, last = render(reply)
        picture = None if before else await self._picture_of(reply)
        try:
            sent = [await self._say(chat, part) for part in before]
            sent.append(await (self._show(chat, last, picture) if picture else self._say(chat, last)))
        except TelegramError as error:
            raise failure(error, in_group=chat.startswith("-")) from error
        except Exception as error:  # an answer the library cannot read: the message may have arrived
            raise SendFailed("unsure", type(error).__name__) from error
        return [str(message.message_id) for message in sent]

    async def room(self, now: dt.datetime) -> int:
        """Return how many reminders may leave: Telegram has no cap but its pace."""
        return PLENTY

    async def close(self) -> None:
        """Close the connections."""
        await self._request.shutdown()

    async def _say(self, chat: str, part: Part) -> Message:
        return await self._bot.send_message(
            chat,
            part.text,
            parse_mode=ParseMode.HTML,
            reply_markup=_keyboard(part),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )

    async def _show(self, chat: str, part: Part, picture: Path) -> Message:
        """Send a picture with the text below; the text alone where it is too long, or the picture is refused."""
        if units(html.unescape(part.text)) > MessageLimit.CAPTION_LENGTH:
            return await self._say(chat, part)
        content, photo = _content(picture)
        known = await self._database.read(uploads.known, CHANNEL, self.account, content)
        for tried in (known.remote, photo) if known else (photo,):
            with suppress(BadRequest):  # Telegram has forgotten the file, or it is no picture
                sent = await self._bot.send_photo(
                    chat, tried, caption=part.text, parse_mode=ParseMode.HTML, reply_markup=_keyboard(part)
                )
                await self._remember(content, sent)
                return sent
        return await self._say(chat, part)

    async def _remember(self, content: str, sent: Message) -> None:
        """Remember what Telegram calls the picture just sent."""
        if sent.photo:
            with suppress(Exception):  # it was sent: nothing after it may fail the delivery
                remote, at = sent.photo[-1].file_id, self._clock()
                await self._database.write(uploads.remember, CHANNEL, self.account, content, remote, at)


def render(reply: Reply) -> tuple[Part, ...]:
    """Return the messages of a reply, the buttons below the last; choices without a button stand as lines in the text.

    Numbers stand before the labels, so that typing works as tapping does.
    """
    buttons: list[tuple[str, str]] = []
    lines = []
    for key, choice in reply.numbered():
        label = f"{key}. {to_plain(choice.label)}"
        fits = len(choice.command.encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA
        if fits and len(buttons) < InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER:
            buttons.append((label, choice.command))
        else:
            lines.append(label)
    text = "\n\n".join(filter(None, (reply.text.strip(), "\n".join(lines))))
    *before, last = split(text, MessageLimit.MAX_TEXT_LENGTH)
    return (*(Part(to_html(part)) for part in before), Part(to_html(last), tuple(buttons)))


def to_html(text: str) -> str:
    """Return our markup as Telegram's HTML; everything else is escaped, and links Telegram finds itself."""
    safe = _BOLD.sub(r"<b>\1</b>", html.escape(text, quote=False))
    return safe.replace("**", "")  # of a bold passage that was split


def failure(error: TelegramError, in_group: bool = False) -> SendFailed:
    """Return what follows from an error of the library."""
    cause = type(error.__cause__).__name__
    if isinstance(error.__cause__, TelegramError):  # not Telegram's words: a page of a proxy, or of who blocks it
        return SendFailed("passing", "an answer that is not Telegram's")
    match error:
        case RetryAfter():
            wait = error.retry_after
            seconds = wait.total_seconds() if isinstance(wait, dt.timedelta) else float(wait)
            return SendFailed("passing" if in_group else "slow_down", "429", seconds)
        case Forbidden():
            return SendFailed("gone", f"403 {error.message.removeprefix('Forbidden: ')}")
        case ChatMigrated():
            return SendFailed("gone", "the group became another")
        case InvalidToken():
            return SendFailed("slow_down", "401", UNAUTHORIZED_SECONDS)
        case BadRequest():  # which is a NetworkError as well
            gone = any(words in error.message.lower() for words in NOBODY_THERE)
            return SendFailed("gone" if gone else "final", f"400 {error.message.partition(':')[0]}")
        case NetworkError() if cause in NOT_SENT:
            return SendFailed("passing", cause)
        case NetworkError() if error.__cause__ is None:  # Telegram answered: 5xx, or 429 without a time
            reason = error.message.partition(".")[0]
            return SendFailed("slow_down" if reason.startswith("Too Many") else "passing", reason)
        case _:
            return SendFailed("unsure", cause)


def _quieten() -> None:
    """Keep the libraries from logging addresses, with the token in them, and answers; and from warning at every 429."""
    for library in ("httpx", "telegram"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    os.environ.setdefault("PTB_TIMEDELTA", "true")


def _request(settings: Settings, patience: float) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=AT_ONCE,
        connect_timeout=5,
        read_timeout=patience,
        write_timeout=10,
        pool_timeout=10,
        proxy=settings.telegram_proxy or None,
        httpx_kwargs={"trust_env": False},  # the settings decide, for both libraries
    )


def _keyboard(part: Part) -> InlineKeyboardMarkup | None:
    rows = [[InlineKeyboardButton(label, callback_data=command)] for label, command in part.buttons]
    return InlineKeyboardMarkup(rows) if rows else None


@lru_cache(PICTURES)
def _content(picture: Path) -> tuple[str, bytes]:
    """Return a picture with the hash of its content; read once, for content does not change while the program runs."""
    photo = picture.read_bytes()
    return hashlib.sha256(photo).hexdigest(), photo
