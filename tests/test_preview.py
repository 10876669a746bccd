"""The preview: a lesson beside its file, as each channel says it, with what is wrong; and the schema for editors."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient

from bot.preview import commands, preview_of
from lessons.library import read_library
from lessons.schema import as_json, schema
from storage.database import Database
from tests.dialogue import stored
from tests.visits import settings_of

CONTENT = Path(__file__).parent / "content"
COMMITTED = Path(__file__).parent.parent / "lessons" / "lesson.schema.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a copy of the test lessons that may be changed."""
    for file in CONTENT.glob("*.yaml"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "pictures").mkdir()
    return tmp_path


@pytest.fixture
async def client(database: Database, folder: Path) -> AsyncIterator[AsyncClient]:
    preview = await preview_of(settings_of(content_dir=folder), database)
    async with AsyncClient(transport=ASGITransport(app=preview.application()), base_url="http://here") as client:
        yield client


async def test_a_lesson_is_shown_beside_its_file_on_every_channel(client: AsyncClient) -> None:
    page = (await client.get("/bai/second_steps")).text
    assert "title: Bước sau" in page
    for channel in ("Telegram", "Zalo OA", "Zalo Bot", "Cửa sổ dòng lệnh"):
        assert f"<summary>{channel}" in page
    assert "&lt;b&gt;Bước 2/4&lt;/b&gt;" in page, "Telegram's own markup"
    assert "[ 1. Tiếp theo ]" in page
    frames = re.findall(r'<iframe src="([^"]+)"', page)
    lesson = read_library(CONTENT).get("second_steps")
    assert lesson is not None
    assert len(frames) == len(list(commands(lesson))) == 4 + 3 + 1
    web = (await client.get(frames[1])).text
    assert "<strong>Bước 2/4</strong> – Bước sau" in web
    assert "Câu 3/3" in (await client.get(frames[6])).text
    assert "Không đọc tên." in (await client.get(frames[7])).text


async def test_what_is_wrong_is_said_on_the_page_and_goes_when_it_is_put_right(
    client: AsyncClient, folder: Path
) -> None:
    file = folder / "second_steps.yaml"
    right = file.read_text(encoding="utf-8")
    before = (await client.get("/dau-van-tay")).text
    file.write_text(right.replace("version: 1", "version: 0"), encoding="utf-8")
    assert (await client.get("/dau-van-tay")).text != before, "the page shows itself anew"
    for address in ("/", "/bai/second_steps"):
        page = (await client.get(address)).text
        assert "second_steps.yaml, mục «version»: phải từ 1 trở lên." in page
    assert (await client.get("/man-hinh/second_steps/0")).status_code == 404
    file.write_text(right.replace("Bà con mở máy ảnh.", "Bà con MỞ máy ảnh."), encoding="utf-8")
    assert "đọc như quát" in (await client.get("/bai/second_steps")).text
    file.write_text(right, encoding="utf-8")
    assert "version" not in (await client.get("/")).text


async def test_a_lesson_past_its_date_can_be_seen_all_the_same(client: AsyncClient, folder: Path) -> None:
    file = folder / "second_steps.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("2099-01-01", "2026-11-02"), encoding="utf-8")
    assert "<strong>Bước 1/4</strong>" in (await client.get("/man-hinh/second_steps/0")).text


@pytest.mark.parametrize("address", ["/bai/nowhere", "/bai/paths", "/man-hinh/nowhere/0", "/man-hinh/second_steps/99"])
async def test_what_is_not_there_is_not_shown(client: AsyncClient, address: str) -> None:
    assert (await client.get(address)).status_code == 404


async def test_the_database_of_the_preview_stays_empty(client: AsyncClient, database: Database) -> None:
    await client.get("/bai/second_steps")
    tables = await stored(database)
    assert {name for name, rows in tables.items() if rows} == {"wards"}


def test_the_committed_schema_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == as_json() + "\n", "run: hocvuso schema > lessons/lesson.schema.json"


def test_the_schema_explains_every_field_in_vietnamese() -> None:
    found = schema()
    assert found["properties"]["core"]["description"] == "Có phải kỹ năng cơ bản không."
    assert found["additionalProperties"] is False
    assert set(found["required"]) >= {"topic", "steps", "quiz", "check_again"}
    assert json.loads(as_json()) == found
