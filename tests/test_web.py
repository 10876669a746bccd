"""The web chat over HTTP: one form is one turn, with and without JavaScript; what cannot be used is answered kindly."""

import datetime as dt
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
from tests.dialogue import Resident, stored, stored_texts
from tests.test_team import invitation, member
from tests.visits import HTMX, Visit, client_of, visiting

TYPED = "mã OTP của tôi là 445566 và số căn cước 079123456789"


@pytest.fixture
async def visit(core: Core) -> AsyncIterator[Visit]:
    """Give a new visitor."""
    async with visiting(core) as visit:
        yield visit


async def turns(database: Database) -> int:
    return len((await stored(database))["seen"])


async def test_a_visitor_joins_by_buttons_and_by_typing(visit: Visit, database: Database) -> None:
    await visit.open("/kp/kp5")
    assert visit.commands == ["/consent kp5", "/menu", "/person"]
    await visit.type("1")
    assert "/count senior kp5" in visit.commands
    await visit.tap("/count senior kp5")
    await visit.type("đúng rồi")
    await visit.tap("/remind no")
    [resident] = (await stored(database))["residents"]
    assert (resident["age_band"], resident["counted"]) == ("senior", True)
    assert await turns(database) == 4


async def test_looking_at_pages_is_not_a_turn(visit: Visit, database: Database) -> None:
    for path in ("/", "/kp/kp5", "/kp/kp5/", "/kp/nowhere", "/"):
        assert (await visit.open(path)).status_code == 200
    assert await turns(database) == 0
    assert (await stored(database))["conversations"] == []


async def test_a_reload_shows_the_last_answer(visit: Visit) -> None:
    await visit.open()
    told = await visit.tap("/lesson first_steps 2")
    again = await visit.open("/")
    assert "Bước 2/3" in told.text
    assert "Bước 2/3" in again.text
    assert visit.after == ""


async def test_the_part_for_javascript_holds_the_answer_and_the_new_ways_only(visit: Visit) -> None:
    await visit.open()
    part = await visit.part(say="/lesson first_steps 2")
    assert part.status_code == 200
    assert "Bước 2/3" in part.text
    assert '<hx-partial hx-target="#ways"' in part.text
    assert "<html" not in part.text


async def test_the_same_form_sent_twice_is_one_turn(visit: Visit, database: Database) -> None:
    await visit.open()
    first = Visit(visit.client, visit.event, visit.after)
    one = await visit.part(say="/consent kp5")
    other = await first.part(say="/consent kp5")
    assert one.text.partition("<hx-partial")[0] == other.text.partition("<hx-partial")[0]
    assert await turns(database) == 1


async def test_an_answer_of_a_person_is_found_without_a_reload_as_long_as_one_is_awaited(
    visit: Visit, core: Core, database: Database
) -> None:
    assert (await visit.client.get("/moi")).status_code == 205
    await visit.open("/kp/kp5")
    for said in ("/consent kp5", "/count adult kp5", "/place kp5 join", "/remind no"):
        shown = await visit.tap(said)
    assert "data-awaited" not in shown.text
    assert (await visit.client.get("/moi")).status_code == 205
    lan = await member(core, "lan")
    await visit.tap("/person")
    sent = await visit.part(typed="tôi quên mật khẩu VNeID")
    assert 'id="ways" data-awaited' in sent.text
    assert "data-awaited" in (await visit.open()).text
    assert "Chưa có ai trả lời" in (await visit.tap("/help_look")).text
    assert "Bước 2/3" in (await visit.tap("/lesson first_steps 2")).text
    assert (await visit.client.get("/moi")).status_code == 204
    [request] = (await stored(database))["help_requests"]
    await lan.say(f"/team_answer {request['id']} Chú bấm «Quên mật khẩu»")
    found = await visit.client.get("/moi")
    assert found.headers["cache-control"] == "no-store"
    for said in ("Chú bấm «Quên mật khẩu»", 'id="ways" data-awaited', "/help_leave", "/lesson first_steps 3"):
        assert said in found.text
    assert "Bước 2/3" not in found.text  # it stands above already
    assert "Bước 2/3" in (await visit.client.get("/")).text
    assert (await visit.client.get("/moi")).status_code == 204
    await lan.say(f"/team_done {request['id']}")
    assert "Việc này vậy là xong" in (await visit.client.get("/moi")).text
    assert (await visit.client.get("/moi")).status_code == 205


async def test_a_member_is_told_of_a_question_while_the_page_is_on_show(
    visit: Visit, core: Core, database: Database
) -> None:
    await visit.open()
    code = (await invitation(core, at=dt.datetime.now(dt.UTC)))[1:]
    assert (await visit.client.get("/moi")).status_code == 205
    assert 'id="ways" data-awaited' in (await visit.part(say=f"/team_join {code}")).text
    assert "data-awaited" in (await visit.open("/kp/kp5")).text
    assert (await visit.client.get("/moi")).status_code == 204
    neighbour = Resident(core, "ba-tu")
    await neighbour.join()
    await neighbour.says("9", "Tôi quên mật khẩu VNeID")
    found = await visit.client.get("/moi")
    assert "Tôi quên mật khẩu VNeID" in found.text
    assert "/team_answer " in found.text
    await visit.tap("/team_leave yes")
    assert (await visit.client.get("/moi")).status_code == 205


async def test_another_button_of_a_page_gone_back_to_works(visit: Visit, database: Database) -> None:
    await visit.open()
    back = Visit(visit.client, visit.event, visit.after)
    await visit.tap("/consent kp5")
    assert "/lessons" in (await back.tap("/menu")).text
    assert await turns(database) == 2


async def test_two_long_messages_that_begin_alike_are_two(visit: Visit, database: Database) -> None:
    await visit.open()
    back = Visit(visit.client, visit.event, visit.after)
    await visit.type("cho tôi hỏi " * 20)
    await back.type("cho tôi hỏi " * 20 + "khác")
    assert await turns(database) == 2


async def test_what_was_typed_is_kept_nowhere_and_seen_in_no_log(visit: Visit, database: Database) -> None:
    await visit.open()
    with capture_logs() as logs:
        await visit.type(TYPED)
        await visit.type(f"/{TYPED}")
        await visit.client.get(f"/kp/{TYPED}")
    kept = await stored_texts(database) + str(logs)
    assert "445566" not in kept
    assert "079123456789" not in kept


async def test_a_number_typed_on_a_neighbourhoods_page_means_what_that_page_offers(visit: Visit) -> None:
    await visit.open("/kp/kp5")
    await visit.tap("/lessons")
    await visit.open("/kp/kp7")
    await visit.type("1")
    assert "/count senior kp7" in visit.commands


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


async def test_no_redirect_leads_where_the_request_says(visit: Visit) -> None:
    for path in ("/static", "/kp/kp5/", "/chat", "/ket-qua/", "//evil.test"):
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
