"""Other sites: the widget opens the chat there and a frame shows the results, where the settings allow it alone."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browsing import CHROMIUM, unfit
from tests.live import Live, free_port, serving_ward

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no browser: apt-get install chromium")

PORTAL = (
    '<!doctype html><html lang="vi"><title>Phường</title><link rel="icon" href="data:,"><h1>Cổng</h1>{script}</html>'
)


class Quiet(SimpleHTTPRequestHandler):
    """Serves the files of a folder and says nothing."""

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Give the address and the folder of another site."""
    folder = tmp_path_factory.mktemp("portal")
    site = ThreadingHTTPServer(("127.0.0.1", free_port()), partial(Quiet, directory=str(folder)))
    Thread(target=site.serve_forever).start()
    yield f"http://localhost:{site.server_port}", folder
    site.shutdown()
    site.server_close()


@pytest.fixture(scope="module")
def server(migrated: str, tmp_path_factory: pytest.TempPathFactory, portal: tuple[str, Path]) -> Iterator[Live]:
    """Give a server that the portal may show in a frame."""
    folder = tmp_path_factory.mktemp("framed")
    with serving_ward(migrated, folder, public_coverage="true", web_frame_ancestors=portal[0]) as live:
        yield live


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Give a page of a new visitor on a small phone."""
    context = browser.new_context(viewport={"width": 320, "height": 600})
    yield context.new_page()
    context.close()


def embed(portal: tuple[str, Path], server: Live, name: str) -> str:
    """Put the one line of the widget on a page of the portal; return the page's address."""
    script = f'<script src="{server.url}/static/widget.js" defer></script>'
    (portal[1] / name).write_text(PORTAL.format(script=script), encoding="utf-8")
    return f"{portal[0]}/{name}"


def test_one_can_talk_in_the_frame(server: Live, portal: tuple[str, Path], page: Page) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.goto(embed(portal, server, "allowed.html"))
    button = page.get_by_role("button", name="Học với tổ số")
    assert button.get_attribute("aria-expanded") == "false"
    assert page.locator("iframe").count() == 0  # nothing is loaded before somebody wants it
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    chat = page.frame_locator("iframe")
    expect(chat.locator("#log")).to_contain_text("tổ số")
    chat.locator("button[value='/consent']").click()
    expect(chat.locator("#log .bot").last).to_contain_text("đồng ý")
    assert unfit(page) == {}
    [frame] = [frame for frame in page.frames if frame != page.main_frame]
    assert unfit(frame) == {}
    close = page.get_by_role("button", name="Đóng")
    assert close.get_attribute("aria-expanded") == "true"
    close.click()
    expect(page.locator("iframe")).to_be_hidden()
    button.click()
    expect(chat.locator("#log .bot").last).to_contain_text("đồng ý")  # what was said is still there
    assert complaints == []


def test_a_site_that_is_not_named_is_refused_by_the_browser(server: Live, portal: tuple[str, Path], page: Page) -> None:
    page.goto(embed(portal, server, "elsewhere.html").replace("localhost", "127.0.0.1"))
    with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
        page.get_by_role("button", name="Học với tổ số").click()
    assert page.frame_locator("iframe").locator("#log").count() == 0


@pytest.mark.parametrize("allowed", [True, False])
def test_the_results_stand_in_a_frame_of_the_portal_and_of_no_other_site(
    server: Live, portal: tuple[str, Path], page: Page, allowed: bool
) -> None:
    inside = (
        f'<iframe src="{server.url}/ket-qua" title="Kết quả" style="width: 100%; height: 30rem; border: 0"></iframe>'
    )
    (portal[1] / "results.html").write_text(PORTAL.format(script=inside), encoding="utf-8")
    address = f"{portal[0]}/results.html"
    results = page.frame_locator("iframe")
    if not allowed:
        with page.expect_console_message(lambda said: "frame-ancestors" in said.text):
            page.goto(address.replace("localhost", "127.0.0.1"))
        assert results.locator("main").count() == 0
        return
    page.goto(address)
    expect(results.locator("h2").first).to_have_text("Kỹ năng cơ bản")
    results.locator("#bai").select_option("vneid_install")
    results.get_by_role("button", name="Xem").press("Enter")
    expect(results.get_by_role("row", name="Khu phố 5")).to_contain_text("5/10 người")
    [frame] = [one for one in page.frames if one != page.main_frame]
    assert (unfit(page), unfit(frame)) == ({}, {})
    results.get_by_role("link", name="Vào học cùng tổ số").press("Enter")  # the chat has its own page
    page.wait_for_url(f"{server.url}/")
