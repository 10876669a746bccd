"""Backups: a copy of the database as it stands at one moment, while the program runs; and putting one back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal

from sqlalchemy import make_url

from storage import dumps
from storage.dumps import Refused, free_name
from storage.migrate import revisions

KINDS = {"sqlite": "sqlite3", "postgresql": "dump"}
"""How the name of a backup ends."""


def kind_of(url: str) -> Literal["sqlite", "postgresql"]:
    """Return which database an URL is of."""
    return "sqlite" if make_url(url).get_backend_name() == "sqlite" else "postgresql"


def back_up(url: str, file: Path) -> None:
    """Write the whole database into a new file, as it stands at one moment; all of the file or none.

    Raise Refused when it cannot be done, OSError when the folder cannot be written to.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)  # residents' data: for the owner alone
    try:
        if kind_of(url) == "sqlite":
            _copy(_file_of(url), part)
        else:
            dumps.dump(url, part)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def restore(url: str, file: Path, aside: str) -> str:
    """Put a backup in the place of the database; return under which name the present one was kept, if there was one.

    Raise Refused when the program runs on the database, or the backup is damaged, strange or of a newer program.
    """
    if not file.is_file():
        raise Refused("absent", str(file))
    if kind_of(url) == "postgresql":
        _fit(dumps.revision_of(file))
        return dumps.restore(url, file, aside)
    target = _file_of(url)
    _fit(_revision_of(file))
    part = target.with_name(f"{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        _copy(file, part)  # before the present file is touched
        kept = _set_aside(target, aside)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return kept


def _file_of(url: str) -> Path:
    return Path(make_url(url).database or "")


def _copy(source: Path, target: Path) -> None:
    """Copy a database as it stands at one moment, into one file; check the copy."""
    if not source.is_file():
        raise Refused("absent", str(source))
    with _read(source) as connection, closing(sqlite3.connect(target)) as copy:
        connection.backup(copy)  # in one step, from one snapshot: whoever writes meanwhile does not disturb it
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without its log
        if [row[0] for row in copy.execute("PRAGMA integrity_check")] != ["ok"]:
            raise Refused("damaged", str(source))


def _revision_of(file: Path) -> str | None:
    with _read(file) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE name = 'alembic_version'").fetchall()
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone() if tables else None
    return found[0] if found else None


def _fit(revision: str | None) -> None:
    """Refuse what is no backup of ours, or of a program newer than this one."""
    if revision is None:
        raise Refused("not_a_backup")
    if revision not in revisions():
        raise Refused("newer")


@contextmanager
def _read(file: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection that never makes a file."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)) as connection:
            yield connection
    except sqlite3.Error as error:
        refused = {sqlite3.SQLITE_NOTADB: "not_a_backup", sqlite3.SQLITE_CORRUPT: "damaged"}
        raise Refused(refused.get(error.sqlite_errorcode & 0xFF, "failed"), str(error)) from error


def _set_aside(target: Path, aside: str) -> str:
    """Rename the present file, its log written into it first; refuse when anybody else has it open."""
    if not target.exists():
        return ""
    taken = {file.stem for file in target.parent.iterdir()}
    kept = target.with_name(f"{free_name(f'{target.stem}-{aside}', taken)}{target.suffix}")
    with closing(sqlite3.connect(target, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("PRAGMA journal_mode=DELETE")  # fails while another connection is open
            connection.execute("BEGIN EXCLUSIVE")  # nobody begins to write before the file has its other name
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise Refused("busy") from error
        target.replace(kept)  # also when it is damaged: that is what backups are for
    for log in ("-wal", "-shm"):  # those of a damaged file
        extra = target.with_name(f"{target.name}{log}")
        if extra.exists():
            extra.replace(kept.with_name(f"{kept.name}{log}"))
    return kept.name
