"""What a Zalo OA says: replies rendered as messages of the OpenAPI, and sent while Zalo's window allows it."""

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from importlib.resources import files
from typing import Any
from unicodedata import normalize

import structlog
import yaml

from bot.channels.base import PLENTY, Limits, PictureOf, SendFailed, no_picture
from bot.channels.zalo_oa_api import ATTACHMENT_EXPIRED, MINUTE, PACKAGE_SPENT, WINDOW_CLOSED, ZaloApi, ZaloRefused
from bot.channels.zalo_token import CHANNEL
from bot.markup import split, to_plain, units
from bot.settings import Settings
from handlers.messages import Reply
from storage import deliveries, uploads
from storage.audience import FREE, OPEN
from storage.database import Database, Unreachable
from storage.tokens import Package

TEXT_UNITS = 2000
"""Longest text of a message, in UTF-16 units."""
MOST_BUTTONS = 5
TITLE_UNITS = 100
NO_BUTTONS = (-201, -233)
"""Zalo's codes for a message of a shape it does not take: the choices are then sent as text."""
ASKED_AGAIN = dt.timedelta(days=1)
"""How long a package that is spent is taken to be so; by then another month may have begun, or more was bought."""
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
    messages: list[Message] = [{"text": part} for part in split(text, TEXT_UNITS)]
    if titles:
        buttons = [{"title": title, "type": "oa.query.hide", "payload": command} for title, command in titles]
        messages[-1]["attachment"] = {"type": "template", "payload": {"buttons": buttons}}
    return messages


def without_buttons(message: Message) -> list[Message]:
    """Return the messages that say the same with the choices as text."""
    return _listed(message["text"], [button["title"] for button in message["attachment"]["payload"]["buttons"]])


def _listed(text: str, titles: Sequence[str]) -> list[Message]:
    listed = "\n".join((_texts()["choose"], *titles))
    return [{"text": part} for part in split(f"{text}\n\n{listed}", TEXT_UNITS)]


@cache
def _texts() -> dict[str, str]:
    loaded: dict[str, str] = yaml.load(files("bot").joinpath("texts/zalo_oa.yaml").read_text("utf-8"), yaml.CSafeLoader)
    return loaded


