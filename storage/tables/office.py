"""Who may see the figures, what they did, and numbers counted elsewhere."""

from sqlalchemy import CheckConstraint, Column, Date, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from storage.tables.base import COUNTERS, STAFF_ROLES, Utc, metadata, one_of, row_id, to

staff = Table(
    "staff",
    metadata,
    row_id(),
    to("wards", nullable=False),
    Column("name", Text, nullable=False),  # typed to log in
    Column("role", Text, nullable=False),
    Column("password", Text, nullable=False),  # its hash
    Column("secret", Text, nullable=False),  # of the codes an authenticator shows
    Column("last_step", Integer, nullable=False, server_default=text("0")),  # of these codes, so that none works twice
    Column("created_at", Utc, nullable=False),
    Column("revoked_at", Utc),
    UniqueConstraint("ward_id", "name"),
    one_of("role", STAFF_ROLES),
)

staff_recovery_codes = Table(
    "staff_recovery_codes",
    metadata,
    Column("staff_id", Integer, ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True),
    Column("code", Text, primary_key=True),  # its hash
    sqlite_with_rowid=False,
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("token", Text, primary_key=True),  # hash of the cookie
    Column("staff_id", Integer, ForeignKey("staff.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
)

staff_invitations = Table(
    "staff_invitations",
    metadata,
    Column("token", Text, primary_key=True),  # hash of what stands in the link
    to("wards", nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    UniqueConstraint("ward_id", "name"),
    one_of("role", STAFF_ROLES),
)

audit = Table(
    "audit",
    metadata,
    row_id(),
    to("wards", nullable=False),
    Column("staff_id", Integer, ForeignKey("staff.id"), index=True),  # none: the command line, or nobody known
    Column("act", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Index(None, "ward_id", "at"),
)

counters = Table(
    "counters",
    metadata,
    row_id(),
    to("wards", nullable=False),
    to("neighbourhoods"),  # none: of the whole ward
    Column("kind", Text, nullable=False),
    Column("people", Integer, CheckConstraint("people >= 0", name="people"), nullable=False),
    Column("source", Text, nullable=False),
    Column("date", Date, nullable=False),
    Column("staff_id", Integer, ForeignKey("staff.id")),
    Column("at", Utc, nullable=False),
    one_of("kind", COUNTERS),
    Index(None, "ward_id", "date"),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    row_id(),
    to("wards", nullable=False),
    Column("name", Text, nullable=False),  # of the system
    Column("token", Text, nullable=False, unique=True),  # its hash
    Column("scopes", Text, nullable=False),  # with spaces between them
    Column("created_at", Utc, nullable=False),
    Column("revoked_at", Utc),
    Index(
        "uq_api_tokens_now",
        "ward_id",
        "name",
        unique=True,
        sqlite_where=text("revoked_at IS NULL"),
        postgresql_where=text("revoked_at IS NULL"),
    ),
)
