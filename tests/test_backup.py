"""`hocvuso backup` and `restore`: whole at one moment, also while hundreds of turns a second are taken."""

import datetime as dt
import os
import sqlite3
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, make_url, select, text

from bot.backups import backup, restore
from bot.settings import Settings
from storage.database import Database
from storage.neighbourhoods import Ward, all_of
from storage.tables import metadata, neighbourhoods
from tests.dialogue import NOON
from tests.live import COMMAND, environment, new_database
from tests.spares import SERVER, Copy
from tests.test_crash import acknowledged, events_seen, half_written, ledger

on_sqlite = pytest.mark.skipif(bool(SERVER), reason="about SQLite's file")
on_postgresql = pytest.mark.skipif(not SERVER, reason="about PostgreSQL")
KIND = "dump" if SERVER else "sqlite3"


def settings(url: str, folder: Path, **changed: Any) -> Settings:
    return Settings(_env_file=None, database_url=url, ward_code="phuong-thu", backup_dir=folder, **changed)


def counts(url: str) -> dict[str, int]:
    """Return how many rows each table has."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return found


def made(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*.{KIND}"))


def test_a_backup_made_while_turns_are_taken_is_whole_at_one_moment(
    database_url: str, migrated: str, tmp_path: Path
) -> None:
    before: list[list[str]] = []
    turns = 0
    with ThreadPoolExecutor(1) as apart:
        for number, line in enumerate(acknowledged(database_url, 2000)):
            turns = number
            if number < 500:
                before.append(line)
            if number == 500:
                copying = apart.submit(backup, settings(database_url, tmp_path / "backups"), None)
        told, code = copying.result()
    assert code == 0, told
    (file,) = made(tmp_path / "backups")
    assert file.stat().st_mode & 0o077 == 0
    with new_database(migrated, tmp_path) as elsewhere:
        told, code = restore(settings(elsewhere, tmp_path), file)
        assert code == 0, told
        engine, source = create_engine(elsewhere), create_engine(database_url)
        with engine.connect() as connection, source.connect() as ran_on:
            restored = events_seen(connection)
            assert {(address, event) for address, event, _, _ in before} <= restored < events_seen(ran_on)
            assert half_written(connection) == []
            assert set(ledger(connection).values()) == {1}
        engine.dispose()
        source.dispose()
        at_rest = counts(elsewhere)
        assert backup(settings(elsewhere, tmp_path / "again"), None)[1] == 0
        assert restore(settings(elsewhere, tmp_path), made(tmp_path / "again")[0])[1] == 0
        assert counts(elsewhere) == at_rest
    assert turns >= 1999
    assert at_rest["seen"] >= 500


async def test_nothing_is_restored_while_the_program_runs_and_the_present_data_are_kept(
    database: Database, database_url: str, copy: Copy | None, ward: Ward, tmp_path: Path
) -> None:
    own = settings(database_url, tmp_path / "backups")
    assert len(await database.read(all_of, ward.id)) == 9  # the program has its file open
    assert backup(own, None)[1] == 0
    (file,) = made(tmp_path / "backups")
    told, code = restore(own, file)
    assert (code, "đang chạy" in told) == (1, True)
    database.close()
    if copy:
        copy.cool()  # its connections would outlive the program
    before = counts(database_url)
    stamp = f"truoc-{NOON + dt.timedelta(hours=7):%Y-%m-%d-%H%M%S}"
    for name in (stamp, f"{stamp}-2"):  # the second within the same second keeps its own
        told, code = restore(own, file, lambda: NOON)
        assert code == 0, told
        assert name in told
    assert counts(database_url) == before
    assert before["neighbourhoods"] == 9
    if SERVER:
        engine = create_engine(database_url)
        with engine.connect() as connection:
            kept = connection.scalars(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'public-%'")).all()
            for schema in kept:
                connection.execute(text(f'SET search_path TO "{schema}"'))
                assert connection.execute(select(func.count()).select_from(neighbourhoods)).scalar() == 9
            assert len(kept) == 2
        engine.dispose()
    else:
        for kept_file in (tmp_path / f"test-{stamp}.sqlite3", tmp_path / f"test-{stamp}-2.sqlite3"):
            assert counts(f"sqlite:///{kept_file}") == before


def test_the_last_backups_are_kept_and_other_files_left_alone(database_url: str, tmp_path: Path) -> None:
    own = settings(database_url, tmp_path / "unused", backup_keep=2)
    folder = tmp_path / "here"
    folder.mkdir()
    other = folder / f"phuong-thu-cu.{KIND}"
    other.write_text("của người khác")
    for day in range(4):
        assert backup(own, folder, partial(NOON.__add__, dt.timedelta(days=day)))[1] == 0
    names = [f"phuong-thu-{NOON + dt.timedelta(days=day, hours=7):%Y-%m-%d-%H%M%S}.{KIND}" for day in (2, 3)]
    assert [file.name for file in made(folder)] == [*names, other.name]
    assert not list(folder.glob("*.part"))


def test_what_is_no_backup_of_ours_or_of_a_newer_program_changes_nothing(database_url: str, tmp_path: Path) -> None:
    own = settings(database_url, tmp_path / "backups")
    before = counts(database_url)
    strange = tmp_path / "strange"
    strange.write_text("không phải bản sao lưu" * 1000)
    assert "không phải là bản sao lưu" in restore(own, strange)[0]
    assert "Không có tệp" in restore(own, tmp_path / "absent")[0]
    engine = create_engine(database_url)
    with engine.begin() as connection:
        ours = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert backup(own, None)[1] == 0
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :ours"), {"ours": ours})
    engine.dispose()
    told, code = restore(own, made(tmp_path / "backups")[0])
    assert (code, "mới hơn" in told) == (1, True)
    assert counts(database_url) == before


@on_sqlite
def test_a_damaged_file_is_not_taken_for_a_backup_and_gives_none(database_url: str, tmp_path: Path) -> None:
    own = settings(database_url, tmp_path / "backups")
    file = Path(make_url(database_url).database or "")
    sound = tmp_path / "sound.sqlite3"
    sound.write_bytes(file.read_bytes())
    with file.open("r+b") as damaged:
        damaged.seek(4096 * 3)
        damaged.write(b"\xff" * 4096 * 8)
    told, code = backup(own, None)
    assert (code, "hỏng" in told) == (1, True), told
    assert not list((tmp_path / "backups").iterdir())
    assert restore(own, sound)[1] == 0
    assert counts(database_url)["wards"] == 0


@on_sqlite
def test_a_database_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    own = settings(f"sqlite:///{tmp_path / 'none.sqlite3'}", tmp_path / "backups")
    told, code = backup(own, None)
    assert (code, "Không có tệp" in told) == (1, True)
    assert not (tmp_path / "none.sqlite3").exists()


@on_sqlite
def test_a_backup_is_one_file_that_other_programs_read(database_url: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [COMMAND, "backup", "--out", str(tmp_path / "out")],
        env=environment(database_url=database_url),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    (file,) = (tmp_path / "out").iterdir()
    assert file.name in done.stdout
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@on_postgresql
def test_no_password_is_shown_and_missing_tools_are_named(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = make_url(database_url).set(username="nobody", password="bimat-1", port=1)  # noqa: S106
    for url in (wrong, wrong.set(password=None, query={"password": "bimat-1"})):
        told, code = backup(settings(url.render_as_string(hide_password=False), tmp_path), None)
        assert code == 1
        assert "Máy báo" in told
        assert "bimat" not in told
    monkeypatch.setitem(os.environ, "PATH", str(tmp_path))
    told, code = backup(settings(database_url, tmp_path), None)
    assert code == 1
    assert "pg_dump" in told
    assert "apt install postgresql-client" in told
