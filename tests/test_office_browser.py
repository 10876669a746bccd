"""The office in a real browser: reached by keyboard, without JavaScript; fit for old screens and phones."""

import asyncio
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.app import now, opened
from bot.settings import Settings
from office.invitation import invite
from office.words import words
from storage.facts import Shown
from storage.neighbourhoods import ward_of
from storage.neighbours import show
from tests.browsing import CHROMIUM, barriers, unfit
from tests.live import Live, serving_ward

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no browser: apt-get install chromium")

PASSWORD = "một con vịt xòe ra"  # noqa: S105
PATHS = (
    *(page["path"] for group in words("menu")["groups"] for page in group["pages"]),
    *(
        f"/van-phong{path}"
        for path in ("?bai=vneid_install", "/noi/kp5", "/noi/-", "/nhac-bai/1", "/hoi/0/soan", "/noi/nothing")
    ),
)


@pytest.fixture(scope="module")
def server(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Give a server of a ward in which five residents of kp5 have passed a lesson."""
    folder = tmp_path_factory.mktemp("office")
    with serving_ward(migrated, folder) as live:
        yield live


@pytest.fixture(scope="module")
def clerk(server: Live, browser: Browser) -> Iterator[BrowserContext]:
    """Give a browser without JavaScript in which a clerk has logged in and drafted a campaign, by keyboard."""
    plain = browser.new_context(java_script_enabled=False, accept_downloads=True)
    plain.set_default_timeout(10_000)
    page = plain.new_page()
    page.goto(invited(server))
    secret = page.locator("code").inner_text().replace(" ", "")
    page.locator("#password").focus()
    typed(page, PASSWORD, PASSWORD, pyotp.TOTP(secret).now())
    expect(page.get_by_role("heading", name="Đã xong, lan")).to_be_visible()
    recovery = page.locator("code").first.inner_text()
    page.goto(f"{server.url}/van-phong")
    page.locator("#name").focus()
    typed(page, "lan", PASSWORD, recovery)
    expect(page.get_by_role("heading", name="Độ phủ")).to_be_visible()
    page.goto(f"{server.url}/van-phong/nhac-bai/moi")
    page.get_by_role("button", name="Ghi và xem trước").press("Enter")
    expect(page.get_by_role("heading", name="chờ duyệt")).to_be_visible()
    yield plain
    page.get_by_role("button", name="Đăng xuất lan").press("Enter")
    expect(page.get_by_role("heading", name="Đăng nhập")).to_be_visible()


@dataclass
class Keys:
    """Somebody at the keyboard who begins at the first page; what would be a click with the mouse is counted."""

    page: Page
    clicks: int = 0

    def press(self, role: Any, name: str, key: str = "Enter") -> None:
        """Press what has this name."""
        self.page.get_by_role(role, name=name).first.press(key)
        self.clicks += 1

    def take(self, name: str) -> str:
        """Press a button that gives a file; return the file's name."""
        with self.page.expect_download() as given:
            self.press("button", name)
        return given.value.suggested_filename


def invited(server: Live) -> str:
    """Return the link of an invitation; let a resident have told a name meanwhile."""

    async def made() -> str:
        settings = Settings(_env_file=None, database_url=server.environment["DATABASE_URL"])
        async with opened(settings) as database:
            ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
            await database.write(show, 1, Shown("Bà Tư", "tổ 3", "1"), now())
            return await invite(database, ward, server.url, "lan", "office", now())

    with ThreadPoolExecutor() as apart:  # a browser's loop runs on this thread
        return apart.submit(asyncio.run, made()).result()


def typed(page: Page, *texts: str) -> None:
    """Type into one field after the other, moving on by the keyboard, and send."""
    for text in texts:
        page.keyboard.insert_text(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def test_a_clerk_reads_by_keyboard_and_every_page_is_fit(server: Live, browser: Browser, clerk: BrowserContext) -> None:
    page = clerk.pages[0]
    page.goto(f"{server.url}/van-phong")
    expect(page.get_by_role("row", name="Khu phố 5").first).to_contain_text("0/10 người")
    page.get_by_role("link", name="Khu phố 5", exact=True).press("Enter")
    expect(page.get_by_role("row", name="Cài VNeID mức 1")).to_contain_text("5/10 người")

    context = browser.new_context()
    context.set_default_timeout(10_000)
    context.add_cookies(clerk.cookies())  # type: ignore[arg-type]
    looked = context.new_page()
    complaints: list[str] = []
    looked.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    for path in PATHS:
        looked.goto(f"{server.url}{path}")
        for width in (360, 1366):
            looked.set_viewport_size({"width": width, "height": 768})
            assert unfit(looked) == {}, f"{path} at {width} pixels"
            assert looked.locator("main").evaluate("main => main.offsetTop") < 180, f"{path}: the menu is in the way"
        assert barriers(looked) == [], path
    looked.set_viewport_size({"width": 360, "height": 768})
    expect(looked.get_by_role("link", name="Báo cáo")).to_be_hidden()
    looked.locator("nav summary").press("Enter")
    expect(looked.get_by_role("link", name="Báo cáo")).to_be_visible()
    assert (unfit(looked), barriers(looked)) == ({}, [])
    looked.goto(f"{server.url}/van-phong/in-an")
    looked.get_by_role("button", name="Chép tin gửi nhóm Zalo").click()
    expect(looked.get_by_role("status").last).to_have_text("Đã chép. Dán vào nhóm là gửi được.")
    looked.goto(f"{server.url}/van-phong/bao-cao")
    with looked.expect_download() as given:
        looked.get_by_role("button", name="Tải báo cáo Word").click()
    expect(looked.get_by_role("status").last).to_have_text(f"Đã tải xong: {given.value.suggested_filename}")
    assert given.value.path().read_bytes()[:2] == b"PK"
    context.clear_cookies()
    looked.get_by_role("button", name="Tải Excel").click()  # no file comes: what is wrong is shown instead
    expect(looked.get_by_role("heading", name="Đăng nhập")).to_be_visible()
    assert [told for told in complaints if not told.startswith("Failed to load resource")] == []


def test_the_clerks_jobs_take_few_clicks_by_keyboard_alone_and_without_javascript(
    server: Live, clerk: BrowserContext, tmp_path: Path
) -> None:
    page = clerk.pages[0]

    def begin() -> Keys:
        page.goto(f"{server.url}/van-phong")
        return Keys(page)

    keys, begun = begin(), time.perf_counter()
    keys.press("link", "Báo cáo")
    assert keys.take("Tải báo cáo Word").endswith(".docx")
    assert (keys.clicks, time.perf_counter() - begun < 10) == (2, True)

    sheet = tmp_path / "bang.csv"
    sheet.write_text("mã;tên;số người trưởng thành\nkp5;Khu phố 5;20\n", encoding="utf-8")
    keys = begin()
    keys.press("link", "Số liệu")
    page.locator("#file").set_input_files(sheet)
    keys.press("button", "Xem bảng sẽ đổi gì")
    expect(page.get_by_role("row", name="Số người trưởng thành")).to_contain_text("10 người")
    assert (unfit(page), "Chưa nạp gì" in page.locator("main").inner_text()) == ({}, True)
    keys.press("button", "Nạp bảng")
    expect(page.get_by_role("row", name="Khu phố 5").first).to_contain_text("20")
    assert keys.clicks == 3

    keys = begin()
    keys.press("link", "Nhắc bài")
    keys.press("button", "Duyệt:")
    expect(page.get_by_role("heading", name="đã duyệt")).to_be_visible()
    assert keys.clicks == 2

    keys = begin()
    keys.press("link", "In ấn")
    expect(page.get_by_label("Tin gửi nhóm Zalo")).to_contain_text("Bà con")
    assert keys.clicks == 1

    keys = begin()
    keys.press("link", "Người và quyền")
    page.get_by_label("Khu phố").select_option("kp5")
    keys.press("button", "Làm mã mời")
    expect(page.get_by_label("Người ấy nhắn cho tổ số")).to_have_value(re.compile("#moi-"))
    assert keys.clicks == 2


def test_a_residents_request_is_done_by_keyboard_alone_and_without_javascript(
    server: Live, clerk: BrowserContext
) -> None:
    page = clerk.pages[0]
    for kind in ("Xem dữ liệu", "Xóa dữ liệu"):
        page.goto(f"{server.url}/van-phong")
        keys = Keys(page)
        keys.press("link", "Việc cần làm")
        keys.press("link", "Yêu cầu về dữ liệu")
        keys.press("radio", kind, "Space")
        keys.press("button", "Nhận và lấy mã biên nhận")
        page.get_by_label("Khu phố").select_option("kp5")
        page.get_by_label("Tên tổ vẫn gọi").fill("ba tu")
        keys.press("button", "Tìm bằng tên")
        if kind == "Xem dữ liệu":
            assert keys.take("Xem dữ liệu của Bà Tư").startswith("du-lieu-")
        else:
            keys.press("button", "Xóa dữ liệu của Bà Tư")
            keys.press("button", "Có, xóa ngay")
            expect(page.get_by_role("status").first).to_contain_text("Đã xong")
        assert keys.clicks <= 7
