"""The web server: routes, security headers and the life of the program."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.app import build_core, now, opened
from bot.channels.pages import Pages
from bot.channels.visitors import Pace
from bot.channels.web import WebChat, failures
from bot.settings import Settings
from office.coverage_page import CoveragePage

GZIP_FROM_BYTES = 2048


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


@asynccontextmanager
async def built(settings: Settings) -> AsyncIterator[Starlette]:
    """Give the application over an open database."""
    async with opened(settings) as database:
        core = await build_core(settings, database)
        pages = Pages(ward_name=settings.ward_name, sample=settings.sample, results=settings.public_coverage)
        routes = WebChat(core, settings, pages, Pace(settings.web_messages_per_minute)).routes()
        if settings.public_coverage:
            unit, target = settings.neighbourhood_word, settings.target_percent
            routes += CoveragePage(core.house, unit, target, now, static=pages.static, sample=settings.sample).routes()
        yield Starlette(
            routes=routes,
            exception_handlers=failures(pages),
            middleware=[
                Middleware(SecurityHeaders, frame_ancestors=settings.web_frame_ancestors),
                Middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES),
            ],
        )


async def serve(settings: Settings) -> None:
    """Serve until the program is told to stop. OSError: the port is taken, or not ours to take."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((settings.web_host, settings.web_port))
    async with built(settings) as application:
        options = uvicorn.Config(
            application,
            host=settings.web_host,
            port=settings.web_port,
            access_log=False,
            log_level="warning",
            server_header=False,
        )
        await uvicorn.Server(options).serve()
