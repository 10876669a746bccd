"""What is on its way to residents, and what the platforms need to be spoken to."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, false, text

from storage.tables.base import DELIVERY_STATUSES, LANES, Utc, metadata, one_of, row_id, to

deliveries = Table(
    "deliveries",
    metadata,
    row_id(),
    to("conversations", nullable=False, ondelete="CASCADE", index=True),
    Column("channel", Text, nullable=False),  # the conversation's, kept here so that one index finds what is due
    Column("account", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("reply", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("due_at", Utc, nullable=False),
    Column("tries", Integer, nullable=False, server_default=text("0")),
    Column("reason", Text),
    Column("messages", Integer, nullable=False, server_default=text("0")),  # that the platform took, in all tries
    Column("message_id", Text),  # the platform's, of the last
    Column("created_at", Utc, nullable=False),
    Column("settled_at", Utc),
    Column("delivered_at", Utc),  # as the platform reports it, where it does
    Column("read_at", Utc),
    Column("expires_at", Utc),  # when it is of no use any more; none: deliveries.LIFE after it was queued
    Column("offers", Boolean, nullable=False, server_default=false()),  # once sent it is what was offered last
    one_of("lane", LANES),
    one_of("status", DELIVERY_STATUSES),
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

pushes = Table(
    "pushes",
    metadata,
    Column("conversation_id", Integer, ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True),
    Column("endpoint", Text, nullable=False),  # where the visitor's browser is told
    Column("at", Utc, nullable=False),
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
    Column("send_api", Text, nullable=False, server_default=text("''")),  # the one that takes messages, once known
    Column("package_left", Integer),  # messages that are paid for by the package, as last told
    Column("package_total", Integer),
    Column("package_at", Utc),  # when that was told
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
