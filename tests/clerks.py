"""Clerks in tests: invited, set up and logged in to the office through its own pages, with an authenticator at hand."""

import datetime as dt
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pyotp
from httpx2 import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette

from handlers.core import Core
from office.invitation import invite
from office.printing_desk import Printing
from office.reports_desk import Reporting
from office.site import Site
from tests.dialogue import NOON

PASSWORD = "một con vịt xòe ra"  # noqa: S105
_SEAL = re.compile(r'name="seal" value="([^"]+)"')


@dataclass
class Office:
    """The office of the core's ward, with a clock that tests turn."""

    core: Core
    now: dt.datetime = NOON
    printing: Printing | None = None
    own_questions: Path | None = None

    def __post_init__(self) -> None:
        address = "http://ward.test"
        self.site = Site(
            self.core.house,
            "khu phố",
            lambda: self.now,
            address,
            Reporting(),
            self.printing,
            self.own_questions,
            static=lambda name: name,
            sample=False,
        )
        self.app = Starlette(routes=self.site.routes())

    def clerk(self, name: str = "lan") -> "Clerk":
        """Return somebody with a browser."""
        return Clerk(self, AsyncClient(transport=ASGITransport(app=self.app), base_url="http://ward.test"), name)

    async def logged_in(self, role: str = "office", name: str = "") -> "Clerk":
        """Return somebody of this role who is logged in."""
        clerk = self.clerk(name or role)
        await clerk.join(role)
        self.now += dt.timedelta(minutes=1)  # every code works once
        assert (await clerk.log_in()).status_code == 303
        return clerk


@dataclass
class Clerk:
    """Somebody in front of the office's pages."""

    office: Office
    client: AsyncClient
    name: str
    secret: str = ""
    recovery: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """What the authenticator shows now."""
        return pyotp.TOTP(self.secret).at(self.office.now)

    async def invited(self, role: str = "office") -> str:
        """Be invited; return the path of the link."""
        house = self.office.core.house
        return (await invite(house.database, house.ward, "", self.name, role, self.office.now)).strip()

    async def join(self, role: str = "office") -> Response:
        """Accept an invitation; keep the recovery codes."""
        path = await self.invited(role)
        page = await self.client.get(path)
        secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page.text)
        assert secret is not None
        self.secret = secret[1].replace(" ", "")
        done = await self._post(path, page, password=PASSWORD, again=PASSWORD, code=self.code)
        self.recovery = tuple(re.findall(r"<code>([a-z0-9-]+)</code>", done.text))
        return done

    async def log_in(self, **typed: str) -> Response:
        """Log in as is right, or with what is given."""
        code = typed.get("code") if "code" in typed else self.code
        right = {"name": self.name, "password": PASSWORD, "code": code or ""}
        return await self.send("/van-phong/dang-nhap", **{**right, **typed})

    async def send(self, path: str, page: str = "", files: Any = None, **fields: str | list[str]) -> Response:
        """Open a page (by default the one at this path, or else the first) and send its form."""
        shown = await self.client.get(page or path, follow_redirects=True)
        if not _SEAL.search(shown.text):
            shown = await self.client.get("/van-phong", follow_redirects=True)
        return await self._post(path, shown, files, **fields)

    async def _post(self, path: str, shown: Response, files: Any = None, **fields: str | list[str]) -> Response:
        """Send the form of the page on show."""
        seal = _SEAL.search(shown.text)
        assert seal is not None
        return await self.client.post(path, data={"seal": unescape(seal[1]), **fields}, files=files)
