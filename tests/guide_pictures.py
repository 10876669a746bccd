"""Retakes the pictures of the office's guide from the sample ward: `python -m tests.guide_pictures`.

Beside the pictures it keeps the words of their pages, by which tests/test_guides.py sees that they are out of date.
"""

import asyncio
import json
import re
import tempfile
from html import unescape
from pathlib import Path

from playwright.sync_api import sync_playwright

from bot import demo
from bot.app import now, opened
from office.sample_door import open_door
from storage.neighbourhoods import ward_of
from tests.browsing import CHROMIUM
from tests.live import running

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
WORDS = FOLDER / "van-phong.json"
PAGES = {
    "van-phong-do-phu": "/van-phong",
    "van-phong-bao-cao": "/van-phong/bao-cao",
    "van-phong-yeu-cau": "/van-phong/yeu-cau",
    "van-phong-in-an": "/van-phong/in-an",
}


_TAGS = "h1|h2|label|button|legend|summary"
_SAID = re.compile(rf'<(a href="/van-phong[a-z/-]*"[^>]*|(?:{_TAGS})(?: [^>]*)?)>(.*?)</(?:a|{_TAGS})>', re.DOTALL)
_OF_THE_WARD = re.compile(r"Đăng xuất|Tải áp phích|Tải thẻ|Khu phố|Chưa rõ|Chép")


def words_of(html: str) -> list[str]:
    """Return the words of a page that are the same in every ward: headings, labels and buttons, without figures."""
    html = re.sub(r"<nav.*?</nav>", "", html, flags=re.DOTALL)
    found = (re.sub(r"<[^>]*>|\d+", " ", unescape(text)).partition(":")[0] for _, text in _SAID.findall(html))
    plain = (" ".join(text.split()) for text in found)
    return sorted({text for text in plain if text and not _OF_THE_WARD.match(text)})


async def _prepared(file: Path) -> str:
    """Make the sample ward; return the path into its office."""
    settings = demo.settings(file)
    await demo.prepare(lambda done, of: None, file)
    async with opened(settings) as database:
        ward = await database.write(ward_of, settings.ward_code, settings.ward_name)
        return await open_door(database, ward, now())


def main() -> None:
    """Take every picture once more."""
    kept = {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sample.sqlite3"
        door = asyncio.run(_prepared(file))
        with running(f"sqlite:///{file}", Path(folder), sample=True) as live, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.goto(f"{live.url}{door}")
            if page.locator("main form button").count():
                page.locator("main form button").first.click()
            for name, path in PAGES.items():
                page.goto(f"{live.url}{path}")
                page.screenshot(path=FOLDER / f"{name}.png")
                kept[name] = words_of(page.content())
            browser.close()
    WORDS.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