class ZaloOaOutbound:
    """Says replies to residents of one OA."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        api: ZaloApi,
        clock: Clock,
        picture_of: PictureOf = no_picture,
    ) -> None:
        self.name = CHANNEL
        self.account = settings.zalo_oa_id
        self.limits = Limits(per_second=settings.zalo_oa_per_minute / 60, window=60.0)
        self._free_cap = settings.zalo_oa_free_cap
        self._paid = settings.zalo_oa_paid_sends
        self._template = settings.zalo_oa_template_id
        self._field = settings.zalo_oa_template_field
        self._picture_of = picture_of
        self._database = database
        self._api = api
        self._clock = clock
        self._begun: dict[str, tuple[Reply, int]] = {}  # replies of which so many messages are left to send

    async def send(self, address: str, reply: Reply, urgent: bool = True) -> list[str]:
        """Send a reply; return the ids of its messages. Tried again, it goes on where it was broken off."""
        try:
            steps = await self._steps(reply)
            free = await self._is_free(address, urgent, len(steps))
            say = self._say if free else self._say_by_package
            return await say(address, reply, steps)
        except Unreachable:
            raise SendFailed("passing", "database") from None
        except SendFailed as failed:
            if failed.reason not in deliveries.OUT_OF_REACH or not (reply.about and self._template):
                raise
        return [await self._fill_in(address, reply.about)]

    async def room(self, now: dt.datetime) -> int:
        """Return how many reminders may leave: each resident's window is minded instead."""
        return PLENTY

    async def _is_free(self, address: str, urgent: bool, messages: int) -> bool:
        """Return whether so many messages cost nothing. Refuse what Zalo would refuse, or charge without leave.

        An answer is not kept back for its number: whoever writes much is answered.
        """
        heard = await self._database.read(deliveries.heard, CHANNEL, self.account, address)
        at, said = heard or (self._clock(), 0)
        silent = self._clock() - at
        free = silent <= FREE and (urgent or not self._free_cap or said + messages <= self._free_cap)
        if not free and (silent > OPEN or not self._paid):
            raise SendFailed("final", WINDOW_CLOSED)
        return free

    async def _fill_in(self, address: str, about: str) -> str:
        """Send a reminder by the office's template; whatever is wrong with that stops no other message."""
        try:
            return await self._api.fill_in(address, self._template, {self._field: about})
        except ZaloRefused as refused:
            if refused.failure in ("gone", "passing") or refused.retry_in == MINUTE:
                raise
            log.warning("template not sent", channel=CHANNEL, code=refused.code)
        raise SendFailed("final", WINDOW_CLOSED)

    async def _say_by_package(self, address: str, reply: Reply, steps: list[Message | bytes]) -> list[str]:
        """Say a reply that the package pays for; refuse it when it does not any more. After a day it is asked again."""
        await self._api.recall()
        package = self._api.package
        if package and package.left <= 0 and self._clock() - package.at < ASKED_AGAIN:
            raise SendFailed("final", PACKAGE_SPENT)
        try:
            return await self._say(address, reply, steps)
        except ZaloRefused as refused:
            if refused.reason == PACKAGE_SPENT:
                await self._api.note(Package(0, package.total if package else 0, self._clock()))
            raise

    async def _say(self, address: str, reply: Reply, steps: list[Message | bytes]) -> list[str]:
        begun, left = self._begun.pop(address, (reply, len(steps)))
        left = min(left, len(steps)) if begun == reply else len(steps)  # a picture may be gone by now
        taken: list[str] = []
        for step in steps[len(steps) - left :]:
            try:
                await (
                    self._show(address, step, taken) if isinstance(step, bytes) else self._tell(address, step, taken)
                )
            except SendFailed as failed:
                failed.taken = len(taken)
                if left < len(steps) and failed.failure in ("passing", "slow_down"):
                    self._begun[address] = (reply, left)
                raise
            left -= 1
        return taken

    async def _steps(self, reply: Reply) -> list[Message | bytes]:
        """Return what is sent one after the other: the picture, if there is one, and the messages."""
        picture = await self._picture_of(reply)
        return [*([picture.read_bytes()] if picture else []), *render(reply)]

    async def _tell(self, address: str, message: Message, taken: list[str]) -> None:
        try:
            await self._post(address, message, taken)
            return
        except ZaloRefused as refused:
            if refused.code not in NO_BUTTONS or "attachment" not in message:
                raise
            log.warning("Zalo takes no buttons", channel=CHANNEL, code=refused.code)
        for part in without_buttons(message):
            await self._post(address, part, taken)

    async def _show(self, address: str, image: bytes, taken: list[str]) -> None:
        """Send a picture. The text makes sense without it: only what stops the text as well is passed on."""
        try:
            await self._post(address, _media(await self._uploaded(image)), taken)
            return
        except SendFailed as failed:
            expired = isinstance(failed, ZaloRefused) and failed.code == ATTACHMENT_EXPIRED
            if failed.failure in ("slow_down", "gone") or failed.reason in (WINDOW_CLOSED, PACKAGE_SPENT):
                raise
            log.warning("picture not sent", channel=CHANNEL, reason=failed.reason)
        if expired:
            with suppress(SendFailed):
                await self._post(address, _media(await self._uploaded(image, anew=True)), taken)

    async def _uploaded(self, image: bytes, anew: bool = False) -> str:
        """Return Zalo's id of a picture, uploaded unless Zalo still has it."""
        content = hashlib.sha256(image).hexdigest()
        known = await self._database.read(uploads.known, CHANNEL, self.account, content)
        if known and not anew and self._clock() - known[1] < UPLOAD_LIFE:
            return known[0]
        remote = await self._api.upload(image)
        await self._database.write(uploads.remember, CHANNEL, self.account, content, remote, self._clock())
        return remote

    async def _post(self, address: str, message: Message, taken: list[str]) -> None:
        taken.append(await self._api.send(address, message))


def _media(attachment_id: str) -> Message:
    elements = [{"media_type": "image", "attachment_id": attachment_id}]
    return {"attachment": {"type": "template", "payload": {"template_type": "media", "elements": elements}}}
