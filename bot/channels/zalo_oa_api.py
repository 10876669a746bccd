"""Zalo's OpenAPI for one OA: a thin client, and the table of its errors."""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import httpx2
import structlog

from bot.channels.base import Failure, SendFailed
from bot.channels.unsent import NOT_SENT
from bot.channels.zalo_token import CHANNEL, Tokens
from bot.settings import Settings
from storage import tokens as kept
from storage.database import Database, Unreachable
from storage.deliveries import OUT_OF_REACH
from storage.tokens import Package

TIMEOUT = httpx2.Timeout(15, connect=5, pool=5)
SEND_PATHS = {"v3": "/v3.0/oa/message/cs", "v2": "/v2.0/oa/message"}
MINUTE = 60.0
HOUR = 3600.0

STALE_TOKEN = frozenset({-216, -220, -124})
WRONG_API = {-235: "v2", -240: "v3"}
"""The API that this type of OA has instead."""
ATTACHMENT_EXPIRED = -100
FREE = "reply"
"""Zalo's name for the quota of messages that cost nothing; all others are of the package, or bought."""
WINDOW_CLOSED, PACKAGE_SPENT = OUT_OF_REACH

Verdict = tuple[Failure, str, float | None]
VERDICTS: Mapping[int, Verdict] = {
    -32: ("slow_down", "rate", MINUTE),  # of the OA's package, or of the app
    -100: ("passing", "", None),
    -200: ("passing", "", None),
    # the resident
    -230: ("final", WINDOW_CLOSED, None),
    -232: ("final", WINDOW_CLOSED, None),
    -211: ("final", PACKAGE_SPENT, None),  # to others it may still be free
    -213: ("gone", "", None),  # does not follow
    -217: ("gone", "", None),
    -227: ("gone", "", None),  # banned, or away for 45 days
    -244: ("gone", "", None),  # wants no messages of this type
    -234: ("passing", "night", HOUR),
    # the whole OA: package, wallet
    **dict.fromkeys((-221, -224, -320, -321), ("slow_down", "", HOUR)),
    # the whole OA: disabled, app not active, API not granted, API of another type of OA, wrong secret
    **dict.fromkeys((-204, -205, -209, -212, -219, -223, -235, -240, -242), ("slow_down", "", HOUR)),
    # a token refused twice
    **dict.fromkeys(STALE_TOKEN, ("slow_down", "", MINUTE)),
}
"""What follows from an error code; from any other nothing better than giving up the message."""

log = structlog.get_logger()


class ZaloRefused(SendFailed):
    """Zalo understood a request and did not carry it out."""

    def __init__(self, code: int) -> None:
        failure, reason, retry_in = VERDICTS.get(code, ("final", "", None))
        super().__init__(failure, reason or f"zalo {code}", retry_in)
        self.code = code


