"""Visiting the web chat in tests without a network: pages opened, buttons tapped, words typed."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from html import unescape
from typing import Any

from httpx2 import ASGITransport, AsyncClient, Response

from bot.server import application
from bot.settings import Settings
from handlers.core import Core

HTMX = {"hx-request": "true"}
_FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_BUTTON = re.compile(r'<button name="say" value="([^"]*)"')


def settings_of(**changed: Any) -> Settings:
    """Return the settings of the tests' ward, with some changed."""
    usual = {"ward_code": "phuong-thu", "ward_name": "Phường Thử", "web_messages_per_minute": 10_000}
    return Settings(**{**usual, **changed}, _env_file=None)


@asynccontextmanager
async def visiting(core: Core, **changed: Any) -> AsyncIterator["Visit"]:
    """Give a new visitor of the core's ward, with some settings changed."""
    yield Visit(client_of(core, **changed))


def client_of(core: Core, **changed: Any) -> AsyncClient:
    """Return a client of an application of its own."""
    transport = ASGITransport(app=application(settings_of(**changed), core))
    return AsyncClient(transport=transport, base_url="http://ward.test")


@dataclass
class Visit:
    """Somebody's browser, and the form of the page it shows."""

    client: AsyncClient
    event: str = ""
    after: str = ""
    html: str = ""

    async def open(self, path: str = "/kp/kp5") -> Response:
        """Open a page."""
        return self._shown(await self.client.get(path))

    async def tap(self, command: str, **headers: str) -> Response:
        """Tap a button of the form on show."""
        return await self.send(say=command, **headers)

    async def type(self, text: str) -> Response:
        """Type into the form on show."""
        return await self.send(typed=text)

    async def send(self, **fields: str) -> Response:
        """Send the form on show with these fields, as a browser without JavaScript; see what comes of it."""
        form = {"event": self.event, "after": self.after, **fields}
        return self._shown(await self.client.post("/chat", data=form, follow_redirects=True))

    async def part(self, **fields: str) -> Response:
        """Send the form on show as JavaScript does; see the part of the page that comes back."""
        form = {"event": self.event, "after": self.after, **fields}
        return self._shown(await self.client.post("/chat", data=form, headers=HTMX))

    @property
    def commands(self) -> list[str]:
        """The commands of the buttons on show."""
        return [unescape(command) for command in _BUTTON.findall(self.html)]

    def _shown(self, response: Response) -> Response:
        fields = dict(_FIELD.findall(response.text))
        if "event" in fields:
            self.event, self.after, self.html = fields["event"], unescape(fields["after"]), response.text
        return response
