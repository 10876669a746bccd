"""Fixtures: a fresh, migrated database for every test, on SQLite or on the PostgreSQL the environment names."""

import gc
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from functools import partialmethod
from pathlib import Path
from typing import Any

import pytest
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import Connection, Dialect, Engine, create_engine, event

from faq.bank import Bank, read_bank
from handlers.commands import COMMANDS
from handlers.core import Core
from handlers.speech import Speech, known_words
from handlers.turn import House
from lessons.library import Library, read_library
from storage.database import Database, engine_of
from storage.migrate import migrate
from storage.neighbourhoods import NeighbourhoodRow, Ward, save, ward_of
from tests.browsing import CHROMIUM, EXPECTED, OpenPage
from tests.spares import HASTY, SERVER, Copy, Spares, on_server, url_of
from tests.visits import Visit, visiting


def pytest_report_header() -> str:
    return f"database: {'PostgreSQL' if SERVER else 'SQLite (set TEST_DATABASE_URL to test PostgreSQL)'}"


def pytest_xdist_auto_num_workers() -> int:
    """Return how many tests run at once: a third of their time they wait for browsers, servers and clocks."""
    return (os.cpu_count() or 2) * 3 // 2


def pytest_sessionstart() -> None:
    """Keep the collector away while everything is loaded."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Let the collector pass over what was loaded, and come seldom: nothing of it goes away before the end."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(100_000, 20, 100)


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


@pytest.fixture(scope="session", autouse=True)
def light_passwords() -> Iterator[None]:
    """Let a password take no time: every clerk of every test chooses one. Programs that tests start take theirs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("office.credentials.MEMORY_KIB", 8)
        patch.setattr("office.credentials.ROUNDS", 1)
        yield


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give a migrated, empty database to copy: the path of a file, or the name of a database on the server."""
    if not SERVER:
        path = tmp_path_factory.mktemp("migrated") / "empty.sqlite3"
        migrate(f"sqlite:///{path}")
        yield str(path)
        return
    name = f"hocvuso_{uuid.uuid4().hex[:12]}"
    on_server(f"CREATE DATABASE {name}")
    migrate(url_of(name))
    on_server(f"ALTER DATABASE {name} {HASTY}")
    yield name
    on_server(f"DROP DATABASE {name}")


@pytest.fixture(scope="session")
def spares(migrated: str) -> Iterator[Spares | None]:
    """Give the databases to take, where the tests run on a server."""
    spares = Spares(migrated) if SERVER else None
    yield spares
    if spares:
        spares.close()


@pytest.fixture
def copy(spares: Spares | None, request: pytest.FixtureRequest) -> Iterator[Copy | None]:
    """Give a database on the server to this test alone, where the tests run on one."""
    copy = spares.take() if spares else None
    if copy and "database" not in request.fixturenames:
        copy.cool()  # a test with programs of its own finds nobody connected
    yield copy
    if spares and copy:
        spares.give_back(copy)


@pytest.fixture(scope="session")
def settled(migrated: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Ward]:
    """Give a file with the ward of the tests in it, to copy, and the ward."""
    path = tmp_path_factory.mktemp("settled") / "ward.sqlite3"
    shutil.copy(migrated, path)
    engine = engine_of(f"sqlite:///{path}", "BEGIN IMMEDIATE")
    with engine.begin() as connection:
        ward = settle(connection)
    engine.dispose()
    return str(path), ward


@pytest.fixture
def database_url(migrated: str, copy: Copy | None, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Give the URL of a fresh database; on SQLite the ward is in it already for a test that asks for one."""
    if copy:
        return copy.url
    kept = migrated
    if "ward" in request.fixturenames:
        kept, _ = request.getfixturevalue("settled")
    return f"sqlite:///{shutil.copy(kept, tmp_path / 'test.sqlite3')}"


@pytest.fixture
async def database(database_url: str, copy: Copy | None) -> AsyncIterator[Database]:
    """Give a started database."""
    database = Database(database_url)
    if copy:
        copy.warm(database)
    database.start()
    yield database
    database.close()


def settle(connection: Connection) -> Ward:
    """Make the ward of the tests."""
    ward = ward_of(connection, "phuong-thu", "Phường Thử")
    rows = [NeighbourhoodRow(f"kp{number}", f"Khu phố {number}", 10, "Văn bản thử", None) for number in range(1, 10)]
    save(connection, ward.id, rows)
    return ward


@pytest.fixture
async def ward(database: Database, copy: Copy | None, request: pytest.FixtureRequest) -> Ward:
    """Give a ward of nine numbered neighbourhoods, kp1 to kp9, of 10 adults each."""
    if copy:
        return await database.write(settle)
    ward: Ward = request.getfixturevalue("settled")[1]
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


@pytest.fixture(scope="session")
def real_bank() -> Bank:
    """Give the product's questions, read and arranged once."""
    return read_bank()


@pytest.fixture
def core(database: Database, ward: Ward, library: Library, bank: Bank, speech: Speech) -> Core:
    """Give the core of that ward, with those lessons and questions."""
    return Core(House(database, library, bank, speech, ward, pass_percent=60), COMMANDS, known_words())


@pytest.fixture
async def visit(core: Core) -> AsyncIterator[Visit]:
    """Give a new visitor of the web chat."""
    async with visiting(core) as visit:
        yield visit


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a browser; not for the whole run, as its loop runs on the thread of the tests."""
    with sync_playwright() as playwright:
        # what runs once or twice is not worth compiling well: axe takes a fifth longer then
        arguments = ["--no-sandbox", "--js-flags=--no-opt --no-maglev"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Give a way to open a page of a new visitor; whatever it complains of fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_page(width: int = 360, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 740}, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [told for told in complaints if not told.startswith(EXPECTED)] == []
