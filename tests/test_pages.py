"""The pages: what they show of a reply, what every response forbids the browser, and what the browser may keep."""

import re
from html.parser import HTMLParser

import pytest
from httpx2 import AsyncClient

from bot.channels.pages import STATIC, Pages, versions
from handlers.core import Core
from handlers.messages import BACK_KEY, PERSON_KEY, Choice, Reply
from tests.visits import HTMX, client_of

YEAR, DAY = "public, max-age=31536000, immutable", "public, max-age=86400"
PERSON = Choice("Gặp người", "/person", PERSON_KEY)
BACK = Choice("Quay lại", "/menu", BACK_KEY)


@pytest.fixture(scope="module")
def pages() -> Pages:
    """Give the pages of a ward."""
    return Pages(ward_name="Phường <Thử>", sample=False, results=True)


class Seen(HTMLParser):
    """What a browser finds in a page: buttons by their part of the page, and the attributes of all tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.buttons: dict[str, list[str]] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._part = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.tags.append((tag, found))
        if tag == "div":
            self._part = found.get("class") or ""
        if tag == "button" and found.get("name") == "say":
            self.buttons.setdefault(self._part, []).append(found["value"] or "")

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of all tags of this name."""
        return [attributes for name, attributes in self.tags if name == tag]


def test_back_and_the_person_stand_apart_from_the_choices(pages: Pages) -> None:
    html = pages.chat(Reply("Chào", (Choice("Tiếp", "/next"), BACK, PERSON)), "e", "", framed=False)
    assert Seen(html).buttons == {"choices": ["/next"], "everywhere": ["/menu", "/person"]}


def test_where_a_choice_is_numbered_nine_the_person_still_stands_apart(pages: Pages) -> None:
    places = [Choice(f"Khu phố {number}", f"/confirm kp{number}", str(number)) for number in range(1, 10)]
    person = Choice("Gặp người", "/person", "12")
    html = pages.chat(Reply("Ở đâu?", (*places, BACK, person)), "e", "", framed=False)
    found = Seen(html).buttons
    assert found == {"choices many": [place.command for place in places], "everywhere": ["/menu", "/person"]}
    assert "<b>9</b> <span>Khu phố 9</span>" in html
    assert "<b>12</b> <span>Gặp người</span>" in html


def test_whatever_is_said_is_shown_and_not_run(pages: Pages) -> None:
    evil = '"><script>alert(1)</script>'
    reply = Reply(evil, (Choice(evil, f"/x {evil}"),))
    for html in (
        pages.chat(reply, evil, f"/start {evil}", framed=False),
        pages.answer(reply, evil),
        pages.problem("too_long", part=False),
    ):
        assert all("src" in script for script in Seen(html).all("script"))
        assert "alert" not in str(Seen(html).all("script"))
        assert "Phường <Thử>" not in html


def test_nothing_in_a_page_needs_what_the_policy_forbids(pages: Pages) -> None:
    reply = Reply("Chào **bà con**\n\nXem https://a.vn", (Choice("Tiếp", "/next"), BACK, PERSON), picture="phone_form")
    for html in (pages.chat(reply, "e", "", framed=True), pages.answer(reply, "e"), pages.problem("broken", False)):
        for tag, attributes in Seen(html).tags:
            assert tag != "style"
            assert not any(name == "style" or name.startswith("on") for name in attributes)
            addresses = [attributes[name] or "" for name in ("src", "action", "hx-post") if name in attributes]
            assert all(address.startswith("/") for address in addresses)


def test_every_problem_has_a_page_and_a_part(pages: Pages) -> None:
    for name in ("foreign", "no_cookie", "too_fast", "too_long", "not_found", "broken"):
        page, part = pages.problem(name, part=False), pages.problem(name, part=True)
        assert page.startswith("<!doctype html>")
        assert 'lang="vi"' in page
        assert 'class="bot problem"' in part
        assert "<html" not in part


