"""A platform's set-up calls on localhost: each path answers what a test says, and notes what it was asked."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import format_datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.fakes.mishaps import serving

HOOK = "https://ward.test/webhook/"


class StandIn:
    """Answers by the last part of the path: with JSON, with a text, with (status, JSON), or never."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.headers: dict[str, str] = {}
        self.url = ""

    async def answer(self, request: Request) -> Response:
        method = request.url.path.rpartition("/")[2]
        body = await request.body()
        self.asked.append((method, await request.json() if body else {}))
        self.headers = dict(request.headers)
        told = self.answers.get(method, (404, {"ok": False, "error_code": 404, "description": "Not Found"}))
        status, content = told if isinstance(told, tuple) else (200, told)
        date = {"date": format_datetime(dt.datetime.now(dt.UTC), usegmt=True)}
        return Response(content, status, date) if isinstance(content, str) else JSONResponse(content, status, date)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["StandIn"]:
        """Serve, and know the address."""
        async with serving(Starlette(routes=[Route("/{path:path}", self.answer, methods=["GET", "POST"])])) as self.url:
            yield self


def ok(**result: Any) -> dict[str, Any]:
    """Return a bot platform's answer."""
    return {"ok": True, "result": result}


def refused(code: int, description: str = "") -> dict[str, Any]:
    """Return a bot platform's refusal."""
    return {"ok": False, "error_code": code, "description": description}
