"""Being the only one: what may be done by one process at a time is done by the holder of PostgreSQL's advisory lock."""

import zlib

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError


class Alone:
    """A lock of a name among all processes of one database. With SQLite there is one process, and it has the lock."""

    def __init__(self, url: str, name: str) -> None:
        """Prepare to ask for the lock of this name."""
        self._key = zlib.crc32(name.encode())
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT", pool_size=1, max_overflow=0)
        self._needed = make_url(url).get_backend_name() == "postgresql"
        self._connection: Connection | None = None

    def acquire(self) -> bool:
        """Return whether this process is the only one now. The lock is lost when its connection is."""
        if not self._needed:
            return True
        try:
            self._connection = self._engine.connect()
            mine = self._connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key}).scalar()
        except SQLAlchemyError:
            mine = False
        if not mine:
            self.release()
        return bool(mine)

    def held(self) -> bool:
        """Return whether the lock is still held."""
        if not self._needed:
            return True
        try:
            return self._connection is not None and self._connection.execute(text("SELECT 1")).scalar() == 1
        except SQLAlchemyError:
            return False

    def release(self) -> None:
        """Let another process be the only one."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None
        self._engine.dispose()
