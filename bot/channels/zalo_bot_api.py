"""Calls of the Zalo Bot Platform, and what follows from each way in which one fails."""

import datetime as dt
from typing import Any

import httpx2

from bot.channels.base import SendFailed
from bot.channels.unsent import NOT_SENT

CONNECT_SECONDS = 10.0
IDLE_SECONDS = 2.0
"""How long a connection is kept for the next call. When the platform closes it under a call, the message is unsure."""
CONNECTIONS = 4
LONGEST_RETRY_AFTER = 24 * 3600
SLOW_DOWN = 429
"""Too many messages: the month's quota is spent."""
TIMED_OUT = 408
"""No new message, when asked for one; no answer in time, when something was sent."""
REFUSED_TOKEN = 401


class CallFailed(Exception):
    """A call was refused, or nobody knows what became of it."""

    def __init__(self, reason: str, code: int = 0, sent: bool = True, retry_after: float | None = None) -> None:
        """Say why in a word, which code the platform gave (0: none), and whether the call may have reached it."""
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.sent = sent
        self.retry_after = retry_after  # seconds, where the platform says so


class ZaloBotApi:
    """The calls of one bot. The token is a part of every address: none, and no error that holds one, is passed on."""

    def __init__(self, base: str, token: str) -> None:
        """Prepare to call; nothing is connected yet."""
        self._address = f"{base}/bot{token}/"
        limits = httpx2.Limits(max_connections=CONNECTIONS, keepalive_expiry=IDLE_SECONDS)
        self._client = httpx2.AsyncClient(limits=limits)

    async def call(self, method: str, seconds: float, **parameters: str) -> Any:
        """Return the result of a method, waited for at most so long. Raise only CallFailed."""
        timeout = httpx2.Timeout(seconds, connect=CONNECT_SECONDS)
        try:
            response = await self._client.post(self._address + method, json=parameters, timeout=timeout)
        except NOT_SENT as error:
            raise CallFailed(type(error).__name__, sent=False) from None
        except httpx2.RequestError as error:
            raise CallFailed(type(error).__name__) from None
        return _result(response)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def send_failed(failed: CallFailed, now: dt.datetime) -> SendFailed:
    """Return what follows for a message whose call failed."""
    if not failed.sent:
        return SendFailed("passing", failed.reason)
    if failed.code == SLOW_DOWN:
        wait = failed.retry_after if failed.retry_after is not None else until_next_hour(now)
        return SendFailed("slow_down", failed.reason, retry_in=wait)
    if failed.code in (0, TIMED_OUT, 504):  # 504: a gateway's timeout
        return SendFailed("unsure", failed.reason)
    if failed.code == 403 or failed.code >= 500:  # 403 is "internal server error" there
        return SendFailed("passing", failed.reason)
    return SendFailed("final", failed.reason)


def until_next_hour(now: dt.datetime) -> float:
    """Return seconds. The platform does not say when a quota is renewed, so that it is asked every hour."""
    return 3600 - (now.minute * 60 + now.second + now.microsecond / 1e6)


def _result(response: httpx2.Response) -> Any:
    """Return the result in an answer. CallFailed: it is a refusal, by its status or by its content, or no JSON."""
    try:
        content = response.json()
    except (ValueError, RecursionError):
        content = None
    answer = content if isinstance(content, dict) else {}
    if response.is_success and answer.get("ok") is True:
        return answer.get("result")
    code = _code(answer.get("error_code")) or (0 if response.is_success and not answer else response.status_code)
    raise CallFailed(str(code or "no JSON"), code, retry_after=_seconds(response.headers.get("retry-after", "")))


def _code(given: object) -> int:
    """Return the error code given, 0 when there is none that could be one."""
    text = str(given) if isinstance(given, int | str) else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0


def _seconds(header: str) -> float | None:
    if not (header.isascii() and header.isdecimal() and len(header) < 10):
        return None
    return float(min(max(int(header), 1), LONGEST_RETRY_AFTER))
