"""The web chat over HTTP when a request is odd or something fails: answered kindly, in Vietnamese, nothing lost."""

from collections.abc import AsyncIterator

import pytest
from httpx2 import AsyncClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from structlog.testing import capture_logs

from bot.channels.web import BODY_BYTES
from handlers.core import Core
from storage.database import Database
from tests.test_web import TYPED, turns
from tests.visits import HTMX, Visit, client_of

BODIES = {
    "nothing": b"",
    "no field of ours": b"abc=1",
    "empty fields": b"event=&after=&say=&typed=",
    "NUL bytes": b"typed=%00a%00&event=%00",
    "no UTF-8": b"\xff\xfe\x00typed=\xff&event=%ff",
    "a surrogate": b"typed=%ed%a0%80",
    "a broken percent sign": b"typed=%zz%",
    "the same field often": b"say=%2Fmenu&say=%2Ferase+yes&say=",
    "thousands of fields": b"a=1&" * 8000,
    "a command of nobody": b"say=%2Fnothing+1+2+3",
    "a command with a long argument": b"say=%2Flesson+" + b"a" * 20_000,
    "a long text": b"typed=" + "ạ".encode() * 5000,
    "after what is no command": b"typed=1&after=abc",
    "after a command that writes": b"typed=1&after=%2Ferase+yes",
    "JSON": b'{"say": "/menu"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_form_that_is_none_of_ours_is_answered_kindly(visit: Visit, body: bytes) -> None:
    await visit.open()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    response = await visit.client.post("/chat", content=body, headers=HTMX | kind)
    assert response.status_code == 200
    assert '<article class="bot"' in response.text


async def test_a_body_over_the_limit_gets_a_page_in_vietnamese(visit: Visit, database: Database) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * (BODY_BYTES // 8)

    await visit.open()
    for body in (b"x" * (BODY_BYTES + 1), chunks(), b"a=1&" * 10_000):
        response = await visit.client.post("/chat", content=body)
        assert response.status_code == 413
        assert "Tin này dài quá" in response.text
        assert "<html" in response.text
    assert (await visit.client.post("/chat", content=b"typed=" + b"x" * (BODY_BYTES - 6))).status_code == 303
    assert await turns(database) == 1


UNKNOWN = [
    "/kp",
    "/kp/a/b",
    "/nothing",
    "/static",
    "/static/",
    "/static/nothing.css",
    "/static/../settings.py",
    "/static/%2e%2e/settings.py",
    "/static//etc/passwd",
    "/static/%00",
    "/static/" + "a" * 5000,
    "/pictures/../qr_pay.yaml",
    "/pictures/nothing.svg",
    "/ket-qua",  # the ward has not opened it
]


async def test_an_unknown_path_leads_back_to_the_page(visit: Visit) -> None:
    for path in UNKNOWN:
        response = await visit.client.get(path)
        assert response.status_code == 404
        assert "Không có trang này" in response.text
        assert 'href="/"' in response.text


async def test_another_method_gets_a_page_that_names_those_allowed(core: Core) -> None:
    client = client_of(core, public_coverage=True)
    for path in ("/", "/kp/kp5", "/chat", "/static/chat.js", "/ket-qua"):
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE"):
            response = await client.request(method, path)
            assert response.status_code == 405
            assert response.headers["allow"]
            assert "Không có trang này" in response.text


async def test_whoever_opens_the_forms_address_is_led_to_the_page(visit: Visit) -> None:
    response = await visit.client.get("/chat")
    assert (response.status_code, response.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    ("typed", "page"),
    [
        ("/van-phong/", "/van-phong"),
        ("/van-phong/bao-cao/?ky=2026-q4", "/van-phong/bao-cao?ky=2026-q4"),
        ("/ket-qua//", "/ket-qua"),
        ("//evil.test/", "/evil.test"),
        ("/%5Cevil.test/", "/%5Cevil.test"),
        ("/a%3Fb/", "/a%3Fb"),
    ],
)
async def test_a_slash_too_many_leads_to_the_page(core: Core, typed: str, page: str) -> None:
    client = client_of(core, public_coverage=True)
    response = await client.get(f"http://ward.test{typed}")
    assert (response.status_code, response.headers["location"]) == (307, page)


async def test_no_redirect_leads_where_the_request_says(visit: Visit) -> None:
    for path in ("/static", "/kp/kp5/", "/chat", "/ket-qua/", "//evil.test", "//evil.test/"):
        response = await visit.client.get(path, headers={"host": "evil.test"})
        assert "evil.test" not in response.headers.get("location", "")


LOGGED = {"event", "log_level", "kind", "at", "conversation", "channel"}
"""All that is told of a failure."""


def _break_reading(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE conversations RENAME COLUMN version TO lost"))


def _break_writing(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE conversations RENAME COLUMN seen_at TO lost"))


@pytest.mark.parametrize("damage", [_break_reading, _break_writing])
async def test_a_failing_database_is_apologised_for_and_not_told_to_the_log(
    core: Core, database: Database, damage: object
) -> None:
    visit = Visit(client_of(core))
    await visit.open()
    await database.write(_break_writing if damage is _break_writing else _break_reading)
    with capture_logs() as logs:
        page = await visit.type(TYPED)
        part = await visit.part(typed=TYPED)
    assert (page.status_code, part.status_code) == (503, 503)
    assert "Máy của tổ số đang trục trặc" in page.text
    assert page.headers["content-security-policy"] == part.headers["content-security-policy"]
    assert part.text.strip().startswith('<article class="bot problem"')
    assert {log["event"] for log in logs} >= {"request failed"}
    assert {name for log in logs for name in log} <= LOGGED
    assert "445566" not in str(logs)
    assert "Traceback" not in page.text + part.text


async def test_a_closed_database_is_apologised_for(core: Core, database: Database) -> None:
    client = client_of(core, public_coverage=True)
    database.close()
    for path in ("/", "/kp/kp5", "/ket-qua"):
        response = await client.get(path)
        assert (response.status_code, response.headers["cache-control"]) == (503, "no-store")
        assert "Bà con không làm gì sai" in response.text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=300), kind=st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data", ""])
)
async def test_no_bytes_make_it_fail(core: Core, body: bytes, kind: str) -> None:
    visit = Visit(client_of(core))
    await visit.open()
    response = await visit.client.post("/chat", content=body, headers={"content-type": kind, **HTMX})
    assert response.status_code == 200


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.text(max_size=60), query=st.text(max_size=30), folder=st.sampled_from(["", "kp/", "static/", "pictures/"])
)
async def test_no_path_makes_it_fail(core: Core, path: str, query: str, folder: str) -> None:
    client: AsyncClient = client_of(core, public_coverage=True)
    scope_path = f"/{folder}{path}".encode("utf-8", "surrogatepass")
    response = await client.get("/" + "".join(f"%{byte:02x}" for byte in scope_path[1:]), params={"bai": query})
    assert response.status_code < 500
