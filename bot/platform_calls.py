"""Calls to platforms for setting them up and looking after them: thin, short, and without a trace of the token."""

import asyncio
import datetime as dt
import hashlib
import hmac
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from bot.settings import Settings

CALL_SECONDS = 4.0
"""How long an answer is waited for: less than a check has."""


class Unreachable(Exception):
    """A platform did not answer. The message is the kind of failure alone: an address may hold the token."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a platform answered."""

    result: dict[str, Any]  # empty when it refused
    code: int = 0  # why it refused, 0 when it did not; the HTTP status where it said nothing that is understood
    words: str = ""  # the platform's, about a refusal
    understood: bool = True  # whether it was the platform's kind of answer at all
    date: dt.datetime | None = None  # by the platform's clock


class BotCalls:
    """The methods of a bot; Telegram and Zalo Bot answer in the same form."""

    def __init__(self, settings: Settings, channel: str, client: httpx2.AsyncClient) -> None:
        """Call for the channel's bot through this client."""
        bases = {"telegram": settings.telegram_api_base, "zalo_bot": settings.zalo_bot_api_base}
        tokens = {"telegram": settings.telegram_token, "zalo_bot": settings.zalo_bot_token}
        self._address = f"{bases[channel]}/bot{tokens[channel].get_secret_value().strip()}"
        self._client = client

    async def call(self, method: str, **parameters: Any) -> Answer:
        """Return the answer to a method. Unreachable: there is none."""
        response = await _answered(self._client.post(f"{self._address}/{method}", json=parameters))
        content, date = _content(response), _date(response)
        match content.get("ok"):
            case True:
                result = content.get("result")
                return Answer(result if isinstance(result, dict) else {}, date=date)
            case False:
                code = _number(content.get("error_code")) or response.status_code
                return Answer({}, code, str(content.get("description", "")), date=date)
        return Answer({}, response.status_code, understood=False, date=date)


@asynccontextmanager
async def calling(settings: Settings, channel: str) -> AsyncIterator[BotCalls]:
    """Give the methods of a channel's bot. Unreachable: the proxy cannot be used."""
    async with _client(settings.telegram_proxy if channel == "telegram" else "") as client:
        yield BotCalls(settings, channel, client)


async def official_account(settings: Settings, access: str) -> Answer:
    """Return what Zalo tells about the official account of an access token. Unreachable: nothing."""
    headers = {"access_token": access}
    if secret := settings.zalo_oa_app_secret.get_secret_value():
        headers["appsecret_proof"] = hmac.new(secret.encode(), access.encode(), hashlib.sha256).hexdigest()
    async with _client() as client:
        response = await _answered(client.get(f"{settings.zalo_oa_api_base}/v2.0/oa/getoa", headers=headers))
    content, date = _content(response), _date(response)
    if "error" not in content:
        return Answer({}, response.status_code, understood=False, date=date)
    if code := _number(content["error"]):
        return Answer({}, code, str(content.get("message", "")), date=date)
    data = content.get("data")
    return Answer(data if isinstance(data, dict) else {}, date=date)


@asynccontextmanager
async def _client(proxy: str = "") -> AsyncIterator[httpx2.AsyncClient]:
    try:
        client = httpx2.AsyncClient(proxy=proxy or None, timeout=CALL_SECONDS)
    except (ImportError, ValueError):  # what SOCKS needs is not installed, or it is no proxy's address
        raise Unreachable("proxy") from None
    async with client:
        yield client


async def _answered(request: Awaitable[httpx2.Response]) -> httpx2.Response:
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await request
    except TimeoutError:
        raise Unreachable("timeout") from None
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        raise Unreachable(type(error).__name__) from None


def _content(response: httpx2.Response) -> dict[str, Any]:
    """Return the JSON object in an answer, empty when it is anything else."""
    try:
        content = response.json()
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _date(response: httpx2.Response) -> dt.datetime | None:
    """Return the time an answer left, None when it does not say."""
    try:
        date = parsedate_to_datetime(response.headers.get_list("date")[0])
    except (IndexError, ValueError):
        return None
    return date.astimezone(dt.UTC) if date.tzinfo else None


def _number(given: object) -> int:
    """Return a code that is a number, also as a text; 0 for anything else."""
    try:
        return int(str(given))
    except ValueError:
        return 0
