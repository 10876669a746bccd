"""The web chat in a real browser when things go wrong: double taps, going back, strange answers, no cookie."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browsing import CHROMIUM, Chat, OpenPage
from tests.live import Live, serving_ward

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no browser: apt-get install chromium")

LESSON = "vneid_install"


@pytest.fixture(scope="module")
def server(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Give a server of a ward in which five residents of kp5 have passed the lesson."""
    folder = tmp_path_factory.mktemp("live")
    with serving_ward(migrated, folder) as live:
        yield live


def test_a_double_tap_is_one_turn(server: Live, open_page: OpenPage) -> None:
    for javascript in (True, False):
        page = open_page(java_script_enabled=javascript)
        page.goto(f"{server.url}/kp/kp5")
        before = server.turns()
        page.locator("button[value='/menu']").dblclick()
        expect(page.locator("button[value='/lessons']")).to_be_visible()
        assert server.turns() == before + 1


def test_the_second_tap_of_a_slow_double_tap_hits_nothing(server: Live, open_page: OpenPage) -> None:
    page = open_page()
    page.add_init_script("""addEventListener("htmx:after:swap", () => setTimeout(() => {
        const box = document.querySelector("#ways button").getBoundingClientRect();
        const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
        document.body.dataset.hit = hit.closest("button") ? "a button" : "nothing";
    }, 50));""")
    page.goto(f"{server.url}/kp/kp5")
    Chat(page).choose("/menu")
    expect(page.locator("body")).to_have_attribute("data-hit", "nothing")
    Chat(page).tap("/lessons")  # in a moment it can be tapped


@pytest.mark.parametrize("javascript", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_going_back_and_choosing_otherwise_works(server: Live, open_page: OpenPage, javascript: bool) -> None:
    page = open_page(java_script_enabled=javascript)
    chat = Chat(page)
    page.goto(f"{server.url}/kp/kp7")
    chat.choose("/consent kp7")
    chat.choose("/count adult kp7")
    while not javascript and not page.url.endswith("/kp/kp7"):
        assert page.go_back()
    chat.type("trang chính")
    expect(page.locator("button[value='/mydata']")).to_be_visible()


def test_a_reload_goes_on_where_it_was(server: Live, open_page: OpenPage) -> None:
    page = open_page()
    chat = Chat(page)
    chat.join(server.url)
    chat.type(f"/lesson {LESSON} 3")
    page.reload()
    expect(chat.says).to_contain_text("Bước 3/")


def test_what_somebody_in_between_answers_is_not_shown(server: Live, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{server.url}/kp/kp5")
    page.route(
        "**/chat", lambda route: route.fulfill(status=502, content_type="text/html", body="<h1>Bad Gateway</h1>")
    )
    Chat(page).button("/menu").press("Enter")
    expect(page.locator("#status")).to_contain_text("Chưa gửi được")
    expect(page.locator("#log")).not_to_contain_text("Bad Gateway")
    page.unroute("**/chat")
    Chat(page).choose("/menu")


def test_no_cookie_is_explained_and_cured_by_tapping_again(server: Live, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{server.url}/kp/kp5")
    page.context.clear_cookies()
    Chat(page).button("/menu").press("Enter")
    expect(page.locator("#log .problem")).to_contain_text("Bà con bấm lại một lần nữa giúp")
    assert page.url.endswith("/kp/kp5")  # a reload would still know the neighbourhood
    Chat(page).choose("/menu")
