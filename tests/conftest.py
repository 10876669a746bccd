"""Fixtures: a fresh, migrated database for every test, on SQLite or on the PostgreSQL the environment names."""

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partialmethod
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import psycopg
import pytest
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from psycopg.rows import TupleRow
from sqlalchemy import Connection, Dialect, Engine, create_engine, event, make_url, text

from faq.bank import Bank, read_bank
from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.speech import Speech, known_words
from handlers.turn import House
from lessons.library import Library, read_library
from storage.database import Database
from storage.migrate import migrate
from storage.neighbourhoods import NeighbourhoodRow, Ward, save, ward_of

SERVER = os.environ.get("TEST_DATABASE_URL", "")
"""A PostgreSQL server to test on, such as postgresql+psycopg://postgres@127.0.0.1/postgres; SQLite without it."""


COPIES = 3
"""One in use, one being emptied, one ready."""
HASTY = "SET synchronous_commit = off"
"""The tests kill programs, never the machine: what was written is there without waiting for the disk."""


def pytest_report_header() -> str:
    return f"database: {'PostgreSQL' if SERVER else 'SQLite (set TEST_DATABASE_URL to test PostgreSQL)'}"


def pytest_xdist_auto_num_workers() -> int:
    """Return how many tests run at once: a third of their time they wait for browsers, servers and clocks."""
    return (os.cpu_count() or 2) * 3 // 2


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-dialogues", action="store_true", help="write what the bot says into tests/dialogues")


class Compiled(BytecodeCache):
    """Templates compiled once for all tests."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def compiled_once() -> Iterator[None]:
    """Compile every template and statement once for all tests: on their own they would do it 2,500 times."""
    dialects: dict[str, Dialect] = {}
    statements: dict[Any, Any] = {}

    def engine_of(url: Any, **options: Any) -> Engine:
        engine = create_engine(url, execution_options={"compiled_cache": statements}, **options)
        engine.dialect = dialects.setdefault(engine.dialect.name, engine.dialect)
        if engine.dialect.name == "sqlite":
            event.listen(engine, "engine_connect", hasten)
        return engine

    def hasten(connection: Connection) -> None:
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA synchronous = OFF")  # as HASTY

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("storage.database.create_engine", engine_of)
        patch.setattr(Environment, "__init__", partialmethod(Environment.__init__, bytecode_cache=Compiled()))
        yield


def _on_server(*statements: str) -> None:
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give a migrated, empty database to copy: the path of a file, or the name of a database on the server."""
    if not SERVER:
        path = tmp_path_factory.mktemp("migrated") / "empty.sqlite3"
        migrate(f"sqlite:///{path}")
        yield str(path)
        return
    name = f"hocvuso_{uuid.uuid4().hex[:12]}"
    _on_server(f"CREATE DATABASE {name}")
    migrate(make_url(SERVER).set(database=name).render_as_string(hide_password=False))
    _on_server(f"ALTER DATABASE {name} {HASTY}")
    yield name
    _on_server(f"DROP DATABASE {name}")


SHAPE = """
SELECT (SELECT version_num FROM alembic_version),
  (SELECT md5(string_agg(format('%s.%s %s', relname, attname, atttypid), ',' ORDER BY relname, attnum))
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped),
  (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
  (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O'),
  (SELECT count(*) FROM pg_namespace WHERE nspname !~ '^pg_'),
  (SELECT count(*) FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase
    WHERE datname = current_database())
"""
EMPTY = """
DO $$ DECLARE name text; filled boolean; BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM %I', name); END IF;
  END LOOP;
  PERFORM setval(format('%I', sequencename)::regclass, 1, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""
"""Nobody connected, no rows, numbers from 1 again; without the triggers, whose rows go the same way."""


class Spares:
    """Copies of a database on the server, emptied behind the tests; one whose tables a test changed is replaced."""

    def __init__(self, migrated: str) -> None:
        self._migrated = migrated
        self._idle: SimpleQueue[str] = SimpleQueue()
        self._thread = ThreadPoolExecutor(1)
        with self._connected(migrated) as connection:
            self._shape = connection.execute(SHAPE).fetchone()
        for _ in range(COPIES):
            self._thread.submit(self._copy)

    def take(self) -> str:
        """Return the name of an empty copy nobody uses."""
        return self._idle.get(timeout=60)

    def give_back(self, name: str) -> None:
        """Empty a copy for another test, whoever is still connected."""
        self._thread.submit(self._empty, name)

    def close(self) -> None:
        """Drop all copies."""
        self._thread.shutdown()
        while not self._idle.empty():
            _on_server(f"DROP DATABASE {self._idle.get()} WITH (FORCE)")

    def _copy(self) -> None:
        name = f"{self._migrated}_{uuid.uuid4().hex[:8]}"
        _on_server(f"CREATE DATABASE {name} TEMPLATE {self._migrated}", f"ALTER DATABASE {name} {HASTY}")
        self._idle.put(name)

    def _empty(self, name: str) -> None:
        try:
            with self._connected(name) as connection:
                as_before = connection.execute(SHAPE).fetchone() == self._shape
                if as_before:
                    connection.execute(EMPTY)
        except psycopg.Error:
            as_before = False
        if as_before:
            self._idle.put(name)
        else:
            _on_server(f"DROP DATABASE {name} WITH (FORCE)")
            self._copy()

    def _connected(self, name: str) -> psycopg.Connection[TupleRow]:
        """Connect without SQLAlchemy, which asks the server a few things first."""
        address = make_url(SERVER).set(drivername="postgresql", database=name)
        return psycopg.connect(address.render_as_string(hide_password=False), autocommit=True)


@pytest.fixture(scope="session")
def spares(migrated: str) -> Iterator[Spares | None]:
    """Give the databases to take, where the tests run on a server."""
    spares = Spares(migrated) if SERVER else None
    yield spares
    if spares:
        spares.close()


@pytest.fixture
def database_url(migrated: str, spares: Spares | None, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a fresh database."""
    if spares is None:
        path = tmp_path / "test.sqlite3"
        shutil.copy(migrated, path)
        yield f"sqlite:///{path}"
        return
    name = spares.take()
    yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    spares.give_back(name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Give a started database."""
    database = Database(database_url)
    database.start()
    yield database
    await asyncio.to_thread(database.close)


@pytest.fixture
async def ward(database: Database) -> Ward:
    """Give a ward of nine numbered neighbourhoods, kp1 to kp9, of 10 adults each."""
    ward = await database.write(ward_of, "phuong-thu", "Phường Thử")
    rows = [NeighbourhoodRow(f"kp{number}", f"Khu phố {number}", 10, "Văn bản thử", None) for number in range(1, 10)]
    await database.write(save, ward.id, rows)
    return ward


@pytest.fixture(scope="session")
def library() -> Library:
    """Give two small lessons that do not change when the product's lessons do."""
    return read_library(Path(__file__).parent / "content")


@pytest.fixture(scope="session")
def speech() -> Speech:
    """Give the bot's sentences, for a ward of khu phố."""
    return Speech(ward_name="Phường Thử", unit="khu phố", contact="", site="")


@pytest.fixture(scope="session")
def bank() -> Bank:
    """Give a few questions, and weights, that do not change when the product's do."""
    folder = Path(__file__).parent / "bank"
    return read_bank(folder, folder / "weights.json")


@pytest.fixture
def core(database: Database, ward: Ward, library: Library, bank: Bank, speech: Speech) -> Core:
    """Give the core of that ward, with those lessons and questions."""
    return Core(House(database, library, bank, speech, ward, pass_percent=60), COMMANDS, known_words())
