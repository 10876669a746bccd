"""The Zalo Official Account: its signed webhook, its token pair, and its outbound channel."""

import asyncio
import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from logging import INFO, WARNING

import httpx2
import structlog
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from bot.app import now
from bot.channels.base import PictureOf, Receive, SendFailed, no_picture
from bot.channels.zalo_oa_api import TIMEOUT, ZaloApi
from bot.channels.zalo_oa_events import (
    KINDS,
    UNUSED,
    Left,
    Opened,
    Receipt,
    StaffSpoke,
    Told,
    event_of,
    parsed,
    read,
    signed_by,
)
from bot.channels.zalo_oa_out import Clock, ZaloOaOutbound
from bot.channels.zalo_token import CHANNEL, Tokens
from bot.settings import Settings
from handlers.core import places
from handlers.messages import Inbound
from storage import conversations, deliveries, pauses
from storage.database import Database

WEBHOOK = "/webhook/zalo-oa"
BODY_BYTES = 256 * 1024
ANSWER_SECONDS = 1.8
"""After this the webhook answers, for Zalo waits two seconds; the work goes on."""
RECEIPT_PAUSES = (0.1, 0.3, 0.9, 2.7, 8.1)
"""A receipt may come before our own note of the message it is about; Zalo need not wait for that."""
FRESH_SECONDS = 600
KEEP_ALIVE_SECONDS = 2
"""A connection that Zalo closes under a request leaves its message unsure: idle ones are soon given up."""
CONNECTIONS = 8
MOST_LOGGED = 100
VERIFICATION = """<!DOCTYPE html>
<html lang="en">
<head>
    <meta property="zalo-platform-site-verification" content="{code}" />
</head>
<body>
There Is No Limit To What You Can Accomplish Using Zalo!
</body>
</html>
"""
"""The file that Zalo's console gives out to prove a domain."""

log = structlog.get_logger()


class ZaloOaPlatform:
    """One OA: its webhook, its token, its outbound channel."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        clock: Clock = now,
        timeout: httpx2.Timeout = TIMEOUT,
        picture_of: PictureOf = no_picture,
    ) -> None:
        limits = httpx2.Limits(max_connections=CONNECTIONS, keepalive_expiry=KEEP_ALIVE_SECONDS)
        self._settings = settings
        self._database = database
        self._clock = clock
        self._client = httpx2.AsyncClient(timeout=timeout, limits=limits)
        self._tokens = Tokens(settings, database, self._client, clock)
        self.api = ZaloApi(settings, database, self._client, self._tokens, clock)
        self.outbound = ZaloOaOutbound(settings, database, self.api, clock, picture_of)
        self._under_way: set[asyncio.Task[None]] = set()
        self._closing = asyncio.Event()
        self._logged: set[str] = set()

    def routes(self, receive: Receive) -> list[BaseRoute]:
        """Return the webhook and, where a code is set, the page that proves the domain to Zalo."""

        async def hear(request: Request) -> Response:
            return Response(status_code=await self._hear(request, receive))

        limit = Middleware(RequestBodyLimitMiddleware, max_body_size=BODY_BYTES)
        return [Route(WEBHOOK, hear, methods=["POST"], middleware=[limit]), *self._verification()]

    def _verification(self) -> Iterator[Route]:
        code = self._settings.zalo_oa_verifier

        async def prove(request: Request) -> Response:
            return HTMLResponse(VERIFICATION.format(code=code))

        if code:
            yield Route(f"/zalo_verifier{code}.html", prove)

    async def listen(self, receive: Receive) -> None:
        """Keep the token pair fresh, also while nobody writes."""
        while True:
            with suppress(SendFailed):
                await self._tokens.access()
            await asyncio.sleep(FRESH_SECONDS)

    async def close(self) -> None:
        """Finish what is under way and close the connections."""
        self._closing.set()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        await self._tokens.close()
        await self._client.aclose()

    async def _hear(self, request: Request, receive: Receive) -> int:
        """Take an event in; return the HTTP status: 200 once it is recorded or of no use."""
        try:
            body = await request.body()
        except ClientDisconnect:
            return 400
        payload = parsed(body)
        way = signed_by(request.headers, body, payload, self._settings)
        if not way:
            self._log_once(WARNING, "webhook not signed by Zalo, or with another secret")
            return 401
        self._log_once(INFO, "webhook signature", way=way)
        told = read(payload, self._settings.zalo_oa_id, self._clock())
        if told is None:
            self._ignore(payload)
            return 200
        task = asyncio.create_task(self._take(told, receive))
        self._under_way.add(task)
        task.add_done_callback(self._taken)
        await asyncio.wait({task}, timeout=ANSWER_SECONDS)
        if not task.done():
            return 200 if isinstance(told, Receipt) else 503
        return 503 if _failure(task) else 200

    async def _take(self, told: Told, receive: Receive) -> None:
        match told:
            case Inbound():
                await receive(told)
            case Receipt():
                await self._note(told)
            case Left():
                account, at = self._settings.zalo_oa_id, self._clock()
                await self._database.write(deliveries.leave, CHANNEL, account, told.address, at)
            case Opened():
                account, at = self._settings.zalo_oa_id, self._clock()
                await self._database.write(conversations.opened, CHANNEL, account, told.address, at)
            case StaffSpoke():
                await self._hold_back(told)

    async def _hold_back(self, spoke: StaffSpoke) -> None:
        """Let the bot hold back while staff talk, and for a while after their last word."""
        at, minutes = self._clock(), self._settings.zalo_oa_staff_minutes
        until = None if spoke.done or not minutes else at + dt.timedelta(minutes=minutes)
        account = self._settings.zalo_oa_id
        await self._database.write(pauses.staff_spoke, CHANNEL, account, spoke.address, at, until)
        log.info("staff answered in the OA", channel=CHANNEL)

    async def _note(self, receipt: Receipt) -> None:
        """Record a receipt, once we know the message it is about."""
        account, at = self._settings.zalo_oa_id, self._clock()
        about = (CHANNEL, account, receipt.address, receipt.messages, at, receipt.read)
        for pause in (*RECEIPT_PAUSES, 0):
            if await self._database.write(deliveries.arrived, *about) or self._closing.is_set():
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), pause)

    def _taken(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if error := _failure(task):
            log.error("webhook event not taken", channel=CHANNEL, kind=type(error).__name__, at=places(error))

    def _ignore(self, payload: object) -> None:
        """Say once of each kind of event that it was of no use to us, in case it should have been."""
        event = event_of(payload)
        if event in KINDS:
            self._log_once(WARNING, "webhook event of another OA, or damaged", name=event)
        elif event not in UNUSED:
            self._log_once(INFO, "webhook event ignored", name=event)

    def _log_once(self, level: int, event: str, **values: str) -> None:
        line = f"{event} {values}"
        if line not in self._logged and len(self._logged) < MOST_LOGGED:
            self._logged.add(line)
            log.log(level, event, channel=CHANNEL, **values)


def _failure(task: asyncio.Task[None]) -> BaseException | None:
    return asyncio.CancelledError() if task.cancelled() else task.exception()
