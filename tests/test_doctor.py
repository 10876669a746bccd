"""`hocvuso doctor`: every trouble is a finding with its remedy, none of them hides another, and no secret is shown."""

import asyncio
import datetime as dt
import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, insert, text
from typer.testing import CliRunner

from bot.checks_here import room
from bot.cli import app
from bot.doctor import CHECKS, Check, examine
from bot.examination import Examination
from bot.findings import Finding, good, texts
from handlers.core import Core
from handlers.messages import Inbound
from storage.database import Database
from storage.neighbourhoods import NeighbourhoodRow, Ward, save
from storage.tables import deliveries
from tests.dialogue import NOON, Resident
from tests.examined import CONTENT, OA, TOKEN, found, settings_of
from tests.live import COMMAND, environment, free_port
from tests.spares import SERVER

SOURCES = sorted((Path(__file__).parent.parent / "bot").glob("*.py"))


async def test_where_all_is_well_every_line_says_so(database_url: str, ward: Ward) -> None:
    told, code = await examine(settings_of(database_url), clock=lambda: NOON)
    lines = told.splitlines()
    assert (code, lines[-2]) == (0, "")
    assert lines[-1] == f"Tốt: {len(lines) - 2}. Cần xem: 0. Hỏng: 0."
    assert all(line.startswith("tốt      ") for line in lines[:-2])
    assert "tốt      Có 9 khu phố, đủ số người trưởng thành (90 người)." in lines
    assert "tốt      Đồng hồ máy: 12:00 ngày 21/11/2026; không có nền tảng nào để so." in lines


def test_every_finding_has_its_words_and_every_word_a_finding() -> None:
    code = "\n".join(source.read_text(encoding="utf-8") for source in SOURCES)
    made = set(re.findall(r'"([a-z_{}]+\.[a-z_{}]+)"', code))
    words = texts()["findings"]
    patterns = [re.sub(r"\{[a-z]+\}", "[a-z_]+", name) for name in made]
    assert [name for name in words if not any(re.fullmatch(pattern, name) for pattern in patterns)] == []
    used = re.findall(r'(good|look|broken)\)?\(\s*"([a-z_.]+)"', code)
    assert len(used) > 50
    for mark, name in used:
        assert name in words, name
        assert mark == "good" or words[name]["todo"], name
    assert set(texts()["checks"]) == set(CHECKS)


# settings


@pytest.mark.parametrize(
    ("changed", "name", "code"),
    [
        ({"ward_code": "phuong-mau"}, "settings.ward", 1),
        ({"ward_name": "Phường Mẫu"}, "settings.ward", 1),
        ({"ward_name": "Phường Mẫu", "sample": True}, "settings.good", 0),
        ({"public_url": ""}, "settings.public_url_none", 1),
        ({"public_url": "http://ward.test"}, "settings.public_url_plain", 1),
        ({"web_frame_ancestors": "https://a.vn https://*.b.gov.vn:8443"}, "settings.good", 0),
        ({"web_frame_ancestors": "*"}, "settings.frames", 1),
        ({"web_frame_ancestors": "https:"}, "settings.frames", 1),
        ({"web_frame_ancestors": "https://*"}, "settings.frames", 1),
        ({"web_frame_ancestors": "https://a.vn http://b.vn"}, "settings.frames", 1),
        ({"web_frame_ancestors": "https://a.vn", "public_url": ""}, "settings.frames_without_https", 1),
        ({"telegram_webhook_secret": "bimat-1", "public_url": ""}, "settings.webhook_needs_https", 1),
        ({"zalo_bot_secret": "bimat-12", "public_url": "http://a.vn"}, "settings.webhook_needs_https", 1),
        ({"telegram_webhook_secret": "bimat-1", "zalo_bot_secret": "bimat-12"}, "settings.good", 0),
        ({"telegram_webhook_secret": "bimat!"}, "settings.telegram_webhook_secret", 2),
        ({"zalo_bot_secret": "bimat-1"}, "settings.zalo_bot_secret", 2),
        ({"telegram_api_base": "http://proxy.vn"}, "settings.plain_address", 1),
        ({"telegram_api_base": "http://127.0.0.1:8081", "zalo_bot_api_base": "http://localhost:1"}, "settings.good", 0),
        (OA, "settings.good", 0),
        ({**OA, "zalo_oa_secret_key": ""}, "settings.zalo_oa", 2),
        ({**OA, "zalo_oa_id": ""}, "settings.zalo_oa", 2),
    ],
)
async def test_settings_that_do_not_go_together_are_told(changed: dict[str, Any], name: str, code: int) -> None:
    findings, left = await found(settings_of(**changed), "settings")
    assert name in findings
    assert left == code


