"""The web server: routes, security headers and the life of the program."""

import signal
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from threading import Timer

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.app import build_core, keep, now, opened
from bot.certificate_pages import CertificatePages
from bot.channels.allowing import Allowing
from bot.channels.base import Platform
from bot.channels.pages import Pages
from bot.channels.visitors import Pace
from bot.channels.web import WebChat, failures, problem, without_slash
from bot.content import own_questions
from bot.health import Health
from bot.logs import set_up
from bot.pictures import Pictures, cards_of
from bot.platforms import configured, connected
from bot.reload import following, rereading
from bot.reminding import reminding
from bot.sealing import seal_tonight
from bot.served import address, doors_of
from bot.settings import Settings
from bot.sounds import Sounds
from bot.tending import tending
from bot.tidying import every_night
from faq.bank import Bank
from faq.scam import judge
from handlers.core import Core, places
from office.api import Api
from office.coverage_page import CoveragePage
from office.printing_desk import Printing
from office.reports_desk import Reporting
from office.site import Site

GRACE_SECONDS = 5
"""Longest wait for unfinished answers when the program is told to stop."""
WARM_AFTER_SECONDS = 1
"""When the questions are arranged for matching, a second's work: first the pages answer."""
WAITING = 2048
"""Most visitors who wait until their connection is taken, as uvicorn has it."""

log = structlog.get_logger()


class SecurityHeaders:
    """Adds to every response what browsers must not do with it."""

    def __init__(self, app: ASGIApp, frame_ancestors: str) -> None:
        """Wrap an application; `frame_ancestors` are the sites that may show it in a frame."""
        self._app = app
        own = "'self'"
        policy = {
            "default-src": "'none'",
            "script-src": own,
            "style-src": own,
            "media-src": own,
            "img-src": f"{own} data:",  # the icons of Pico's form fields
            "font-src": own,
            "connect-src": own,
            "form-action": own,
            "base-uri": "'none'",
            "frame-ancestors": f"{own} {frame_ancestors}".strip(),
        }
        headers = {
            "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
            "x-content-type-options": "nosniff",
            "referrer-policy": "same-origin",
            "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
        }
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; complete the headers of the answer."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class Apology:
    """Answers when the program fails, and logs the kind of failure and its places: the values may be what was typed."""

    def __init__(self, app: ASGIApp, pages: Pages) -> None:
        """Wrap an application."""
        self._app = app
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer it in the application's place if need be."""
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as error:
            log.error("request failed", kind=type(error).__name__, at=places(error))
            if not begun and scope["type"] == "http":
                await problem(self._pages, Request(scope), "broken", 503)(scope, receive, send)


def application(
    settings: Settings, core: Core, webhooks: Sequence[BaseRoute] = (), pictures: Pictures | None = None
) -> ASGIApp:
    """Return the application that serves this core, the platforms' webhooks and the pictures they send."""
    pictures = pictures or Pictures(settings, core.house)
    sounds = Sounds(settings, core.house.library)
    pages = Pages(
        ward_name=settings.ward_name,
        sample=settings.sample,
        results=settings.public_coverage,
        heard=sounds.heard,
        push_key=_push_key(settings),
    )
    pace = Pace(settings.web_messages_per_minute)
    chat = WebChat(core, settings, pages, pace)
    routes = chat.routes() + Allowing(settings, core.house.database, pages, pace).routes()
    if settings.public_coverage:
        unit = settings.neighbourhood_word
        routes += CoveragePage(core.house, unit, now, static=pages.static, sample=settings.sample).routes()
    office = Site(
        core.house,
        settings.neighbourhood_word,
        now,
        address(settings),
        Reporting(settings.report_cutoff_day, settings.report_template),
        Printing(doors_of(settings), settings.ward_contact, cards_of(settings, core.house.library)),
        own_questions(settings),
        static=pages.static,
        sample=settings.sample,
    )
    made = Starlette(
        routes=[
            *webhooks,
            *Health(core.house.database, settings, now).routes(),
            *pictures.routes(),
            *sounds.routes(),
            *CertificatePages(pictures, pages).routes(),
            *office.routes(),
            *Api(office.desk, settings.report_cutoff_day).routes(),
            *routes,
            Route("/{path:path}/", without_slash),
        ],
        exception_handlers=failures(pages),
        middleware=[
            Middleware(SecurityHeaders, frame_ancestors=settings.web_frame_ancestors),
            Middleware(Apology, pages=pages),
        ],
    )
    made.router.redirect_slashes = False  # it would lead to the host that the request names; see without_slash
    say = SecurityHeaders(Apology(chat.say, pages), settings.web_frame_ancestors)

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        said = scope["type"] == "http" and scope["path"] == "/chat" and scope["method"] == "POST"
        await (say if said else made)(scope, receive, send)

    return served


