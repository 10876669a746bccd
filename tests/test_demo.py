"""The demo: a sample ward in a file of its own, whole or not at all, with something to see in every neighbourhood."""

import asyncio
import shutil
import socket
import sqlite3
import statistics
from contextlib import closing
from pathlib import Path

import pytest

from bot.app import build_core, opened
from bot.cli.base import HELP
from bot.demo import DATABASE, PLACES, prepare, run, settings
from bot.settings import Settings
from storage.coverage import CoverageRow, coverage


def untold(done: int, of: int) -> None:
    """Hear how far it is, and say nothing."""


async def rows_of(file: Path, *topics: str) -> list[CoverageRow]:
    """Return the coverage of the sample ward in a file: of basic coverage without topics."""
    async with opened(settings(file)) as database:
        core = await build_core(settings(file), database)
        return await database.read(coverage, core.house.ward.id, topics or core.house.library.core_topics, 80)


async def test_a_few_hundred_people_join_the_sample_ward(tmp_path: Path) -> None:
    def stop(done: int, of: int) -> None:
        assert (done, 250 <= of <= 500) == (0, True), of
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await prepare(stop, tmp_path / "demo.sqlite3")


async def test_the_sample_ward_has_something_to_see_everywhere(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    await prepare(lambda done, of: told.append((done, of)), tmp_path / "demo.sqlite3", size=0.12)
    assert told[-1][0] == told[-1][1] == told[0][1]
    vneid = await rows_of(tmp_path / "demo.sqlite3", "vneid_install")
    basic = await rows_of(tmp_path / "demo.sqlite3")
    assert {row.code: row.adults or 0 for row in vneid if row.code} == {
        code: PLACES[code][0] for code in PLACES if code
    }
    assert all(row.covered for row in vneid), {row.code: row.covered for row in vneid}
    shares = [row.share for row in vneid if row.share is not None]
    assert statistics.pstdev(shares) > 0.02  # some neighbourhoods are ahead
    assert max(shares) <= 1
    assert sum(row.covered for row in basic) > 0


async def test_a_small_one_is_made_whole_and_only_once(tmp_path: Path) -> None:
    file = tmp_path / "new" / "demo.sqlite3"
    await prepare(untold, file, size=0.03)
    made = file.read_bytes()
    assert [row.code for row in await rows_of(file, "vneid_install")] == [*PLACES]
    await prepare(lambda done, of: pytest.fail("it is there already"), file)
    assert file.stat().st_size == len(made)
    assert [leftover.name for leftover in file.parent.iterdir()] == ["demo.sqlite3"]


def leave_behind(log: Path) -> None:
    """Leave what is beside a database whose program was killed and whose own file somebody deleted."""
    with closing(sqlite3.connect(log.with_name("other"))) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript("CREATE TABLE a (b); INSERT INTO a VALUES (randomblob(100000));")
        shutil.copy(log.with_name("other-wal"), log)


async def test_what_was_interrupted_leaves_nothing_half(tmp_path: Path) -> None:
    file = tmp_path / "demo.sqlite3"

    def interrupt(done: int, of: int) -> None:
        if done:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await prepare(interrupt, file, size=0.03)
    assert not file.exists()
    leave_behind(tmp_path / "demo.sqlite3-wal")
    await prepare(untold, file, size=0.03)
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("SELECT count(*) FROM conversations").fetchone()[0] < 40
    assert not list(tmp_path.glob("*.draft*"))


def test_nothing_of_a_real_ward_gets_into_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("WARD_CONTACT=cô Lan\n", encoding="utf-8")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///real.sqlite3")
    monkeypatch.setenv("PUBLIC_URL", "https://real.test")  # its cookie would not come back over http
    monkeypatch.setenv("CONTENT_DIR", str(tmp_path))
    monkeypatch.setenv("TARGET_PERCENT", "no number")
    monkeypatch.setenv("TELEGRAM_TOKEN", "1:real")
    demo = settings(port=8123)
    assert demo.database_url == f"sqlite:///{DATABASE}" != Settings.model_fields["database_url"].default
    assert (demo.sample, demo.public_coverage, demo.web_port) == (True, True, 8123)
    assert (demo.public_url, settings(address="http://10.0.0.2:8000").public_url) == ("", "http://10.0.0.2:8000")
    own = {"database_url", "sample", "public_coverage", "web_host", "web_port"}
    for name, field in Settings.model_fields.items():
        assert name in own or getattr(demo, name) == field.default, name


async def test_a_demo_that_is_running_is_not_deleted_under_its_feet(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    DATABASE.parent.mkdir()
    DATABASE.write_bytes(b"of the demo that is running")
    with socket.create_server(("0.0.0.0", 0)) as running, pytest.raises(OSError, match="Address already in use"):  # noqa: S104
        await run(fresh=True, port=running.getsockname()[1])
    assert DATABASE.read_bytes() == b"of the demo that is running"
    assert "--port" in HELP["port_taken"]
