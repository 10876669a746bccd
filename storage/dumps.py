"""Backups of a PostgreSQL database: made and put back by its own pg_dump and pg_restore."""

import os
import re
import shutil
import subprocess
from itertools import count
from pathlib import Path

from sqlalchemy import Engine, make_url, text

from storage.database import engine_of

OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
TABLES = text("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
SCHEMAS = text("SELECT nspname FROM pg_namespace")


class Refused(Exception):
    """A backup that was not made or not put back: why, as a word that has its sentence, and what the tool said."""

    def __init__(self, reason: str, told: str = "") -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason = reason
        self.told = told


def free_name(name: str, taken: set[str]) -> str:
    """Return the name, numbered when something kept within the same second has it."""
    return next(free for number in count(1) if (free := name if number == 1 else f"{name}-{number}") not in taken)


def dump(url: str, file: Path) -> None:
    """Write the tables into the file, in PostgreSQL's own form, as they stand at one moment."""
    _call("pg_dump", "--format=custom", "--schema=public", f"--file={file}", url=url)


def revision_of(file: Path) -> str | None:
    """Return of which version of the program a dump is."""
    try:
        told = _call("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(file))
    except Refused as refused:
        raise refused if refused.reason == "no_tools" else Refused("not_a_backup") from refused
    found = re.search(r"^COPY public\.alembic_version .*\n(\S+)\n", told, re.MULTILINE)
    return found.group(1) if found else None


def restore(url: str, file: Path, aside: str) -> str:
    """Put a dump in the place of the tables; return the schema that the present ones were moved to, if any."""
    engine = engine_of(url, "BEGIN")
    try:
        with engine.connect() as connection:
            if connection.execute(OTHERS).scalar():
                raise Refused("busy")
            present = connection.execute(TABLES).scalar()
            kept = free_name(f"public-{aside}", set(connection.execute(SCHEMAS).scalars()))
        if present:
            _move(engine, f'ALTER SCHEMA public RENAME TO "{kept}"', "CREATE SCHEMA public")
        engine.dispose()
        try:
            _call("pg_restore", "--schema=public", "--no-owner", "--single-transaction", str(file), url=url)
        except Refused:
            if present:
                _move(engine, "DROP SCHEMA public CASCADE", f'ALTER SCHEMA "{kept}" RENAME TO public')
            raise
    finally:
        engine.dispose()
    return kept if present else ""


def _move(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def _call(tool: str, *arguments: str, url: str = "") -> str:
    """Return what the tool prints. The password goes by the environment: the process list shows arguments."""
    if not shutil.which(tool):
        raise Refused("no_tools", tool)
    environment, place = dict(os.environ), []
    if url:
        parts = make_url(url).set(drivername="postgresql")
        query = dict(parts.query)
        password = str(parts.password or query.pop("password", ""))
        if password:
            environment["PGPASSWORD"] = password
        bare = parts._replace(password=None).set(query=query)
        place = [f"--dbname={bare.render_as_string(hide_password=False)}"]
    command = [tool, "--no-password", *place, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        raise Refused("failed", last.replace(environment.get("PGPASSWORD") or "\0", "***"))
    return done.stdout