async def test_every_file_a_page_names_exists(core: Core) -> None:
    client = client_of(core, public_coverage=True, sample=True)
    pages = [(await client.get(path)).text for path in ("/", "/nothing", "/ket-qua")]
    css = (STATIC / "hocvuso.css").read_text(encoding="utf-8")
    named = set(re.findall(r'(?:src|href)="(/(?:static|pictures)/[^"]+)"', "".join(pages)))
    named |= {f"/static/{font}" for font in re.findall(r'url\("([^"]+)"\)', css)}
    assert len(named) >= 9
    for address in named:
        assert (await client.get(address)).status_code == 200, address


KEPT = [
    ("/static/widget.js", DAY),  # portals name it without a version
    ("/static/chat.js?v=00000000", DAY),
    ("/static/be-vietnam-pro-latin-400-normal.woff2", DAY),
    ("/static/chat.js?v={chat.js}", YEAR),
    ("/static/pico.min.css?v={pico.min.css}", YEAR),
    ("/static/pico.min.css?v={chat.js}", DAY),
    ("/", "no-store"),
    ("/kp/kp5", "no-store"),
    ("/ket-qua", "no-store"),
    ("/nothing", "no-store"),
]


@pytest.mark.parametrize(("address", "kept"), KEPT)
async def test_browsers_keep_what_changes_its_address_and_nothing_personal(core: Core, address: str, kept: str) -> None:
    for name, version in versions().items():
        address = address.replace(f"{{{name}}}", version)
    response = await client_of(core, public_coverage=True).get(address)
    assert response.headers["cache-control"] == kept


async def test_a_file_that_has_not_changed_is_not_sent_again(core: Core) -> None:
    client = client_of(core)
    first = await client.get("/static/widget.js")
    again = await client.get("/static/widget.js", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == DAY


async def test_fonts_have_their_type_and_are_not_compressed_again(core: Core) -> None:
    response = await client_of(core).get("/static/be-vietnam-pro-latin-400-normal.woff2")
    assert response.headers["content-type"] == "font/woff2"
    assert "content-encoding" not in response.headers


async def answered(client: AsyncClient) -> list[tuple[int, dict[str, str]]]:
    """Return status and headers of every kind of answer there is."""
    await client.get("/")
    sent = [
        await client.get("/"),
        await client.head("/"),
        await client.get("/kp/kp5"),
        await client.post("/chat", data={"say": "/menu"}),
        await client.post("/chat", data={"say": "/menu"}, headers=HTMX),
        await client.post("/chat", data={"say": "/menu"}, headers={"sec-fetch-site": "cross-site"}),
        await client.post("/chat", content=b"x" * 100_000),
        await client.get("/chat"),
        await client.put("/chat"),
        await client.get("/nothing"),
        await client.get("/static/chat.js"),
        await client.get("/static/nothing.js"),
        await client.get("/pictures/phone_form.svg"),
        await client.get("/ket-qua"),
        await client.post("/chat", data={"say": "/menu"}),
    ]
    client.cookies.clear()
    sent.append(await client.post("/chat", data={"say": "/menu"}))
    return [(response.status_code, dict(response.headers)) for response in sent]


async def test_every_response_forbids_what_no_page_of_ours_does(core: Core) -> None:
    client = client_of(core, public_coverage=True, web_messages_per_minute=3)
    responses = await answered(client)
    assert {status for status, _ in responses} == {200, 303, 400, 403, 404, 405, 413, 429}
    for _, headers in responses:
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "*" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "server" not in headers


@pytest.mark.parametrize(
    ("setting", "ancestors"),
    [("", "'self'"), ("https://a.vn http://b.vn:81", "'self' https://a.vn http://b.vn:81")],
)
async def test_only_the_named_sites_may_show_the_chat_in_a_frame(core: Core, setting: str, ancestors: str) -> None:
    for path in ("/", "/ket-qua", "/nothing"):
        response = await client_of(core, web_frame_ancestors=setting).get(path)
        directives = response.headers["content-security-policy"].split("; ")
        assert f"frame-ancestors {ancestors}" in directives


async def test_head_gets_the_headers_of_get(core: Core) -> None:
    client = client_of(core, public_coverage=True)
    await client.get("/")
    for path in ("/", "/kp/kp5", "/ket-qua", "/static/chat.js", "/nothing", "/chat"):
        got, head = await client.get(path), await client.head(path)
        assert head.status_code == got.status_code
        assert head.content == b""
        assert head.headers["content-type" if path != "/chat" else "location"]
