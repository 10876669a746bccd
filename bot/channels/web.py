"""The web chat: one page for the ward, one link per neighbourhood, with or without JavaScript."""

import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs

import structlog
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ExceptionHandler

from bot.app import now
from bot.channels.pages import Pages, pictures, static
from bot.channels.visitors import Pace, Visitor, from_own_page, keep, visitor_of
from bot.settings import Settings
from handlers.core import Core
from handlers.messages import Inbound

BODY_BYTES = 32 * 1024
"""Longest form accepted: a pasted message fits several times."""
LONGEST_EVENT = 40
NO_STORE = {"cache-control": "no-store"}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WebChat:
    """The web chat of one ward."""

    core: Core
    settings: Settings
    pages: Pages
    pace: Pace

    def routes(self) -> list[BaseRoute]:
        """Return the routes of the chat."""
        return [
            Route("/chat", self.say, methods=["POST"]),
            Route("/", self.show),
            Route("/kp/{code}", self.show),
            Route("/kp/{code}/", self.show),
            Route("/chat", back_to_the_page),
            Mount("/static", static()),
            Mount("/pictures", pictures(self.settings.content_dir)),
        ]

    async def show(self, request: Request) -> Response:
        """Show the page: what the visitor was told last, or the welcome of the neighbourhood's link."""
        visitor = visitor_of(request)
        code = request.path_params.get("code", "")[:LONGEST_EVENT]
        after = f"/start {code}".strip()
        inbound = self._inbound(visitor, after)
        reply = None if code else await self.core.shown(inbound)
        if reply is None:
            reply = await self.core.preview(inbound)
        else:
            after = ""
        page = self.pages.chat(reply, event=_new_event(), after=after, framed="khung" in request.query_params)
        return self._kept(visitor, HTMLResponse(page, headers=NO_STORE))

    async def say(self, request: Request) -> Response:
        """Answer what was tapped or typed: with the next part of the page, or by showing the page anew."""
        visitor = visitor_of(request)
        if not from_own_page(request):
            return self._problem(request, "foreign", 403)
        if visitor.new:
            return self._kept(visitor, self._problem(request, "no_cookie", 400))
        if not await self.pace.allows(visitor, request):
            return self._problem(request, "too_fast", 429)
        fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=10)
        field = {name: values[0] for name, values in fields.items()}
        said = field.get("say") or field.get("typed") or ""
        event = f"{field.get('event', '')[:LONGEST_EVENT] or _new_event()} {said[:LONGEST_EVENT]}"
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

    def _problem(self, request: Request, name: str, status: int) -> Response:
        return problem(self.pages, request, name, status)


def problem(pages: Pages, request: Request, name: str, status: int) -> Response:
    """Return a kind page, or the part of one, that says what is wrong and what to do."""
    page = pages.problem(name, part=_by_htmx(request))
    return HTMLResponse(page, status, headers=NO_STORE)


async def back_to_the_page(request: Request) -> Response:
    """Lead whoever opens the form's address to the page."""
    return RedirectResponse("/", 303)


def _by_htmx(request: Request) -> bool:
    return request.headers.get("hx-request") == "true"


def _new_event() -> str:
    return secrets.token_urlsafe(9)


def failures(pages: Pages) -> dict[int | type[Exception], ExceptionHandler]:
    """Return what to answer when something goes wrong, by status or exception."""

    def failure(name: str, status: int) -> ExceptionHandler:
        async def answer(request: Request, error: Exception) -> Response:
            if status >= 500:
                log.error("request failed", path=request.url.path, exc_info=error)
            return problem(pages, request, name, status)

        return answer

    named = {404: "not_found", 405: "not_found", 413: "too_long"}
    return {**{status: failure(name, status) for status, name in named.items()}, Exception: failure("broken", 503)}
