"""Visitors: a cookie that lasts and is safe, forms from our own pages only, and not too many of them."""

import pytest
from httpx2 import AsyncClient, Response

from bot.channels.visitors import COOKIE, KEPT_SECONDS, PAUSE_SECONDS, PER_ADDRESS, Visitor
from handlers.core import Core
from storage.database import Database
from tests.dialogue import stored, stored_texts
from tests.visits import Visit, client_of, visiting

MINE = "abcdefghijklmnopqrstuvwx"


def attributes(response: Response) -> set[str]:
    """Return the attributes of the cookie the response sets."""
    name, _, rest = response.headers["set-cookie"].partition("=")
    assert name == COOKIE
    return {attribute.strip().lower() for attribute in rest.split(";")[1:]}


ALWAYS = {"httponly", f"max-age={KEPT_SECONDS}", "path=/"}
COOKIES = [
    ("", "", {"samesite=lax"}),
    ("", "https://portal.test", {"samesite=lax"}),
    ("http://ward.test", "https://portal.test", {"samesite=lax"}),
    ("https://ward.test", "", {"samesite=lax", "secure"}),
    ("https://ward.test", "https://portal.test", {"samesite=none", "secure", "partitioned"}),
]


@pytest.mark.parametrize(("public_url", "ancestors", "wanted"), COOKIES)
async def test_the_cookie_is_as_strict_as_the_site_allows(
    core: Core, public_url: str, ancestors: str, wanted: set[str]
) -> None:
    client = client_of(core, public_url=public_url, web_frame_ancestors=ancestors)
    assert attributes(await client.get("/")) == ALWAYS | wanted


async def test_a_visitor_keeps_the_first_cookie(core: Core) -> None:
    async with visiting(core) as visit:
        first = await visit.open()
        token = visit.client.cookies[COOKIE]
        later = [await visit.open("/"), await visit.tap("/consent"), await visit.part(say="/menu")]
        assert len(token) == 24
        assert "set-cookie" in first.headers
        assert all("set-cookie" not in response.headers for response in later)
        assert visit.client.cookies[COOKIE] == token


async def test_the_cookie_cannot_be_made_from_what_is_stored(core: Core, database: Database) -> None:
    async with visiting(core) as visit:
        await visit.open()
        await visit.tap("/consent")
        assert visit.client.cookies[COOKIE].lower() not in await stored_texts(database)
        [conversation] = (await stored(database))["conversations"]
        assert conversation["address"] == Visitor(visit.client.cookies[COOKIE], new=False).address


async def test_visitors_do_not_see_each_others_conversations(core: Core) -> None:
    async with visiting(core) as one, visiting(core) as other:
        await one.open()
        await other.open()
        await one.tap("/lesson first_steps 2")
        await other.tap("/lesson second_steps 3")
        assert "Bước đầu" in (await one.open("/")).text
        assert "Bước sau" in (await other.open("/")).text


@pytest.mark.parametrize("cookie", [None, "", "short", "x" * 23, "x" * 25, "é" * 12, "x" * 5000])
async def test_without_our_cookie_a_form_is_not_taken_but_the_next_one_is(
    core: Core, database: Database, cookie: str | None
) -> None:
    client = client_of(core)
    headers = {} if cookie is None else {b"cookie": f"{COOKIE}={cookie}".encode("latin-1")}
    response = await client.post("/chat", data={"say": "/menu"}, headers=headers)
    assert response.status_code == 400
    assert "Bà con bấm lại một lần nữa giúp" in response.text
    assert (await stored(database))["conversations"] == []
    assert (await client.post("/chat", data={"say": "/menu"})).status_code == 303


SENT_FROM = [
    ({}, True),  # an old browser, or none
    ({"sec-fetch-site": "same-origin"}, True),
    ({"sec-fetch-site": "none"}, True),
    ({"sec-fetch-site": "same-site"}, False),
    ({"sec-fetch-site": "cross-site"}, False),
    ({"sec-fetch-site": "cross-site", "origin": "http://ward.test"}, False),
    ({"origin": "http://ward.test"}, True),
    ({"origin": "https://ward.test"}, True),
    ({"origin": "https://hocvuso.ward.test", "host": "127.0.0.1:8000"}, True),  # a proxy renamed the host
    ({"origin": "http://ward.test:8001"}, False),
    ({"origin": "http://evil.test"}, False),
    ({"origin": "https://hocvuso.ward.test.evil.test"}, False),
    ({"origin": "null"}, False),
    ({"origin": ""}, False),
]


@pytest.mark.parametrize(("headers", "taken"), SENT_FROM)
async def test_a_form_of_a_foreign_page_is_refused(
    core: Core, database: Database, headers: dict[str, str], taken: bool
) -> None:
    client = client_of(core, public_url="https://hocvuso.ward.test")
    cookie = {"cookie": f"{COOKIE}={MINE}"}
    response = await client.post("/chat", data={"say": "/menu"}, headers=cookie | headers)
    assert response.status_code == (303 if taken else 403)
    assert ("Trang này không gửi được" in response.text) is not taken
    assert len((await stored(database))["seen"]) == taken


async def send(client: AsyncClient, cookie: str, times: int) -> Response:
    """Send as many messages; return the answer to the last."""
    for _ in range(times):
        response = await client.post("/chat", data={"say": "/menu"}, headers={"cookie": f"{COOKIE}={cookie}"})
    return response


async def test_whoever_sends_too_much_is_asked_to_rest_and_nobody_else(core: Core, database: Database) -> None:
    client = client_of(core, web_messages_per_minute=3)
    assert (await send(client, MINE, 3)).status_code == 303
    refused = await send(client, MINE, 1)
    assert (refused.status_code, refused.headers["retry-after"]) == (429, str(PAUSE_SECONDS))
    assert "Bà con bấm hơi nhanh" in refused.text
    assert (await send(client, MINE[::-1], 1)).status_code == 303
    assert len((await stored(database))["seen"]) == 4


async def test_too_many_messages_of_one_network_address_are_slowed_down(core: Core) -> None:
    client = client_of(core, web_messages_per_minute=1)
    for number in range(PER_ADDRESS):
        assert (await send(client, f"{number:024}", 1)).status_code == 303
    assert (await send(client, MINE, 1)).status_code == 429


async def test_a_page_that_asks_to_rest_still_holds_the_buttons(core: Core) -> None:
    visit = Visit(client_of(core, web_messages_per_minute=1))
    await visit.open()
    await visit.tap("/lesson first_steps 2")
    part = await visit.part(say="/lesson first_steps 3")
    assert part.status_code == 429
    assert "hx-partial" not in part.text  # the ways on show stay
    assert "Bước 2/3" in (await visit.open("/")).text