def _push_key(settings: Settings) -> str:
    """Return the key that browsers are given, none where reminders on the web are not set up."""
    private = settings.vapid_private_key.get_secret_value()
    if not private:
        return ""
    from bot.channels.web_push import public_key  # noqa: PLC0415

    return public_key(private)


@asynccontextmanager
async def built(settings: Settings) -> AsyncIterator[ASGIApp]:
    """Give the application over an open database."""
    async with opened(settings) as database:
        core = await build_core(settings, database)
        pictures = Pictures(settings, core.house)
        platforms = configured(settings, database, pictures.picture_of)
        with _measured(settings, core, platforms) as (core, platforms):
            at_work = connected(platforms, core, settings.database_url)
            reminded, tended = reminding(core.house, now), tending(core.house, now)
            nights = every_night(database, settings, sealing=partial(seal_tonight, core.house, settings))
            followed = following(settings, core.house)
            async with at_work as webhooks, nights, reminded, tended, followed:
                with rereading(settings, core.house):
                    warming = Timer(WARM_AFTER_SECONDS, warm, [core.house.bank])
                    warming.daemon = True  # no stop waits until it is done
                    warming.start()
                    try:
                        yield application(settings, core, webhooks, pictures)
                    finally:
                        warming.cancel()


def warm(bank: Bank) -> None:
    """Build what is needed to understand questions and to judge messages, so that no resident waits for it."""
    bank.warm()
    judge("")
    keep()


@contextmanager
def _measured(settings: Settings, core: Core, platforms: list[Platform]) -> Iterator[tuple[Core, list[Platform]]]:
    """Give the core and the platforms, with metrics where these are asked for; only then is their library loaded."""
    if not settings.metrics_port:
        yield core, platforms
        return
    from bot.metrics import measured  # noqa: PLC0415

    with measured(core, platforms, settings.metrics_port, now) as counted:
        yield counted


class _Server(uvicorn.Server):
    """Says when it has begun to answer."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        log.info("serving", host=self.config.host, port=self.config.port)


def listening(settings: Settings) -> socket.socket:
    """Return the socket to be served, whose callers wait until it is. OSError: it is taken, or not ours to take."""
    family = socket.AF_INET6 if ":" in settings.web_host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # named, or answers wait 40 ms for an ACK
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.web_host, settings.web_port))
        listener.listen(WAITING)
    except OSError:
        listener.close()
        raise
    return listener


async def serve(settings: Settings, listener: socket.socket | None = None) -> None:
    """Serve until the program is told to stop. OSError: the port is taken, or not ours to take."""
    for ending in (signal.SIGINT, signal.SIGTERM):  # interrupted so, everything that is open gets the time to close
        signal.signal(ending, signal.default_int_handler)
    set_up(settings.log_format)
    with listener or listening(settings) as served:
        async with built(settings) as application:
            options = uvicorn.Config(
                application,
                host=settings.web_host,
                port=settings.web_port,
                access_log=False,
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
            await _Server(options).serve([served])