class ZaloApi:
    """The calls this program makes. All raise only SendFailed.

    Which API takes messages, and what the package pays for, is kept: a restart finds it as it was.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database,
        client: httpx2.AsyncClient,
        tokens: Tokens,
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._settings = settings
        self._database = database
        self._client = client
        self._tokens = tokens
        self._clock = clock
        self.send_api = "v2" if settings.zalo_oa_send_api == "v2" else "v3"
        self.package: Package | None = None
        self._pinned = ""  # the API that has taken a message
        self._recalled = False

    async def send(self, address: str, message: Mapping[str, Any]) -> str:
        """Send a consultation message, by the API that this type of OA has; return Zalo's id of it."""
        await self.recall()
        body = {"recipient": {"user_id": address}, "message": message}
        tried = self.send_api  # another message may find the right one meanwhile
        try:
            data = await self._call("POST", SEND_PATHS[tried], json=body)
        except ZaloRefused as refused:
            other = WRONG_API.get(refused.code, tried)
            if other == tried or self._settings.zalo_oa_send_api != "auto":
                raise
            data = await self._call("POST", SEND_PATHS[other], json=body)
            self.send_api = other
        if self._pinned != self.send_api:
            self._pinned = self.send_api
            log.info("Zalo send API pinned", channel=CHANNEL, api=self.send_api)
            await self._keep(kept.learn_api, self.send_api)
        if package := _package(data.get("quota"), self._clock()):
            await self.note(package)
        return str(data.get("message_id") or "")

    async def recall(self) -> None:
        """Take up what was found out before the program was started anew."""
        if self._recalled:
            return
        try:
            pinned, self.package = await self._database.read(kept.learnt, CHANNEL, self._settings.zalo_oa_id)
        except Unreachable:
            raise SendFailed("passing", "database") from None
        self._recalled = True
        if pinned in SEND_PATHS and self._settings.zalo_oa_send_api == "auto":
            self.send_api = self._pinned = pinned

    async def note(self, package: Package) -> None:
        """Keep what the package pays for."""
        self.package = package
        await self._keep(kept.learn_package, package)

    async def _keep(self, work: Callable[..., None], value: str | Package) -> None:
        """Keep what was found out; the message it came with was sent, and nothing may fail it any more."""
        with suppress(Unreachable):
            await self._database.write(work, CHANNEL, self._settings.zalo_oa_id, value)

    async def fill_in(self, address: str, template: str, data: Mapping[str, str]) -> str:
        """Send an approved template, which needs no window; return Zalo's id of the message."""
        body = {"user_id": address, "template_id": template, "template_data": data}
        told = await self._call("POST", "/v3.0/oa/message/template", json=body)
        return str(told.get("msg_id") or told.get("message_id") or "")

    async def upload(self, image: bytes) -> str:
        """Upload a PNG of at most 1 MB; return the id to send it by, good for seven days."""
        files = {"file": ("picture.png", image, "image/png")}
        try:
            data = await self._call("POST", "/v2.0/oa/upload/image", files=files)
        except SendFailed as failed:
            if failed.failure == "unsure":  # nobody sees an upload: it may be repeated
                raise SendFailed("passing", failed.reason) from None
            raise
        if not data.get("attachment_id"):
            raise SendFailed("passing", "no attachment id")
        return str(data["attachment_id"])

    async def about(self) -> dict[str, Any]:
        """Return what Zalo says about the OA: its name, `oa_type`, `package_name` and more."""
        return await self._call("GET", "/v2.0/oa/getoa")

    async def quota_of(self, address: str) -> dict[str, Any]:
        """Return what may be sent to one resident: `last_interaction` and `cs_reply` with `remain` and `total`."""
        return await self._call("POST", "/v3.0/oa/quota/message", json={"user_id": address})

    async def _call(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        """Return the data of an answer; a token that turns out stale is renewed once."""
        access = await self._tokens.access()
        try:
            return await self._ask(access, method, path, **content)
        except ZaloRefused as refused:
            if refused.code not in STALE_TOKEN:
                raise
        return await self._ask(await self._tokens.renewed(access), method, path, **content)

    async def _ask(self, access: str, method: str, path: str, **content: Any) -> dict[str, Any]:
        headers = {"access_token": access}
        if secret := self._settings.zalo_oa_app_secret.get_secret_value():
            headers["appsecret_proof"] = hmac.new(secret.encode(), access.encode(), hashlib.sha256).hexdigest()
        try:
            response = await self._client.request(
                method, self._settings.zalo_oa_api_base + path, headers=headers, **content
            )
        except NOT_SENT as error:
            raise SendFailed("passing", type(error).__name__) from None
        except httpx2.HTTPError as error:  # the request had left, or part of it
            raise SendFailed("unsure", type(error).__name__) from None
        return _data(response)


def _data(response: httpx2.Response) -> dict[str, Any]:
    """Return the data of an answer. HTTP says 200 for errors of ours; anything else is trouble on the way."""
    status = response.status_code
    if status == 429:
        raise SendFailed("slow_down", "HTTP 429", MINUTE)
    try:
        answer = json.loads(response.content)
        code = int(answer.get("error", 0))
    except (ValueError, TypeError, AttributeError):
        raise SendFailed("passing", f"HTTP {status}") from None
    if code:
        raise ZaloRefused(code)
    if status != 200:
        raise SendFailed("passing", f"HTTP {status}")
    data = answer.get("data")
    return data if isinstance(data, dict) else {}


def _package(told: object, at: dt.datetime) -> Package | None:
    """Return what a package still pays for; None: the message was free. The numbers come as texts or as numbers."""
    if not isinstance(told, dict) or told.get("quota_type") in (None, FREE):
        return None
    try:
        return Package(int(told["remain"]), int(told["total"]), at)
    except (KeyError, ValueError, TypeError):
        return None
