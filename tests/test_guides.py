"""The office's guide: its pictures show the pages as they are, and what it quotes stands on them."""

import json
import re
from importlib.resources import files
from pathlib import Path

from handlers.core import Core
from tests.clerks import Office
from tests.guide_pictures import PAGES, WORDS, words_of

GUIDE = Path(__file__).parent.parent / "docs" / "van-phong.md"
AGAIN = "python -m tests.guide_pictures takes the pictures once more"


async def test_the_pictures_show_the_pages_as_they_are(core: Core) -> None:
    clerk = await Office(core).logged_in()
    kept = json.loads(WORDS.read_text(encoding="utf-8"))
    for name, path in PAGES.items():
        assert f"pictures/{name}.png" in GUIDE.read_text(encoding="utf-8"), name
        assert words_of((await clerk.client.get(path)).text) == kept[name], AGAIN


def everything_said() -> str:
    """Return all words of the office and of the chat, as plain text."""
    folders = [
        files(package).joinpath(folder)
        for package in ("office", "handlers", "bot")
        for folder in ("texts", "templates")
    ]
    texts = [
        file.read_text(encoding="utf-8")
        for folder in folders
        if folder.is_dir()
        for file in folder.iterdir()
        if file.is_file()
    ]
    return " ".join(" ".join(texts).split())


def test_every_button_the_guide_names_is_there() -> None:
    said = everything_said()
    part = GUIDE.read_text(encoding="utf-8").partition("## Văn phòng số")[2].partition("## Nạp bảng khu phố")[0]
    quoted = set(re.findall(r"«([^»]+)»", part))
    assert len(quoted) > 5
    assert [label for label in quoted if "…" not in label and label not in said] == []
