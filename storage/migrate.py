"""Bringing the database's tables up to date, by the migrations in migrations/."""

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sqlalchemy import Connection, inspect, make_url, text

from storage import tallies, triggers
from storage.database import engine_of
from storage.tables import metadata

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(str(files("storage"))) / "migrations"

LOCK = 80_201_024
"""Key of the lock that lets one process at a time migrate a PostgreSQL database."""

Standing = Literal["empty", "older", "current", "newer"]
"""Whether a database has no tables, or those of an older, of this, or of a newer version of the program."""


def migrate(url: str) -> None:
    """Make the tables of a new database, or run the migrations an older one has not seen: all of it or nothing.

    A missing SQLite file is made.
    """
    file = make_url(url).database
    if make_url(url).get_backend_name() == "sqlite" and file:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    engine = engine_of(url, "BEGIN IMMEDIATE", foreign_keys="OFF")  # replacing a table must not empty those behind it
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
            found = standing(connection)
            if found == "empty":
                _make(connection)
            elif found != "current":
                upgrade(connection)
    finally:
        engine.dispose()


def revisions() -> list[str]:
    """Return the revisions of all migrations, oldest first: the numbers that their files' names begin with."""
    return sorted(file.name.partition("_")[0] for file in (MIGRATIONS / "versions").glob("*.py"))


def standing(connection: Connection) -> Standing:
    """Return which version of the program the tables are of: found out without Alembic, which takes 10 MB to load."""
    if not inspect(connection).has_table("alembic_version"):
        return "empty"
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    known = revisions()
    if found is None:
        return "empty"
    if found == known[-1]:
        return "current"
    return "older" if found in known else "newer"


def _make(connection: Connection) -> None:
    """Make all tables at once, as the migrations would: so the first start needs no Alembic either."""
    metadata.create_all(connection, checkfirst=False)
    triggers.install(connection)
    connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
    connection.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": revisions()[-1]})


def upgrade(connection: Connection) -> None:
    """Run the migrations this database has not seen."""
    from alembic import command

    triggers.remove(connection)
    command.upgrade(config(connection), "head")
    tallies.recount(connection)


def config(connection: Connection) -> "Config":
    """Return Alembic's configuration for this connection."""
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["connection"] = connection
    return settings
