"""The schema: migrations give what storage/tables says, and the database refuses what breaks its rules."""

import asyncio
import datetime as dt
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Table,
    UniqueConstraint,
    create_engine,
    inspect,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError, StatementError

from storage.database import Database
from storage.migrate import MIGRATIONS, migrate, revisions, standing, upgrade
from storage.tables import attainments, data_requests, metadata, wards
from tests.dialogue import NOON
from tests.spares import SERVER

TABLES = {*metadata.tables, "alembic_version"}


PROGRAM = """
import sys
from storage.migrate import migrate
print("ready", flush=True)
sys.stdin.readline()
migrate(sys.argv[1])
"""


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def tables(url: str) -> set[str]:
    with connected(url) as connection:
        return set(inspect(connection).get_table_names())


@pytest.fixture
def empty_url(database_url: str, tmp_path: Path) -> str:
    """Give the URL of a database without tables; on SQLite not even the file is there."""
    if not SERVER:
        return f"sqlite:///{tmp_path}/empty.sqlite3"
    with connected(database_url) as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    return database_url


def described(connection: Connection) -> dict[str, list[str]]:
    """Return all the database knows of each table, rules and defaults included."""
    found = inspect(connection)
    ask = (
        found.get_columns,
        found.get_foreign_keys,
        found.get_unique_constraints,
        found.get_check_constraints,
        found.get_indexes,
        lambda name: [found.get_pk_constraint(name), found.get_table_options(name)],
    )
    as_text = json.JSONEncoder(default=str, sort_keys=True).encode
    return {name: sorted(as_text(rule) for asked in ask for rule in asked(name)) for name in metadata.tables}


def triggers(connection: Connection) -> list[str]:
    """Return what the database does by itself when rows change."""
    asked = "SELECT sql FROM sqlite_master WHERE type = 'trigger'"
    if SERVER:
        asked = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal"
    return sorted(connection.scalars(text(asked)))


def test_a_new_database_is_as_the_migrations_would_have_made_it(empty_url: str) -> None:
    with connected(empty_url) as connection:
        upgrade(connection)
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
        migrated = described(connection), triggers(connection), standing(connection)
        assert migrated[2] == "current"
        metadata.drop_all(connection)
        connection.execute(text("DROP TABLE alembic_version"))
    migrate(empty_url)
    with connected(empty_url) as connection:
        assert migrated == (described(connection), triggers(connection), standing(connection))
    assert tables(empty_url) == TABLES


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    migrate(f"sqlite:///{tmp_path}/new/folder/empty.sqlite3")
    assert (tmp_path / "new/folder/empty.sqlite3").is_file()


def test_migrating_again_changes_nothing(empty_url: str) -> None:
    migrate(empty_url)
    with connected(empty_url) as connection:
        connection.execute(wards.insert().values(code="a", name="A"))
        before = described(connection)
    migrate(empty_url)
    with connected(empty_url) as connection:
        assert described(connection) == before
        assert connection.scalars(select(wards.c.code)).all() == ["a"]


def test_programs_that_start_at_once_migrate_once(empty_url: str) -> None:
    command = [sys.executable, "-c", PROGRAM, empty_url]
    pipe = subprocess.PIPE
    programs = [subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(4)]
    for program in programs:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
    for program in programs:
        assert program.stdin is not None
        program.stdin.write("go\n")
        program.stdin.flush()
    said = [program.communicate(timeout=60)[1] for program in programs]
    assert [program.returncode for program in programs] == [0, 0, 0, 0], "\n".join(said)
    assert tables(empty_url) == TABLES


def test_a_migration_that_fails_leaves_nothing_behind(empty_url: str) -> None:
    with connected(empty_url) as connection:
        connection.execute(text("CREATE TABLE residents (id INTEGER)"))  # somebody else's
    with pytest.raises((OperationalError, ProgrammingError), match="residents"):
        migrate(empty_url)
    assert tables(empty_url) == {"residents"}
    with connected(empty_url) as connection:
        connection.execute(text("DROP TABLE residents"))
    migrate(empty_url)
    assert tables(empty_url) == TABLES


