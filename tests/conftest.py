"""Fixtures: a fresh, migrated database for every test, on SQLite or on the PostgreSQL the environment names."""

import asyncio
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

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


def pytest_report_header() -> str:
    return f"database: {'PostgreSQL' if SERVER else 'SQLite (set TEST_DATABASE_URL to test PostgreSQL)'}"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-dialogues", action="store_true", help="write what the bot says into tests/dialogues")


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
    yield name
    _on_server(f"DROP DATABASE {name}")


@pytest.fixture
def database_url(migrated: str, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a fresh database."""
    if not SERVER:
        path = tmp_path / "test.sqlite3"
        shutil.copy(migrated, path)
        yield f"sqlite:///{path}"
        return
    name = f"{migrated}_{uuid.uuid4().hex[:8]}"
    _on_server(f"CREATE DATABASE {name} TEMPLATE {migrated}")
    yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    _on_server(f"DROP DATABASE {name} WITH (FORCE)")


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


@pytest.fixture
def core(database: Database, ward: Ward, library: Library) -> Core:
    """Give the core of that ward, with those lessons."""
    speech = Speech(ward_name=ward.name, unit="khu phố", contact="")
    return Core(House(database, library, speech, ward, pass_percent=60), COMMANDS, known_words())