# folder, disk, content


@pytest.mark.skipif(os.geteuid() == 0, reason="everything may be written by root")
async def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    findings, code = await found(settings_of(f"sqlite:///{tmp_path}/data/x.sqlite3"), "folder")
    assert (code, [*findings]) == (2, ["folder.not_writable"])


async def test_a_folder_that_is_not_there_yet_is_well_and_not_made(tmp_path: Path) -> None:
    findings, code = await found(settings_of(f"sqlite:///{tmp_path}/data/x.sqlite3"), "folder", "disk", "database")
    assert (code, [*findings]) == (1, ["folder.good", "disk.good", "database.missing"])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("free", "mark"), [(2**30, "good"), (2**30 - 1, "look"), (200 * 2**20 - 1, "broken")])
def test_the_less_room_the_worse(free: int, mark: str, tmp_path: Path) -> None:
    assert room(tmp_path, free).mark == mark


async def test_content_that_is_past_its_date_or_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert [*(await found(settings_of(), "content"))[0]] == ["content.good"]
    findings, code = await found(settings_of(), "content", now=dt.datetime(2099, 1, 1, tzinfo=dt.UTC))
    assert (code, "first_steps, second_steps" in findings["content.past"]["seen"]) == (1, True)
    findings, code = await found(settings_of(content_dir=tmp_path), "content")
    assert (code, "không có bài học nào" in findings["content.unreadable"]["seen"]) == (2, True)


# database


