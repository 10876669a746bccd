"""Bringing the database's tables up to date, by the migrations in migrations/."""

from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, make_url, text

from storage.database import engine_of

LOCK = 80_201_024
"""Key of the lock that lets one process at a time migrate a PostgreSQL database."""


def migrate(url: str) -> None:
    """Run the migrations this database has not seen, all of them or none. A missing SQLite file is made."""
    file = make_url(url).database
    if make_url(url).get_backend_name() == "sqlite" and file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = engine_of(url, "BEGIN IMMEDIATE", foreign_keys="OFF")  # replacing a table must not empty those behind it
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            command.upgrade(config(connection), "head")
    finally:
        engine.dispose()


def config(connection: Connection) -> Config:
    """Return Alembic's configuration for this connection."""
    settings = Config()
    settings.set_main_option("script_location", str(files("storage") / "migrations"))
    settings.attributes["connection"] = connection
    return settings
