"""What a bot of the Zalo Bot Platform says: plain texts, with a number to type for every choice."""

import datetime as dt
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from unicodedata import normalize

import structlog
import yaml

from bot.channels.base import PLENTY, Limits, PictureOf, SendFailed, no_picture
from bot.channels.zalo_bot_api import REFUSED_TOKEN, CallFailed, ZaloBotApi, send_failed
from bot.markup import split, to_plain
from bot.settings import Settings
from handlers.messages import Reply
from handlers.speech import VIET_NAM
from storage import deliveries
from storage.database import Database

NAME = "zalo_bot"
TEXT_UNITS = 2000
"""Longest text of one message, in UTF-16 units, as the platform counts positions in a text."""
SEND_SECONDS = 20.0
PHOTO_SECONDS = 60.0  # the platform fetches the picture before it answers
REMINDERS_OF_TEN = 9
"""Tenths of the month's quota that reminders may use up; the rest is kept for answers."""

log = structlog.get_logger()


def render(reply: Reply) -> list[str]:
    """Return the texts that say the reply, to be sent one after the other; the choices stand at the end."""
    choices = [f"{number}. {choice.label}" for number, choice in reply.numbered()]
    listed = "\n".join([_choose(), *choices] if choices else [])
    said = to_plain(reply.text).strip()
    text = normalize("NFC", "\n\n".join(block for block in (said, listed) if block))
    return [part for part in split(text, TEXT_UNITS) if part]


class ZaloBotOutbound:
    """Sends what the bot says, and counts it: the platform tells nobody how much of the quota is left."""

    def __init__(
        self,
        api: ZaloBotApi,
        account: str,
        settings: Settings,
        database: Database,
        clock: Callable[[], dt.datetime],
        patience: float = SEND_SECONDS,
        picture_of: PictureOf = no_picture,
    ) -> None:
        """Speak through these calls; wait so many seconds for the answer to a text."""
        self.name = NAME
        self.account = account
        self.limits = Limits(per_second=5, at_once=2)
        self._api = api
        self._database = database
        self._clock = clock
        self._patience = patience
        self._cap = settings.zalo_bot_monthly_cap
        self._picture_of = picture_of
        self._site = settings.public_url if settings.public_url.startswith("https://") else ""

    async def send(self, address: str, reply: Reply, urgent: bool = True) -> list[str]:
        """Send a reply to one person or group; return the platform's ids of its messages. Raise only SendFailed."""
        texts, taken = render(reply), list[str]()
        if not texts:
            raise SendFailed("final", "nothing to say")
        try:
            if picture := await self._picture(reply, texts):
                return [await self._show(address, picture, texts[0])]
            # when a later text fails, all are sent again: a text said twice is a hiccup, half an answer is none
            for text in texts:
                taken.append(await self._say(address, text))
        except CallFailed as failed:
            if failed.code == REFUSED_TOKEN:
                log.error("the platform refuses the bot's token", channel=NAME, account=self.account)
            failure = send_failed(failed, self._clock())
            failure.taken = len(taken)
            raise failure from None
        return taken

    async def room(self, now: dt.datetime) -> int:
        """Return how many reminders may leave this month; the last tenth of the quota is kept for answers."""
        if not self._cap:
            return PLENTY
        spent = await self._database.read(deliveries.sent_since, NAME, self.account, month_of(now))
        return max(0, self._cap * REMINDERS_OF_TEN // 10 - spent)

    async def _picture(self, reply: Reply, texts: list[str]) -> str:
        """Return the address of the picture to be sent with the only text, "" when there is none."""
        shown = self._site and len(texts) == 1 and await self._picture_of(reply)  # drawn before it is fetched
        return f"{self._site}/cards/{reply.card}.png" if shown else ""

    async def _say(self, address: str, text: str) -> str:
        return _message(await self._api.call("sendMessage", self._patience, chat_id=address, text=text))

    async def _show(self, address: str, picture: str, text: str) -> str:
        """Send picture and text as one message, for each counts; the text alone when the picture is refused."""
        fields = {"chat_id": address, "photo": picture, "caption": text}
        try:
            return _message(await self._api.call("sendPhoto", PHOTO_SECONDS, **fields))
        except CallFailed as failed:
            if failed.code == REFUSED_TOKEN or send_failed(failed, self._clock()).failure != "final":
                raise
        return await self._say(address, text)


def month_of(now: dt.datetime) -> dt.datetime:
    """Return when the month began in Viet Nam, in UTC."""
    local = now.astimezone(VIET_NAM)
    return local.replace(day=1, hour=0, minute=0, second=0, microsecond=0).astimezone(dt.UTC)


def _message(result: object) -> str:
    """Return the id of the message accepted, "" when the platform does not say it."""
    return str(result.get("message_id", "")) if isinstance(result, dict) else ""


@cache
def _choose() -> str:
    """Return the line above the choices."""
    words: dict[str, str] = yaml.load(files("bot").joinpath("texts/zalo_bot.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return words["choose"]
