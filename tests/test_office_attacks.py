"""Attacks on every page of the office: forged forms, hostile values, names and paths, broken and huge bodies."""

import re
from collections.abc import Iterator
from importlib.resources import files
from itertools import cycle
from typing import Any

import pytest

from handlers.core import Core
from office.desk import Page
from storage.database import Database
from storage.neighbourhoods import NeighbourhoodRow, Ward, save
from tests.clerks import Clerk, Office
from tests.dialogue import Resident, stored
from tests.test_office import BLANKS
from tests.test_requests import request
from tests.test_team import member

SCRIPT = "<script>alert(1)</script>"
HOSTILE = [
    SCRIPT,
    "\x00",
    "=HYPERLINK(1)",
    "' OR 1=1 --",
    "../../etc/passwd",
    "%2e%2e%2f",
    "{{ 7 * 7 }}",
    "9" * 30,
    "-1",
    "ổ" * 400,
    "\ud7ff\u202e\U0001f9d3",
]
ENDS_SESSION = "/van-phong/dang-xuat"
CALM = {200, 303, 400, 403, 404, 409, 413, 422, 429, 503}
"""Whatever is sent, it is one of these."""
FIELDS = sorted(
    {
        name
        for template in files("office").joinpath("templates").iterdir()
        for name in re.findall(r'\bname="([a-z_]+)"', template.read_text(encoding="utf-8"))
    }
    - {"seal", "viewport", "robots"}
)
AT_ONCE, ROUNDS = 19, 2
"""Fields in one form; more are refused before a page sees them."""


@pytest.fixture
async def clerk(core: Core) -> Clerk:
    return await Office(core).logged_in()


def pages(clerk: Clerk, method: str) -> list[Page]:
    return [page for page in clerk.office.site.pages() if page.method == method and page.path != ENDS_SESSION]


def filled(path: str, value: str = "") -> str:
    """Return a path with something in its blanks."""
    return re.sub(r"{(\w+)}", lambda blank: value or BLANKS.get(blank[1], "1").partition("?")[0], path)


async def seal_of(clerk: Clerk) -> str:
    found = re.search(r'name="seal" value="([^"]+)"', (await clerk.client.get("/van-phong/can-bo")).text)
    assert found is not None
    return found[1]


async def kept(database: Database) -> dict[str, Any]:
    """Return all that is stored but the audit log, in which refusals stand too."""
    return {name: rows for name, rows in (await stored(database)).items() if name != "audit"}


def hostile_forms() -> Iterator[dict[str, str]]:
    """Yield forms that have a hostile value in every field any form has, another one in each round, and NUL in all."""
    rounds = [HOSTILE[begin * 4 :] + HOSTILE[: begin * 4] for begin in range(ROUNDS)]
    for hostile in (*rounds, ["\0"]):
        values = dict(zip(FIELDS, cycle(hostile), strict=False))
        for at in range(0, len(FIELDS), AT_ONCE):
            yield {name: values[name] for name in FIELDS[at : at + AT_ONCE]}


async def test_a_forged_form_changes_nothing_on_any_page(core: Core, clerk: Clerk, database: Database) -> None:
    other = await clerk.office.logged_in(name="other")
    path, theirs = await request(clerk), await seal_of(other)
    before = await kept(database)
    for page in pages(clerk, "POST"):
        for seal in ("", "x", "é", theirs):
            form = {"seal": seal, **dict.fromkeys(FIELDS[:12], "1"), "kind": "see", "outcome": "withdrawn"}
            answer = await clerk.client.post(filled(page.path), data=form)
            assert answer.status_code == 403, page.path
    assert await kept(database) == before
    assert "Đang làm" not in (await clerk.client.get(path)).text


async def test_a_hostile_value_in_any_field_of_any_form_is_answered_calmly(clerk: Clerk) -> None:
    seal = await seal_of(clerk)
    for page in pages(clerk, "POST"):
        for form in hostile_forms():
            answer = await clerk.client.post(filled(page.path), data={"seal": seal, **form})
            assert answer.status_code in CALM, (page.path, form)
            assert SCRIPT not in answer.text, page.path


async def test_a_hostile_path_or_query_is_answered_calmly(clerk: Clerk) -> None:
    for page in pages(clerk, "GET"):
        if page.path.endswith(".zip"):
            continue
        for value in HOSTILE[:4]:
            path = filled(page.path, "".join(f"%{byte:02x}" for byte in value.encode()))
            names = ("bai", "noi", "ky", "tu", "den", "trang", "kieu", "loai")
            answer = await clerk.client.get(path, params=dict.fromkeys(names, value))
            assert answer.status_code in CALM, path
            assert SCRIPT not in answer.text, path


async def test_broken_and_huge_bodies_are_refused_on_every_page(clerk: Clerk) -> None:
    for page in pages(clerk, "POST"):
        path = filled(page.path)
        for body, kind in (
            (b"\xff\xfe%%%", "application/x-www-form-urlencoded"),
            (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
            (b"", "multipart/form-data"),
            (b"{}", "application/json"),
            (b"&".join(b"a%d=1" % number for number in range(200)), "application/x-www-form-urlencoded"),
        ):
            answer = await clerk.client.post(path, content=body, headers={"content-type": kind})
            assert answer.status_code in (400, 403), (path, kind)
        assert (await clerk.client.post(path, data={"name": "x" * (page.most_bytes + 1)})).status_code == 413, path


async def test_what_others_named_is_shown_as_text_on_every_page(
    core: Core, clerk: Clerk, database: Database, ward: Ward
) -> None:
    await database.write(save, ward.id, [NeighbourhoodRow("kp5", SCRIPT, 1250, SCRIPT, None, SCRIPT, SCRIPT)])
    lan = await member(core, "lan")
    await lan.says("/team_add yes", f"{SCRIPT}, 1950", "/team_class_open first_steps Nhà")
    tu = Resident(core, "tu")
    await tu.says(
        "/start kp5", "/count adult kp5", "/place kp5 join", "/shown", SCRIPT, f"ai biết {SCRIPT} là gì không"
    )
    await clerk.send("/van-phong/can-bo", name=SCRIPT, role="view")
    looked = 0
    for page in pages(clerk, "GET"):
        if page.path.endswith(".zip") or "{token}" in page.path:
            continue
        answer = await clerk.client.get(filled(page.path))
        assert SCRIPT not in answer.text, page.path
        looked += "&lt;script&gt;" in answer.text
    assert looked > 3
