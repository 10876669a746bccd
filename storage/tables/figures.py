"""The figures as they are kept: how far each resident is, and how many that makes; only triggers write them."""

from sqlalchemy import Column, Date, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from storage.tables.base import Utc, metadata, row_id, to

core_topics = Table(  # what a ward's basic coverage asks for, as its lessons say
    "core_topics",
    metadata,
    Column("ward_id", Integer, ForeignKey("wards.id"), primary_key=True),
    Column("topic", Text, primary_key=True),
    sqlite_with_rowid=False,
)

attainments = Table(  # a resident who has begun with a skill, and since when they have it
    "attainments",
    metadata,
    Column("resident_id", Integer, ForeignKey("residents.id", ondelete="CASCADE"), primary_key=True),
    Column("skill", Text, primary_key=True),  # a topic or BASIC
    Column("learned_at", Utc),
    Column("covered_at", Utc),
    Column("channel", Text),  # by which they came to be covered
    Column("observed_at", Utc),
    sqlite_with_rowid=False,
)


def _people(name: str) -> Column[int]:
    """Return a number of people; below nothing where a row takes back what another one says."""
    return Column(name, Integer, nullable=False, server_default=text("0"))


tallies = Table(  # adults who agree to be counted; the rows of a kind are added up
    "tallies",
    metadata,
    row_id(),
    to("wards", nullable=False),
    to("neighbourhoods"),
    Column("skill", Text, nullable=False),  # a topic, BASIC, or nothing: who joined
    Column("day", Date),  # in Viet Nam, when they came to be; none: all of them
    Column("age_band", Text, nullable=False),  # of the covered by age and channel; empty in all other rows
    Column("channel", Text, nullable=False),
    _people("joined"),
    _people("started"),
    _people("learned"),
    _people("covered"),
    _people("observed"),
    Index(None, "ward_id", "skill", "day", "age_band"),
)

seals = Table(  # the figures of a month as they stood when it was over, chained by hashes; rows are only added
    "seals",
    metadata,
    row_id(),
    to("wards", nullable=False),
    Column("number", Integer, nullable=False),  # in the chain
    Column("period", Text, nullable=False),
    Column("until", Date, nullable=False),  # the day after its last
    Column("target", Integer, nullable=False),  # percent
    Column("core", Text, nullable=False),  # what basic coverage asked for, with spaces between
    Column("note", Text, nullable=False),  # why the month was sealed anew; empty: the first time
    Column("seal", Text, nullable=False),
    Column("at", Utc, nullable=False),
    UniqueConstraint("ward_id", "number"),
)

sealed_figures = Table(
    "sealed_figures",
    metadata,
    Column("seal_id", Integer, ForeignKey("seals.id"), primary_key=True),
    Column("skill", Text, primary_key=True),  # a topic, BASIC, or a counter
    Column("code", Text, primary_key=True),  # of the neighbourhood; empty: of those in none, of a counter the ward's
    Column("position", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("adults", Integer),
    Column("source", Text, nullable=False),
    Column("date", Date),
    Column("joined", Integer, nullable=False),
    Column("learned", Integer, nullable=False),
    Column("covered", Integer, nullable=False),
    sqlite_with_rowid=False,
)
