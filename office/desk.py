"""The desk: what every page of the office uses, and how a page is shown."""

import datetime as dt
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from handlers.speech import VIET_NAM, viet_nam
from handlers.turn import House
from office.coverage_table import number, percent
from office.menu import Group, menu, page_of, title_of
from office.review import past
from office.words import words
from storage import audit
from storage.staff import Staff
from storage.suspicions import suspicions
from storage.waiting import waiting

BODY_BYTES = 32 * 1024
ODD_FOR = dt.timedelta(hours=1)
"""How long a count of completions that look odd is good enough for the menu."""
NO_BREAK = "\u00a0"
_BOLD = re.compile(r"\*\*(.+?)\*\*")
RIGHTS = {
    "office": frozenset({"see", "export", "ask", "change"}),
    "lead": frozenset({"see", "export", "ask"}),
    "view": frozenset({"see"}),
}
"""What each role may do."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request to the office: who makes it, and what came with it."""

    request: Request
    staff: Staff | None
    secret: str  # of the cookie that its forms are bound to
    seal: str  # what its forms carry
    waiting: Mapping[str, int] = field(default_factory=dict)  # how much waits, by the names of the menu
    form: FormData = field(default_factory=FormData)

    def typed(self, name: str) -> str:
        """Return what was typed into a field of the form; NUL, which PostgreSQL keeps nowhere, as SUBSTITUTE."""
        value = self.form.get(name, "")
        return value.replace("\0", "\x1a") if isinstance(value, str) else ""

    def refused(self, status: int) -> str:
        """Return the last part of the form's address where it was refused: the page shows it as it was typed."""
        return self.request.url.path.rpartition("/")[2] if status == 422 else ""

    def may(self, right: str) -> bool:
        """Return whether whoever is logged in may do this."""
        return self.staff is not None and right in RIGHTS[self.staff.role]

    @property
    def menu(self) -> list[Group]:
        """What may be opened, with how much waits there."""
        return menu(self.may, self.waiting)

    @property
    def here(self) -> str:
        """The path of the menu's page that this one is, or belongs to."""
        return page_of(self.menu, self.request.url.path)

    @property
    def title(self) -> str:
        """The name of that page in the menu; nothing where it belongs to none."""
        return title_of(self.menu, self.request.url.path)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the office: where it is, what it takes to open it, and what shows it."""

    path: str
    right: str  # "": anybody may, without logging in
    show: Callable[[Visit], Awaitable[Response]]
    method: str = "GET"
    most_bytes: int = BODY_BYTES
    most_fields: int = 20


@dataclass(slots=True)
class Odd:
    """How many completions look odd, as last counted: that takes a look at a whole quarter, so not for every page."""

    count: int = 0
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """What every page of one ward's office uses."""

    house: House
    unit: str  # what a neighbourhood is called here
    clock: Callable[[], dt.datetime]
    site: str  # under which the office is reached; https: cookies go by no other way
    templates: Environment
    odd: Odd = field(default_factory=Odd)

    def page(self, name: str, visit: Visit, status: int = 200, /, **values: Any) -> Response:
        """Return a page."""
        template = self.templates.get_template(f"{name}.html")
        shown = template.render(visit=visit, at=self.clock(), target=self.target, **values)
        return HTMLResponse(shown, status)

    async def waiting(self) -> dict[str, int]:
        """Return how much waits for the office, by the names of the menu."""
        found = await self.house.database.read(waiting, self.house.ward.id)
        return {**found, "content": past(self.house, self.today), "odd": self.odd.count}

    async def look_for_odd(self) -> None:
        """Count the completions that look odd, where that was not done within the last hour."""
        now = self.clock()
        if self.odd.at is None or now - self.odd.at >= ODD_FOR:
            self.odd.at = now  # nobody else counts meanwhile
            self.odd.count = len(await self.house.database.report(suspicions, self.house.ward.id, now))

    @property
    def target(self) -> int:
        """The target of this year, in percent."""
        return self.house.targets.on(self.today)

    @property
    def today(self) -> dt.date:
        """The day in Viet Nam."""
        return self.clock().astimezone(VIET_NAM).date()

    async def note(self, visit: Visit, act: str, about: str = "", staff_id: int | None = None) -> None:
        """Add a line to the audit log."""
        who = visit.staff.id if visit.staff else staff_id
        await self.house.database.write(audit.note, self.house.ward.id, who, act, about, self.clock())


def environment(**always: Any) -> Environment:
    """Return the templates; `always` are the values every page may use."""
    made = Environment(
        loader=PackageLoader("office", "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals.update(always, said=words("office"), numbers=words("numbers"), report_words=words("report"))
    made.globals.update(appendix_words=words("appendix"), campaign_words=words("campaigns"))
    made.filters.update(
        number=number,
        percent=lambda share: percent(share).replace(" ", NO_BREAK),
        viet_nam=viet_nam,
        points=points,
        bold=bold,
        day=_day,
        viet_nam_day=lambda at: _day(at.astimezone(VIET_NAM)),
    )
    return made


def bold(text: str) -> Markup:
    """Return a resident's text as HTML: lines, and **bold**; everything else is escaped."""
    lines = str(escape(text.strip())).replace("\n", "<br>")
    return Markup(_BOLD.sub(r"<strong>\1</strong>", lines))  # noqa: S704  escaped above


def points(share: float) -> str:
    """Return a difference of shares in points of a hundred: 4,2 or −1,0."""
    return f"{share * 100:.1f}".replace(".", ",").replace("-", "−")


def _day(date: dt.date) -> str:
    return f"{date.day}/{date.month}/{date.year}"
