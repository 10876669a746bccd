"""The web chat: one page for the ward, one link per neighbourhood, with or without JavaScript."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, quote

from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ExceptionHandler, Receive, Scope, Send

from bot.app import now
from bot.channels.pages import Pages, pictures, static
from bot.channels.visitors import PAUSE_SECONDS, Pace, Visitor, from_own_page, keep, visitor_of
from bot.content import drawings_of
from bot.settings import Settings
from handlers.core import Core
from handlers.messages import Inbound

BODY_BYTES = 32 * 1024
"""Longest form accepted: a pasted message fits several times."""
LONGEST = 40
"""Characters of a neighbourhood's code, or of a form's mark, that are looked at."""
COMPRESSED = (Middleware(GZipMiddleware, minimum_size=2048),)
"""For what is loaded once. The answers are small, and there are many of them."""
NO_STORE = {"cache-control": "no-store"}
PROBLEMS = {413: "too_long"}
"""What is wrong, by status; whatever else is not found leads back to the page."""


@dataclass(frozen=True, slots=True)
class WebChat:
    """The web chat of one ward."""

    core: Core
    settings: Settings
    pages: Pages
    pace: Pace

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the chat, but for the one that answers: see `say`."""
        return [
            Route("/", self.show, middleware=COMPRESSED),
            Route("/kp/{code}", self.show, middleware=COMPRESSED),
            Route("/kp/{code}/", self.show, middleware=COMPRESSED),
            Route("/chat", back_to_the_page),
            Route("/moi", self.new),
            Mount("/static", static(), middleware=COMPRESSED),
            Mount("/pictures", pictures(drawings_of(self.settings)), middleware=COMPRESSED),
        ]

    async def show(self, request: Request) -> Response:
        """Show the page: what the visitor was told last, or the welcome of the neighbourhood's link."""
        visitor = visitor_of(request)
        code = request.path_params.get("code", "")[:LONGEST]
        after = f"/start {code}".strip()
        inbound = self._inbound(visitor, after)
        reply = None if code else await self.core.shown(inbound)
        if reply is None:
            reply = await self.core.preview(inbound)
        else:
            after = ""
        framed = "khung" in request.query_params
        awaited = not visitor.new and await self.core.awaits(inbound)
        page = self.pages.chat(reply, event=_new_event(), after=after, framed=framed, awaited=awaited)
        return self._kept(visitor, HTMLResponse(page, headers=NO_STORE))

    async def new(self, request: Request) -> Response:
        """Give the part of the page for what came since; 204: nothing yet, 205: nothing is to be expected any more."""
        visitor = visitor_of(request)
        inbound = self._inbound(visitor, "")
        reply = None if visitor.new else await self.core.told(inbound)
        if reply is not None:
            return HTMLResponse(self.pages.answer(reply, event=_new_event()), headers=NO_STORE)
        awaited = not visitor.new and await self.core.awaits(inbound)
        return Response(status_code=204 if awaited else 205, headers=NO_STORE)

    async def say(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what was tapped or typed.

        An application of its own: nearly every request comes here, and routing it as the others costs a quarter more.
        """
        request = Request(scope, receive)
        try:
            response = await self._answered(request)
        except HTTPException as error:
            response = refused(self.pages, request, error)
        except ClientDisconnect:
            return
        await response(scope, receive, send)

    async def _answered(self, request: Request) -> Response:
        """Return the next part of the page, or the way to show the page anew."""
        visitor = visitor_of(request)
        if not from_own_page(request, self.settings.public_url):
            return problem(self.pages, request, "foreign", 403)
        if visitor.new:
            return self._kept(visitor, problem(self.pages, request, "no_cookie", 400))
        if not await self.pace.allows(visitor, request):
            return problem(self.pages, request, "too_fast", 429, {"retry-after": str(PAUSE_SECONDS)})
        field = await _form(request)
        said = field.get("say") or field.get("typed") or ""
        event = visitor.sealed(field.get("event", "")[:LONGEST] or _new_event(), said)
        reply = await self.core.answer(self._inbound(visitor, said, event, field.get("after", "")))
        if not _by_htmx(request) or reply is None:
            return RedirectResponse("/", 303)
        return HTMLResponse(self.pages.answer(reply, event=_new_event()), headers=NO_STORE)

    def _inbound(self, visitor: Visitor, text: str, event: str = "", after: str = "") -> Inbound:
        return Inbound("web", self.settings.ward_code, visitor.address, event, text, now(), after=after)

    def _kept(self, visitor: Visitor, response: Response) -> Response:
        if visitor.new:
            secure = self.settings.public_url.startswith("https:")
            keep(visitor, response, secure, framed=bool(self.settings.web_frame_ancestors))
        return response


def problem(
    pages: Pages, request: Request, name: str, status: int, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a kind page, or the part of one, that says what is wrong and what to do."""
    page = pages.problem(name, part=_by_htmx(request))
    return HTMLResponse(page, status, headers={**(headers or {}), **NO_STORE})


def refused(pages: Pages, request: Request, error: Exception) -> Response:
    """Return what to answer to a request that cannot be carried out."""
    assert isinstance(error, HTTPException)  # noqa: S101  for mypy
    name = PROBLEMS.get(error.status_code, "not_found")
    return problem(pages, request, name, error.status_code, error.headers)


def failures(pages: Pages) -> dict[type[Exception], ExceptionHandler]:
    """Return what to answer to requests that cannot be carried out."""

    async def refuse(request: Request, error: Exception) -> Response:
        return refused(pages, request, error)

    async def left(request: Request, error: Exception) -> Response:
        return Response(status_code=400)  # nobody is there to read it

    return {HTTPException: refuse, ClientDisconnect: left}


async def back_to_the_page(request: Request) -> Response:
    """Lead whoever opens the form's address to the page."""
    return RedirectResponse("/", 303)


async def without_slash(request: Request) -> Response:
    """Lead whoever typed a slash after an address to the page itself, on this host whatever the request names."""
    page, query = quote(request.path_params["path"].strip("/")), request.url.query
    return RedirectResponse(f"/{page}?{query}" if query else f"/{page}")


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of the form sent. HTTPException: it is longer than any of ours."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES:
            raise HTTPException(413)
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


def _by_htmx(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def _new_event() -> str:
    return secrets.token_urlsafe(9)
