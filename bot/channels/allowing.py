"""Allowing reminders on a device of the web chat: the page's button, the browser's address, what it shows later."""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.app import now
from bot.channels.pages import Pages
from bot.channels.visitors import Pace, from_own_page, visitor_of
from bot.settings import Settings
from storage import pushes
from storage.database import Database

BODY_BYTES = 4096
LONGEST = 1024
"""Characters of a browser's address."""


@dataclass(frozen=True, slots=True)
class Allowing:
    """What the button of one ward's chat needs."""

    settings: Settings
    database: Database
    pages: Pages
    pace: Pace

    def routes(self) -> list[BaseRoute]:
        """Return the routes, none where reminders on the web are not set up."""
        if not self.settings.vapid_private_key.get_secret_value():
            return []
        return [
            Route("/nhac.js", self.worker),  # under the root: what shows the notification may be no deeper
            Route("/nhac", self.allow, methods=["POST"], max_body_size=BODY_BYTES),
        ]

    async def worker(self, request: Request) -> Response:
        """Give the script that shows the notification."""
        script = self.pages.other("nhac.js")
        return Response(script, media_type="text/javascript", headers={"cache-control": "no-cache"})

    async def allow(self, request: Request) -> Response:
        """Keep where this browser is told; 404: whose it is has not said anything yet."""
        visitor = visitor_of(request)
        if visitor.new or not from_own_page(request, self.settings.public_url):
            return Response(status_code=403)
        if not await self.pace.allows(visitor, request):
            return Response(status_code=429)
        endpoint = _endpoint(await request.body())
        if not allowed(endpoint, self.settings.push_services):
            return Response(status_code=422)
        here = ("web", self.settings.ward_code, visitor.address)
        kept = await self.database.write(pushes.allow, *here, endpoint, now())
        return Response(status_code=204 if kept else 404)


def _endpoint(body: bytes) -> str:
    """Return the address that was sent, nothing if there is none."""
    try:
        found = json.loads(body)["endpoint"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""
    return found if isinstance(found, str) and found.isascii() and len(found) <= LONGEST else ""


def allowed(endpoint: str, services: str) -> bool:
    """Return whether an address is one of the services', so that nobody makes us call whatever they like."""
    try:
        address = urlsplit(endpoint)
        host, port = address.hostname or "", address.port
    except ValueError:
        return False
    for service in services.split():
        known = urlsplit(service)
        suffix = known.hostname or ""
        same = address.scheme == known.scheme and port == known.port and not address.username
        if same and (host == suffix or (suffix.startswith("*.") and host.endswith(suffix[1:]))):
            return True
    return False
