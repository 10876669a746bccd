"""How far residents came, what they have shown that they can do, and the lessons as they were served."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, and_, text

from storage.tables.base import COVERING_GRADES, GRADES, VERDICTS, Utc, metadata, one_of, row_id, to

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
    row_id(),
    to("residents", nullable=False, ondelete="CASCADE"),
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
    row_id(),
    to("residents", nullable=False, ondelete="CASCADE"),
    Column("topic", Text, nullable=False),
    Column("grade", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("score", Integer),
    Column("questions", Integer),
    Column("at", Utc, nullable=False),
    Column("verdict", Text),  # of the office, where it looked at it
    one_of("grade", GRADES),
    one_of("verdict", VERDICTS),
    Index(  # once, but for what was rejected: whoever shows it anew counts again
        "uq_completions_valid",
        "resident_id",
        "topic",
        "grade",
        unique=True,
        sqlite_where=text("verdict IS NULL OR verdict <> 'rejected'"),
        postgresql_where=text("verdict IS NULL OR verdict <> 'rejected'"),
    ),
    Index(None, "resident_id", "topic"),
)

VALID = completions.c.verdict.is_distinct_from("rejected")
"""Whether a completion counts: the office may have rejected it."""
COVERING = and_(VALID, completions.c.grade.in_(COVERING_GRADES))
"""Whether it is evidence of having the skill."""

refreshes = Table(
    "refreshes",
    metadata,
    row_id(),
    to("residents", nullable=False, ondelete="CASCADE"),
    Column("day", Date, nullable=False),  # in Viet Nam: one question a day
    Column("topic", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("question", Integer, nullable=False),
    Column("option", Integer, nullable=False),
    Column("correct", Boolean, nullable=False),
    Column("streak", Integer, nullable=False),
    Column("again_at", Utc),  # when the topic is due again; none: no more
    Column("at", Utc, nullable=False),
    UniqueConstraint("resident_id", "day"),
)

lesson_versions = Table(
    "lesson_versions",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", Text, nullable=False),  # JSON
    Column("at", Utc, nullable=False),  # when it was served first
    sqlite_with_rowid=False,
)

certificates = Table(
    "certificates",
    metadata,
    Column("code", Text, primary_key=True),
    Column("key", Text, nullable=False),
    to("wards", nullable=False),
    to("residents", nullable=False, ondelete="CASCADE", index=True),
    Column("topics", Text, nullable=False),  # with spaces between them
    Column("basic", Boolean, nullable=False),
    Column("issued_at", Utc, nullable=False),
)
