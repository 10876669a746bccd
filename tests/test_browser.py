"""The web chat in a real browser against a real server, with and without JavaScript, by hand and by keyboard."""

import json
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, Response, expect

from lessons.library import read_library
from tests.browsing import CHROMIUM, Chat, OpenPage, barriers, unfit
from tests.live import COMMAND, Live, serving_ward

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no browser: apt-get install chromium")

LESSON = "vneid_install"
WIDTHS = (320, 360, 1366)
FIRST_LOAD = 100 * 1024


@pytest.fixture(scope="module")
def server(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Give a server of a ward in which five residents of kp5 have passed the lesson."""
    folder = tmp_path_factory.mktemp("live")
    with serving_ward(migrated, folder, public_coverage=True) as live:
        yield live


def covered(server: Live) -> int:
    """Return how many residents of kp5 the command line counts for the lesson."""
    command = [COMMAND, "coverage", "--skill", LESSON, "--json"]
    done = subprocess.run(command, cwd=server.folder, env=server.environment, capture_output=True, check=True)
    rows = {row["code"]: row["covered"] for row in json.loads(done.stdout)["neighbourhoods"]}
    count: int = rows["kp5"]
    return count


def test_residents_learn_and_the_ward_counts_them(server: Live, open_page: OpenPage) -> None:
    """One with and one without JavaScript; the server is started anew while they do."""
    before = covered(server)
    chats = with_javascript, without = [Chat(open_page(java_script_enabled=javascript)) for javascript in (True, False)]
    for chat in chats:
        _begin(chat, server)
    with_javascript.page.locator("#log img").last.evaluate("picture => picture.decode()")  # fails where there is none
    for chat in chats:
        _third_step(chat)
    _sent_again(with_javascript, server)
    for chat in chats:
        chat.page.reload()
    expect(with_javascript.says).to_contain_text("Bước 4/")
    expect(without.says).to_contain_text("Bước 3/")
    without.choose(f"/lesson {LESSON} 4")
    for chat in chats:
        _finish(chat)
    assert covered(server) == before + 2
    for chat in chats:
        chat.page.goto(f"{server.url}/ket-qua?bai={LESSON}")
        expect(chat.page.locator("tr", has_text="Khu phố 5")).to_contain_text(f"{before + 2}/10 người")


def _begin(chat: Chat, server: Live) -> None:
    """Join by tapping what the buttons say, and find the lesson."""
    page = chat.page
    page.goto(f"{server.url}/kp/kp5")
    expect(chat.says).to_contain_text("Khu phố 5")
    for label in ("Bắt đầu", "Đồng ý, tôi từ 60 tuổi trở lên", "Đúng rồi", "Không cần nhắc"):
        chat.tap(page.get_by_role("button", name=label).get_attribute("value") or label)
    chat.type("cai vneid")
    chat.tap(f"/lesson {LESSON}")
    expect(page.get_by_role("button", name="Tiếp theo")).to_be_visible()


def _third_step(chat: Chat) -> None:
    for step in (2, 3):
        chat.choose(f"/lesson {LESSON} {step}")
        expect(chat.says).to_contain_text(f"Bước {step}/")


def _sent_again(chat: Chat, server: Live) -> None:
    """Try to go on while the server is stopped: what could not be sent can be sent again and is not doubled."""
    page, step = chat.page, f"/lesson {LESSON} 4"
    mine, answers, turns = page.locator("#log .mine"), page.locator("#log .bot"), server.turns()
    said, answered = mine.count(), answers.count()
    server.stop()
    chat.button(step).press("Enter")
    expect(page.locator("#status")).to_contain_text("Chưa gửi được")
    expect(chat.button(step)).to_be_focused()
    assert mine.count() == said
    server.start()
    chat.choose(step)
    expect(page.locator("#status")).to_be_empty()
    assert (mine.count(), answers.count(), server.turns()) == (said + 1, answered + 1, turns + 1)


def _finish(chat: Chat) -> None:
    """Go through the other steps and the quiz, first answering wrongly."""
    lesson = read_library().get(LESSON)
    assert lesson is not None
    for step in range(4, len(lesson.steps) + 1):
        if step > 4:
            chat.choose(f"/lesson {LESSON} {step}")
        expect(chat.says).to_contain_text(f"Bước {step}/{len(lesson.steps)}")
    chat.choose(f"/quiz {LESSON}")
    wrong = lesson.quiz[0].answer % len(lesson.quiz[0].options) + 1
    chat.choose(f"/answer {LESSON} 1 {wrong}")
    expect(chat.says).to_contain_text("Chưa phải ạ")
    expect(chat.says).to_contain_text("Câu 1/")
    for number, question in enumerate(lesson.quiz, 1):
        chat.choose(f"/answer {LESSON} {number} {question.answer}")
    expect(chat.says).to_contain_text("đã đạt")
    expect(chat.says).to_contain_text("Khu phố 5 có thêm một người biết kỹ năng này")


def test_every_page_fits_every_screen_and_keeps_nobody_out(server: Live, open_page: OpenPage) -> None:
    page = open_page(reduced_motion="reduce")
    chat = Chat(page)
    page.goto(f"{server.url}/kp/kp5")
    _look(page, "welcome")
    for name, command in (
        ("consent", "/consent kp5"),
        ("neighbourhood", "/count senior kp5"),
        ("list of neighbourhoods", "/neighbourhoods 1 join"),
        ("neighbourhood again", "/confirm kp9 join"),
        ("reminders", "/place kp9 join"),
        ("menu", "/remind no"),
    ):
        chat.choose(command)
        _look(page, name)
    chat.type("cai vneid")
    chat.choose(f"/lesson {LESSON}")
    _look(page, "step with picture")
    chat.type(f"/quiz {LESSON}")
    _look(page, "quiz")
    for path in ("/ket-qua", f"/ket-qua?bai={LESSON}", "/nothing"):
        page.goto(server.url + path)
        _look(page, path)


def _look(page: Page, name: str) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 740})
        assert unfit(page) == {}, f"{name} at {width} pixels"
        assert width == 360 or barriers(page) == [], f"{name} at {width} pixels"


def test_the_keyboard_is_enough_and_shows_where_it_is(server: Live, open_page: OpenPage) -> None:
    page = open_page(1366)
    page.goto(f"{server.url}/kp/kp5")
    for command in ("/consent kp5", "/count senior kp5", "/place kp5 join", "/remind no"):
        event = page.locator("#ways [name=event]").first
        before = event.input_value()
        _tab_to(page, f"button[value='{command}']")
        page.keyboard.press("Enter")
        expect(event).not_to_have_value(before)
        expect(page.locator("article.bot:focus")).to_have_count(1)  # where reading goes on; only then Tab leads on
    _tab_to(page, "#typed")
    page.keyboard.type("cai vneid")
    page.keyboard.press("Enter")
    expect(page.locator(f"#ways button[value='/lesson {LESSON}']")).to_be_visible()
    for path, wanted in (("/ket-qua", "#bai"), ("/nothing", "a.button")):
        page.goto(server.url + path)
        _tab_to(page, wanted)


def _tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the element has the focus, and can be seen to have it, as everything on the way to it."""
    for _ in range(20):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        style = focused.evaluate("e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).boxShadow]")
        assert style != ["none", "none"], focused.evaluate("e => e.outerHTML")
        if focused.evaluate("(e, wanted) => e.matches(wanted)", wanted):
            return
    raise AssertionError(f"Tab does not lead to {wanted}")


@pytest.mark.parametrize(("motion", "behaviour"), [("reduce", "auto"), ("no-preference", "smooth")])
def test_whoever_wants_no_motion_gets_none(server: Live, open_page: OpenPage, motion: str, behaviour: str) -> None:
    page = open_page(reduced_motion=motion)
    page.add_init_script("""
        window.scrolled = [];
        const scroll = Element.prototype.scrollIntoView;
        Element.prototype.scrollIntoView = function (how) { scrolled.push(how.behavior); scroll.call(this, how); };
    """)
    page.goto(server.url)
    Chat(page).choose("/lessons") if page.locator("button[value='/lessons']").count() else Chat(page).choose("/menu")
    assert page.evaluate("scrolled.at(-1)") == behaviour


def test_the_first_load_is_light(server: Live, open_page: OpenPage) -> None:
    page = open_page()
    arrived: list[Response] = []
    page.on("response", lambda response: arrived.append(response))  # noqa: PLW0108  it must be a function
    page.goto(f"{server.url}/kp/kp5", wait_until="networkidle")
    names = {urlsplit(response.url).path.rpartition("/")[2]: _encoded(response) for response in arrived}
    print(f"first load: {sum(names.values()) / 1024:.1f} KB of {FIRST_LOAD / 1024:.0f}: {names}")  # noqa: T201
    assert {"kp5", "hocvuso.css", "pico.min.css", "chat.js", "htmx.min.js"} <= set(names)
    assert sum(name.endswith(".woff2") for name in names) == 4
    assert sum(names.values()) <= FIRST_LOAD


def _encoded(response: Response) -> int:
    """Return how many bytes of the body came over the wire."""
    compressed = "content-encoding" in response.headers
    return response.request.sizes()["responseBodySize"] if compressed else len(response.body())


def test_a_persons_answer_comes_by_itself_where_javascript_runs(server: Live, open_page: OpenPage) -> None:
    command = [COMMAND, "invite", "kp5"]
    done = subprocess.run(command, cwd=server.folder, env=server.environment, capture_output=True, check=True)
    code = done.stdout.decode().partition("#")[2].split()[0]
    page, helper = open_page(), Chat(open_page(java_script_enabled=False))
    helper.page.goto(f"{server.url}/kp/{code}")
    helper.tap(f"/team_join {code}")
    page.clock.install()
    chat = Chat(page)
    chat.join(server.url)
    chat.choose("/person")
    chat.type("tôi quên mật khẩu VNeID")
    chat.choose("/help_look")
    chat.choose("/lessons")
    helper.page.reload()
    helper.page.locator("#ways button[value^='/team_answer']").click()
    helper.type("Chú bấm «Quên mật khẩu»")
    page.locator("#typed").focus()
    page.clock.fast_forward(26_000)
    expect(chat.says).to_contain_text("Người hướng dẫn Khu phố 5 trả lời")
    expect(page.locator("#ways button[value^='/help_leave']")).to_be_visible()
    expect(page.locator("#typed")).to_be_focused()
    chat.type("dạ cảm ơn")  # what stands there now works like any other
    expect(chat.says).to_contain_text("Đã chuyển lời bà con tới người hướng dẫn")
    assert barriers(page) == []


def test_the_answer_to_a_long_message_is_in_sight(server: Live, open_page: OpenPage) -> None:
    page = open_page(reduced_motion="reduce")
    page.goto(server.url)
    chat = Chat(page)
    chat.type("tôi già rồi không biết mở máy " * 100)
    expect(chat.says).to_be_in_viewport(ratio=1)


def test_the_way_back_and_the_way_to_a_person_take_two_lines_at_most(server: Live, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(server.url)
    chat = Chat(page)
    chat.type(f"/lesson {LESSON} 2")
    chat.type("sao chữ trong máy nhỏ xíu")
    assert "Về chỗ đang dở" in page.locator(".everywhere").inner_text()
    assert all(box["height"] < 80 for box in map(Locator.bounding_box, page.locator(".everywhere button").all()) if box)
