"""Visitors of the web chat: recognised by a cookie, slowed down when they send too much, refused from foreign pages."""

import hashlib
import secrets
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter
from starlette.requests import Request
from starlette.responses import Response

COOKIE = "hocvuso"
KEPT_SECONDS = 400 * 24 * 3600
"""As long as browsers keep a cookie at most."""
TOKEN_BYTES = 18
PAUSE_SECONDS = 60
"""After so long at the most, somebody who sent too much may go on."""
PER_ADDRESS = 15
"""A whole neighbourhood may sit behind one address: it may send so many times as much as one visitor."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody's browser."""

    token: str  # a secret only the browser keeps
    new: bool  # whether the token was made just now

    @property
    def address(self) -> str:
        """The visitor in our records: from it nobody can make the cookie."""
        return hashlib.sha256(self.token.encode()).hexdigest()[:32]

    def sealed(self, mark: str, said: str) -> str:
        """Return what tells one message from another: the form's mark and a seal.

        From it nobody without the cookie can tell what was said, be it as short as a secret code.
        """
        return f"{mark} {hashlib.sha256(f'{self.token} {said}'.encode()).hexdigest()[:16]}"


def visitor_of(request: Request) -> Visitor:
    """Return who sent the request, a new visitor if the cookie is missing or none of ours."""
    token = request.cookies.get(COOKIE, "")
    if len(token) == TOKEN_BYTES * 4 // 3 and token.isascii():
        return Visitor(token, new=False)
    return Visitor(secrets.token_urlsafe(TOKEN_BYTES), new=True)


def keep(visitor: Visitor, response: Response, secure: bool, framed: bool) -> None:
    """Let the browser keep the cookie; in another site's frame only a partitioned one is sent back."""
    third_party = secure and framed
    response.set_cookie(
        COOKIE,
        visitor.token,
        max_age=KEPT_SECONDS,
        secure=secure,
        httponly=True,
        samesite="none" if third_party else "lax",
    )
    if third_party:
        response.headers["set-cookie"] += "; Partitioned"


def from_own_page(request: Request, public_url: str) -> bool:
    """Return whether a form was sent from a page of this very site, also where a proxy names it otherwise."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    own = ("http://" + request.headers.get("host", ""), "https://" + request.headers.get("host", ""), public_url)
    return origin is None or origin in own


class Pace:
    """How much a visitor, and all visitors of one network address together, may send in a minute."""

    def __init__(self, per_minute: int) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._visitor = RateLimitItemPerMinute(per_minute)
        self._address = RateLimitItemPerMinute(per_minute * PER_ADDRESS)

    async def allows(self, visitor: Visitor, request: Request) -> bool:
        """Count the message; return whether it may be answered."""
        host = request.client.host if request.client else ""
        return await self._limiter.hit(self._address, host) and await self._limiter.hit(self._visitor, visitor.address)
