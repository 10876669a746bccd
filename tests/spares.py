"""Databases on a PostgreSQL server for one test after the other: emptied behind them, with connections kept warm.

A new connection costs the server more than the work of most tests: it knows no table and no plan yet.
"""

import os
import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

import psycopg
from psycopg.rows import TupleRow
from sqlalchemy import Pool, create_engine, event, make_url, text

from storage.database import Database

SERVER = os.environ.get("TEST_DATABASE_URL", "")
"""A PostgreSQL server to test on, such as postgresql+psycopg://postgres@127.0.0.1/postgres; SQLite without it."""
COPIES = 3
"""One in use, one being emptied, one ready."""
HASTY = "SET synchronous_commit = off"
"""The tests kill programs, never the machine: what was written is there without waiting for the disk."""
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
LEAVE = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL(%s)
"""
EMPTY = """
DO $$ DECLARE name text; filled boolean; BEGIN
  SET LOCAL session_replication_role = replica;
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM %I', name); END IF;
  END LOOP;
  PERFORM setval(format('%I', sequencename)::regclass, 1, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""
"""No rows, numbers from 1 again; without the triggers, whose rows go the same way."""


def on_server(*statements: str) -> None:
    """Do something beside all databases."""
    engine = create_engine(SERVER, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def url_of(name: str) -> str:
    """Return the address of a database on the server."""
    return make_url(SERVER).set(database=name).render_as_string(hide_password=False)


class Copy:
    """One database: the connections kept for the tests, and one to empty it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.url = url_of(name)
        self._pools: dict[str, Pool] = {}
        self._pids: list[int] = []
        self._emptying: psycopg.Connection[TupleRow] | None = None

    @property
    def shape(self) -> TupleRow | None:
        """What tests may change that emptying does not change back."""
        return self._connected().execute(SHAPE).fetchone()

    def warm(self, database: Database) -> None:
        """Let a database use the connections that are kept, and keep those that it opens."""
        for name, engine in database._engines.items():
            if name not in self._pools:
                self._pools[name] = engine.pool
                event.listen(engine.pool, "connect", self._know)
            engine.pool = self._pools[name]
            engine.dispose = lambda close=True: None  # type: ignore[method-assign]

    def cool(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.dispose()
        self._pools, self._pids = {}, []
        if self._emptying:
            self._emptying.close()
        self._emptying = None

    def empty(self) -> None:
        """Take out all rows, whoever is still connected."""
        if any(pool.checkedout() for pool in self._pools.values()):  # type: ignore[attr-defined]
            self.cool()
        self._connected().execute(LEAVE, [self._pids])
        self._connected().execute(EMPTY)

    def _connected(self) -> psycopg.Connection[TupleRow]:
        """Connect without SQLAlchemy, which asks the server a few things first."""
        plain = re.sub(r"^postgresql\+\w+", "postgresql", self.url)
        self._emptying = self._emptying or psycopg.connect(plain, autocommit=True)
        return self._emptying

    def _know(self, connection: Any, record: object) -> None:
        self._pids.append(connection.info.backend_pid)


class Spares:
    """Copies of a database on the server, emptied behind the tests; one whose tables a test changed is replaced."""

    def __init__(self, migrated: str) -> None:
        self._migrated = migrated
        self._idle: SimpleQueue[Copy] = SimpleQueue()
        self._thread = ThreadPoolExecutor(1)
        first = Copy(migrated)
        self._shape = first.shape
        first.cool()
        for _ in range(COPIES):
            self._thread.submit(self._copy)

    def take(self) -> Copy:
        """Return an empty copy nobody uses."""
        return self._idle.get(timeout=60)

    def give_back(self, copy: Copy) -> None:
        """Empty a copy for another test, whoever is still connected."""
        self._thread.submit(self._empty, copy)

    def close(self) -> None:
        """Drop all copies."""
        self._thread.shutdown()
        while not self._idle.empty():
            self._drop(self._idle.get())

    def _copy(self) -> None:
        name = f"{self._migrated}_{uuid.uuid4().hex[:8]}"
        on_server(f"CREATE DATABASE {name} TEMPLATE {self._migrated}", f"ALTER DATABASE {name} {HASTY}")
        self._idle.put(Copy(name))

    def _empty(self, copy: Copy) -> None:
        try:
            if as_before := copy.shape == self._shape:
                copy.empty()
        except psycopg.Error:
            as_before = False
        if as_before:
            self._idle.put(copy)
        else:
            self._drop(copy)
            self._copy()

    def _drop(self, copy: Copy) -> None:
        copy.cool()
        on_server(f"DROP DATABASE {copy.name} WITH (FORCE)")