def change(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize(
    ("statement", "name", "code"),
    [
        ("UPDATE alembic_version SET version_num = 'f9f9'", "database.newer", 2),
        ("DELETE FROM alembic_version", "database.empty", 1),
    ],
)
async def test_tables_of_another_version_are_told_and_left_alone(
    database_url: str, statement: str, name: str, code: int
) -> None:
    change(database_url, statement)
    findings, left = await found(settings_of(database_url, **OA), "database", "neighbourhoods", "outbox", "zalo_oa")
    assert (left, [*findings]) == (code, [name, "zalo_oa.no_database"])
    assert [*(await found(settings_of(database_url), "database"))[0]] == [name]


async def test_a_database_that_cannot_be_reached_is_told_once_and_without_its_password(tmp_path: Path) -> None:
    (tmp_path / "x.sqlite3").write_bytes(b"bimat" * 1000)
    server = f"postgresql+psycopg://u:bimat@127.0.0.1:{free_port()}/x"
    for url in (f"sqlite:///{tmp_path}/x.sqlite3", server):
        findings, code = await found(settings_of(url), "database", "neighbourhoods", "outbox")
        assert (code, [*findings]) == (2, ["database.unreachable"])


async def test_a_ward_without_neighbourhoods_or_adults_is_told(
    database_url: str, database: Database, ward: Ward
) -> None:
    assert [*(await found(settings_of(database_url), "neighbourhoods"))[0]] == ["neighbourhoods.good"]
    await database.write(save, ward.id, [NeighbourhoodRow("kp3", "Khu phố 3", None, "", None)])
    findings, code = await found(settings_of(database_url), "neighbourhoods")
    assert (code, findings["neighbourhoods.unknown"]["seen"].endswith("trưởng thành: Khu phố 3.")) == (1, True)
    findings, code = await found(settings_of(database_url, ward_code="phuong-khac"), "neighbourhoods")
    assert (code, findings["neighbourhoods.other_ward"]["seen"].endswith("chỉ có: phuong-thu.")) == (1, True)
    change(database_url, "DELETE FROM adult_counts")
    change(database_url, "DELETE FROM neighbourhoods")
    findings, code = await found(settings_of(database_url, neighbourhood_word="ấp"), "neighbourhoods")
    assert (code, findings["neighbourhoods.none"]["seen"]) == (1, "Chưa có ấp nào.")


async def queue(core: Core, database: Database, *ends: tuple[str, str, int]) -> None:
    """Let answers to Telegram end so: with a status and a reason, some days before noon; the last stays queued."""
    await core.answer(Inbound("telegram", "1", "7", "u0", "/start", NOON, immediate=False))

    def write(connection: Connection) -> None:
        [row] = connection.execute(deliveries.select()).mappings()
        for status, reason, days in ends:
            values = {"status": status, "reason": reason, "created_at": NOON - dt.timedelta(days=days)}
            connection.execute(insert(deliveries).values(**{**row, **values, "id": None} | _next(connection)))

    await database.write(write)


def _next(connection: Connection) -> dict[str, int]:
    return {"id": 1 + (connection.execute(text("SELECT max(id) FROM deliveries")).scalar() or 0)}


@pytest.mark.parametrize(
    ("seconds", "name", "code"), [(59, "outbox.good", 0), (60, "outbox.waits", 1), (900, "outbox.waits", 2)]
)
async def test_an_answer_that_does_not_leave_is_told(
    core: Core, database: Database, database_url: str, seconds: int, name: str, code: int
) -> None:
    await queue(core, database)
    now = NOON + dt.timedelta(seconds=seconds)
    findings, left = await found(settings_of(database_url, telegram_token=TOKEN), "outbox", now=now)
    assert (left, [*findings]) == (code, [name])


async def test_what_failed_and_what_may_have_arrived_is_counted_with_its_reasons(
    core: Core, database: Database, database_url: str
) -> None:
    ends = [("failed", "400", 1), ("failed", "400", 2), ("failed", "window", 1), ("unsure", "ReadTimeout", 6)]
    await queue(core, database, *ends, ("failed", "old", 8), ("sent", "", 1))
    findings, code = await found(settings_of(database_url, telegram_token=TOKEN), "outbox", now=NOON)
    assert (code, [*findings]) == (1, ["outbox.good", "outbox.failed", "outbox.unsure"])
    assert findings["outbox.failed"]["seen"] == "3 tin qua Telegram không gửi được trong 7 ngày qua (400, window)."
    assert findings["outbox.unsure"]["seen"].startswith("1 tin qua Telegram không rõ")


# the run itself


async def test_checks_run_side_by_side_and_one_that_fails_is_a_finding() -> None:
    meeting = asyncio.Barrier(2)

    async def meet(examination: Examination) -> list[Finding]:
        await meeting.wait()
        return [good("settings.good")]

    async def fail(examination: Examination) -> list[Finding]:
        raise ValueError("bimat")

    checks: dict[str, Check] = {"folder": meet, "disk": fail, "content": meet}
    told, code = await examine(settings_of(), True, lambda: NOON, checks)
    names = [finding["name"] for finding in json.loads(told)["findings"]]
    assert (code, names) == (1, ["settings.good", "check.failed", "settings.good", "clock.alone"])
    assert "chỗ trống trên đĩa (ValueError)" in told
    assert "bimat" not in told


def test_on_the_command_line_it_makes_nothing_and_leaves_with_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(f"CONTENT_DIR={CONTENT}\n", encoding="utf-8")
    done = subprocess.run(
        [COMMAND, "doctor"], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("cần xem")
    monkeypatch.chdir(tmp_path)
    found = CliRunner().invoke(app, ["doctor", "--json"])
    assert (found.exit_code, found.stderr) == (1, "")
    assert json.loads(found.stdout)["mark"] == "look"
    assert [file.name for file in tmp_path.iterdir()] == [".env"]


@pytest.mark.skipif(bool(SERVER), reason="files are SQLite's")
async def test_it_looks_at_a_database_that_is_in_use(database_url: str, core: Core, tmp_path: Path) -> None:
    await Resident(core).join()
    findings, _ = await found(settings_of(database_url), "database", "neighbourhoods", "outbox", "folder")
    assert [*findings] == ["database.good", "neighbourhoods.good", "folder.good"]
