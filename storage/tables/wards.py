"""Wards and their neighbourhoods, the residents, and the conversations they are in."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from storage.tables.base import (
    AGE_BANDS,
    PAUSERS,
    PLACE_CHANGES,
    PURPOSES,
    REQUEST_OUTCOMES,
    REQUESTS,
    Utc,
    metadata,
    one_of,
    row_id,
    to,
)

wards = Table(
    "wards",
    metadata,
    row_id(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False, server_default=text("''")),  # seals names of pictures; made when first used
)

neighbourhoods = Table(
    "neighbourhoods",
    metadata,
    row_id(),
    to("wards", nullable=False),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("adults", Integer, CheckConstraint("adults > 0", name="adults")),
    Column("adults_source", Text),
    Column("adults_date", Date),
    Column("helper", Text),  # whom to meet, and where
    Column("helper_place", Text),
    Column("position", Integer, nullable=False),
    Column("ended_on", Date),  # merged into another one, or split
    Column("successor_id", Integer, ForeignKey("neighbourhoods.id")),  # the one it was merged into
    UniqueConstraint("ward_id", "code"),
)

place_changes = Table(  # what became of neighbourhoods; rows are only added, and marked when they are taken back
    "place_changes",
    metadata,
    row_id(),
    to("wards", nullable=False),
    to("neighbourhoods", nullable=False),
    Column("kind", Text, nullable=False),
    Column("before", Text, nullable=False),  # its name
    Column("after", Text, nullable=False),  # its new name, or the names of those it became
    Column("date", Date, nullable=False),  # from when on
    Column("source", Text, nullable=False),
    Column("staff_id", Integer, ForeignKey("staff.id")),
    Column("at", Utc),  # when it was noted; none: before it was kept what a change moved
    Column("places", Text, nullable=False, server_default=text("''")),  # ids of all it touches, its own first
    to("adult_counts"),  # what a merger gave the other one
    Column("undone_at", Utc),
    Column("undone_by", Integer, ForeignKey("staff.id")),
    one_of("kind", PLACE_CHANGES),
)

adult_counts = Table(  # every count of adults that held once
    "adult_counts",
    metadata,
    row_id(),
    to("neighbourhoods", nullable=False, index=True),
    Column("adults", Integer),
    Column("source", Text, nullable=False),
    Column("date", Date),
)

residents = Table(
    "residents",
    metadata,
    row_id(),
    to("wards", nullable=False),
    to("neighbourhoods"),
    Column("age_band", Text),
    Column("counted", Boolean, nullable=False, server_default=false()),
    Column("reminded", Boolean, nullable=False, server_default=false()),
    Column("path", Text),  # the audience whose path through the lessons they chose
    Column("created_at", Utc, nullable=False),
    one_of("age_band", AGE_BANDS),
    Index(None, "ward_id", "neighbourhood_id", "age_band", "counted"),  # all that counting by neighbourhood reads
)

consents = Table(
    "consents",
    metadata,
    row_id(),
    to("residents", nullable=False, ondelete="CASCADE", index=True),
    Column("purpose", Text, nullable=False),
    Column("agreed", Boolean, nullable=False),
    Column("version", Text, nullable=False),
    Column("guardian", Boolean, nullable=False),
    Column("channel", Text, nullable=False),
    Column("at", Utc, nullable=False),
    one_of("purpose", PURPOSES),
)

conversations = Table(
    "conversations",
    metadata,
    row_id(),
    Column("channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("address", Text, nullable=False),
    to("residents", ondelete="SET NULL", index=True),
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

pauses = Table(  # conversations in which a person talks, and the bot holds back
    "pauses",
    metadata,
    Column("conversation_id", Integer, ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("pauser", Text, nullable=False),
    Column("until", Utc, nullable=False),
    one_of("pauser", PAUSERS),
)

news = Table(  # what somebody is shown at their next visit, on channels that nothing is sent on
    "news",
    metadata,
    row_id(),
    to("conversations", nullable=False, ondelete="CASCADE", index=True),
    Column("reply", Text, nullable=False),
    Column("at", Utc, nullable=False),
)

link_codes = Table(
    "link_codes",
    metadata,
    Column("code", Text, primary_key=True),
    to("residents", nullable=False, ondelete="CASCADE"),
    Column("until", Utc, nullable=False),
    UniqueConstraint("resident_id"),
)

link_misses = Table(
    "link_misses",
    metadata,
    row_id(),
    to("conversations", nullable=False, ondelete="CASCADE", index=True),
    Column("at", Utc, nullable=False, index=True),
)

data_requests = Table(  # without a name: whoever asked keeps the receipt
    "data_requests",
    metadata,
    row_id(),
    Column("kind", Text, nullable=False),
    Column("receipt", Text, nullable=False, unique=True),
    Column("received_at", Utc, nullable=False),
    Column("done_at", Utc),
    to("wards"),  # none: done by the resident in the chat
    to("staff", ondelete="SET NULL", index=True),  # whoever took it in
    Column("answered_at", Utc),
    Column("outcome", Text),  # how one taken in at the office ended
    one_of("kind", REQUESTS),
    one_of("outcome", REQUEST_OUTCOMES),
    Index(
        "ix_data_requests_open",
        "ward_id",
        sqlite_where=text("done_at IS NULL"),
        postgresql_where=text("done_at IS NULL"),
    ),
)