def requested(connection: Connection, at: dt.datetime) -> None:
    connection.execute(data_requests.insert().values(kind="erase", receipt="A1B2", received_at=at))


def valid(column: "Column[Any]") -> Any:
    """Return a value the column takes; a reference refers to the first row."""
    kind = column.type.python_type
    for check in checks_of(column):
        if allowed := re.search(r"'([^']+)'", str(check.sqltext)):
            return allowed[1]
    return {int: 1, str: "x", bool: True, dt.date: NOON.date()}.get(kind, NOON)


def checks_of(column: "Column[Any]") -> list[CheckConstraint]:
    rules = [*column.constraints, *column.table.constraints]
    checks = [rule for rule in rules if isinstance(rule, CheckConstraint)]
    return [check for check in checks if re.match(rf"{column.name}\b", str(check.sqltext))]


def offences(table: Table, row: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each rule of the table by name with a row that breaks it, and maybe that it is unique."""
    for constraint in table.constraints:
        if isinstance(constraint, UniqueConstraint):
            yield str(constraint.name), row
    for index in table.indexes:
        if index.unique:
            yield str(index.name), row
    if len(table.primary_key.columns) > 1:
        yield str(table.primary_key.name), row
    for column in table.columns:
        if column.foreign_keys:
            yield f"{column} refers to nothing", {**row, column.name: 99}
        if not column.nullable and column.name != "id":
            yield f"{column} is empty", {**row, column.name: None}
        for check in checks_of(column):
            yield str(check.name), {**row, column.name: "?" if column.type.python_type is str else -1}


def open_or_counted(column: "Column[Any]") -> bool:
    """Return whether a column is left out of a row: a number given by the database, an end that is still open."""
    return column.name in ("id", "finished_at") or str(column) == "members.until"


def rows_taken(connection: Connection) -> list[str]:
    """Fill every table with one row, then try to break every rule; return the rules that were broken."""
    broken = []
    for table in metadata.sorted_tables:
        if table is attainments:  # written by triggers alone, already while the tables before were filled
            continue
        columns = [column for column in table.columns if not open_or_counted(column)]
        row = {column.name: valid(column) for column in columns}
        connection.execute(table.insert().values(row))
        for rule, wrong in offences(table, row):
            try:
                with connection.begin_nested():
                    connection.execute(table.insert().values(wrong))
                broken.append(rule)
            except IntegrityError:
                continue
    return broken


async def test_the_database_refuses_every_row_that_breaks_a_rule_of_the_schema(database: Database) -> None:
    assert await database.write(rows_taken) == []


@pytest.mark.parametrize(
    "wrong", [NOON.replace(tzinfo=None), NOON.astimezone(dt.timezone(dt.timedelta(hours=7)))], ids=["naive", "local"]
)
async def test_a_time_that_is_not_in_utc_is_refused(database: Database, wrong: dt.datetime) -> None:
    with pytest.raises(StatementError, match="times are stored in UTC"):
        await database.write(requested, wrong)


async def test_a_time_comes_back_in_utc_whatever_zone_the_server_keeps(database_url: str) -> None:
    if SERVER:
        with connected(database_url) as connection:
            name = make_url(database_url).database
            connection.execute(text(f"ALTER DATABASE {name} SET timezone TO 'Asia/Ho_Chi_Minh'"))
    database = Database(database_url)
    database.start()
    await database.write(requested, NOON)
    found = await database.read(lambda connection: connection.scalar(select(data_requests.c.received_at)))
    await asyncio.to_thread(database.close)
    assert (found, found and found.tzinfo) == (NOON, dt.UTC)


@pytest.mark.parametrize("url", ["database_url", "empty_url"])
def test_a_database_is_made_or_opened_without_loading_alembic(url: str, request: pytest.FixtureRequest) -> None:
    database_url = request.getfixturevalue(url)
    program = "import sys; from storage.migrate import migrate; migrate(sys.argv[1]); print('alembic' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program, database_url], capture_output=True, text=True, check=True)
    assert ended.stdout == "False\n"


def test_a_migration_is_known_by_the_number_of_its_file() -> None:
    known = [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    assert known[::-1] == revisions()
