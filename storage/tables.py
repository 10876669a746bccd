"""The schema: every table, with the references and the uniqueness that keep the counts right."""

import datetime as dt

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)


class Utc(TypeDecorator[dt.datetime]):
    """An aware UTC time; a naive one is refused, for nobody could say when it was."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Refuse a time that is not in UTC."""
        if value is not None and value.tzinfo is not dt.UTC:
            raise ValueError("times are stored in UTC")
        return value

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Return the time in UTC: SQLite keeps no zone, PostgreSQL answers in its own."""
        if value is None:
            return None
        return value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

AGE_BANDS = ("child", "adult", "senior")
"""From 7 to 17, from 18 to 59, from 60 years on."""
ADULT_BANDS = ("adult", "senior")
PURPOSES = ("count", "remind")
GRADES = ("learned", "passed", "observed")
COVERING_GRADES = ("passed", "observed")
"""The evidence that counts as having the skill."""
LANES = ("answer", "campaign")
DELIVERY_STATUSES = ("queued", "claimed", "sent", "failed", "gone", "unsure")


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _to(target: str, nullable: bool = True, ondelete: str | None = None, index: bool = False) -> Column[int]:
    """Return a reference `<table>_id` to another table's id."""
    reference = ForeignKey(f"{target}.id", ondelete=ondelete)
    return Column(target.removesuffix("s") + "_id", Integer, reference, nullable=nullable, index=index)


def _one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


wards = Table(
    "wards",
    metadata,
    _id(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
)

neighbourhoods = Table(
    "neighbourhoods",
    metadata,
    _id(),
    _to("wards", nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("adults", Integer, CheckConstraint("adults > 0", name="adults")),
    Column("adults_source", Text),
    Column("adults_date", Date),
    Column("position", Integer, nullable=False),
    UniqueConstraint("ward_id", "code"),
)

residents = Table(
    "residents",
    metadata,
    _id(),
    _to("wards", nullable=False),
    _to("neighbourhoods"),
    Column("age_band", Text),
    Column("counted", Boolean, nullable=False, server_default=false()),
    Column("reminded", Boolean, nullable=False, server_default=false()),
    Column("created_at", Utc, nullable=False),
    _one_of("age_band", AGE_BANDS),
    Index(None, "ward_id", "neighbourhood_id", "age_band", "counted"),  # all that counting by neighbourhood reads
)

consents = Table(
    "consents",
    metadata,
    _id(),
    _to("residents", nullable=False, ondelete="CASCADE", index=True),
    Column("purpose", Text, nullable=False),
    Column("agreed", Boolean, nullable=False),
    Column("version", Text, nullable=False),
    Column("guardian", Boolean, nullable=False),
    Column("channel", Text, nullable=False),
    Column("at", Utc, nullable=False),
    _one_of("purpose", PURPOSES),
)

conversations = Table(
    "conversations",
    metadata,
    _id(),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("address", Text, nullable=False),
    _to("residents", ondelete="SET NULL", index=True),
    Column("version", Integer, nullable=False),
    Column("reply", Text, nullable=False),
    Column("event", Text, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("gone_at", Utc),  # since when nothing can be sent there: blocked us, or is no more
    UniqueConstraint("channel", "account", "address"),
)

seen = Table(
    "seen",
    metadata,
    Column("conversation_id", Integer, ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("event", Text, primary_key=True),
    sqlite_with_rowid=False,
)

positions = Table(
    "positions",
    metadata,
    Column("resident_id", Integer, ForeignKey("residents.id", ondelete="CASCADE"), primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("at", Utc, nullable=False),
    sqlite_with_rowid=False,
)

attempts = Table(
    "attempts",
    metadata,
    _id(),
    _to("residents", nullable=False, ondelete="CASCADE"),
    Column("topic", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("finished_at", Utc),
    Index(
        "uq_attempts_open",
        "resident_id",
        "topic",
        unique=True,
        sqlite_where=text("finished_at IS NULL"),
        postgresql_where=text("finished_at IS NULL"),
    ),
    Index(None, "resident_id"),
)

answers = Table(
    "answers",
    metadata,
    Column("attempt_id", Integer, ForeignKey("attempts.id", ondelete="CASCADE"), primary_key=True),
    Column("question", Integer, primary_key=True),
    Column("option", Integer, nullable=False),
    Column("correct", Boolean, nullable=False),
    Column("at", Utc, nullable=False),
    sqlite_with_rowid=False,
)

completions = Table(
    "completions",
    metadata,
    _id(),
    _to("residents", nullable=False, ondelete="CASCADE"),
    Column("topic", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("score", Integer),
    Column("questions", Integer),
    Column("at", Utc, nullable=False),
    UniqueConstraint("resident_id", "topic", "grade"),
    _one_of("grade", GRADES),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    _to("conversations", nullable=False, ondelete="CASCADE", index=True),
    Column("channel", Text, nullable=False),  # the conversation's, kept here so that one index finds what is due
    Column("account", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("reason", Text),
    Column("message_id", Text),  # the platform's
    Column("created_at", Utc, nullable=False),
    Column("settled_at", Utc),
    Column("delivered_at", Utc),  # as the platform reports it, where it does
    Column("read_at", Utc),
    _one_of("lane", LANES),
    _one_of("status", DELIVERY_STATUSES),
    Index(
        "ix_deliveries_due",
        "channel",
        "account",
        "lane",
        "due_at",
        sqlite_where=text("status = 'queued'"),
        postgresql_where=text("status = 'queued'"),
    ),
)

link_codes = Table(
    "link_codes",
    metadata,
    Column("code", Text, primary_key=True),
    _to("residents", nullable=False, ondelete="CASCADE"),
    Column("until", Utc, nullable=False),
    UniqueConstraint("resident_id"),
)

link_misses = Table(
    "link_misses",
    metadata,
    _id(),
    _to("conversations", nullable=False, ondelete="CASCADE", index=True),
    Column("at", Utc, nullable=False, index=True),
)

tokens = Table(
    "tokens",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("access", Text, nullable=False),
    Column("refresh", Text, nullable=False),
    Column("previous_refresh", Text, nullable=False, server_default=text("''")),
    Column("expires_at", Utc, nullable=False),
    Column("changed_at", Utc, nullable=False),
    Column("failed_at", Utc),  # since when renewing has failed
)

uploads = Table(
    "uploads",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("content", Text, primary_key=True),  # hash of the file
    Column("remote", Text, nullable=False),  # the platform's id of it
    Column("at", Utc, nullable=False),
)

data_requests = Table(
    "data_requests",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),
    Column("receipt", Text, nullable=False, unique=True),
    Column("received_at", Utc, nullable=False),
    Column("done_at", Utc),
)
