"""What all tables share: the words their columns may hold, times in UTC, references."""

import datetime as dt

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    TypeDecorator,
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
REQUESTS = ("see", "erase")
"""What residents may want of their data."""
REQUEST_OUTCOMES = ("given", "erased", "not_found", "withdrawn")
GRADES = ("learned", "passed", "observed")
COVERING_GRADES = ("passed", "observed")
"""The evidence that counts as having the skill."""
PLACE_CHANGES = ("renamed", "merged", "split")
VERDICTS = ("verified", "rejected")
"""What the office found of a completion that it looked at; a rejected one does not count."""
BASIC = "*"
"""The skill of having every core topic; no topic looks like it."""
LANES = ("answer", "campaign")
WARNING_STATUSES = ("pending", "approved", "rejected")
HELP_STATUSES = ("open", "done")
SPEAKERS = ("resident", "member", "office")
"""Who may say something in a request for help."""
PAUSERS = ("team", "office")
"""For whom the bot holds back."""
COUNTERS = ("confirmed", "official")
"""Counted elsewhere: confirmations that staff saw on VNeID (B), the official figure (C). Our own count is A."""
STAFF_ROLES = ("office", "lead", "view")
TEAM_ROLES = ("leader", "member")
DELIVERY_STATUSES = ("queued", "claimed", "sent", "failed", "gone", "unsure")
CONTINUE = "continue"
"""What a campaign is about that names no topic: to go on learning."""
REFRESH = "refresh"
"""What a campaign is about that reminds of questions to be asked again."""
AUDIENCES = ("not_started", "started", "not_passed", "inactive", "refresh_due")
CAMPAIGN_STATUSES = (
    "draft",  # the office has yet to approve it
    "approved",
    "started",
    "cancelled",
    "done",
    "reached",  # nobody was reminded, for the share it was to go on until had been reached
)
OUTCOMES = (
    "waiting",
    "queued",  # in the outbox
    "sent",
    "failed",
    "gone",
    "unsure",
    "expired",
    "cancelled",
    "done",  # they had it before the reminder could leave
    "not_agreed",
    "often",  # they were reminded as often as is allowed
    "needs_other_channel",
    "shown",  # so it was, until they came by themselves and were told
    "held_out",  # left alone on purpose, to see what reminding is worth
)
"""What became of a reminder; those from `expired` on name the reason why none was sent."""


def row_id() -> Column[int]:
    """Return the column `id`, the primary key."""
    return Column("id", Integer, primary_key=True)


def to(target: str, nullable: bool = True, ondelete: str | None = None, index: bool = False) -> Column[int]:
    """Return a reference `<table>_id` to another table's id."""
    reference = ForeignKey(f"{target}.id", ondelete=ondelete)
    return Column(target.removesuffix("s") + "_id", Integer, reference, nullable=nullable, index=index)


def one_of(column: str, values: tuple[str, ...]) -> CheckConstraint:
    """Return the rule that a column holds one of these words only."""
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)
