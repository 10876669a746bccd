"""Neighbours ask their team: what is said, for whom the bot holds back, what waits for the next visit; warnings sent."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

OUTCOMES = (
    "'waiting', 'queued', 'sent', 'failed', 'gone', 'unsure', 'expired', 'cancelled', 'done', 'not_agreed', 'often', "
    "'needs_other_channel', 'shown', 'held_out'"
)


def upgrade() -> None:
    """Change the tables."""
    _columns()
    op.create_table(
        "pauses",
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("pauser", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("pauser IN ('team', 'office')", name=op.f("ck_pauses_pauser")),
        _to("pauses", "conversation_id", "conversations.id", "CASCADE"),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_pauses")),
    )
    op.create_table(
        "news",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _to("news", "conversation_id", "conversations.id", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news")),
    )
    op.create_index(op.f("ix_news_conversation_id"), "news", ["conversation_id"], unique=False)
    op.create_table(
        "help_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("help_request_id", sa.Integer(), nullable=False),
        sa.Column("conversation_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("speaker", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("speaker IN ('resident', 'member', 'office')", name=op.f("ck_help_messages_speaker")),
        _to("help_messages", "help_request_id", "help_requests.id", "CASCADE"),
        _to("help_messages", "conversation_id", "conversations.id", "CASCADE"),
        _to("help_messages", "member_id", "members.id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_messages")),
    )
    for column in ("help_request_id", "conversation_id", "member_id"):
        op.create_index(op.f(f"ix_help_messages_{column}"), "help_messages", [column], unique=False)
    op.create_table(
        "warned",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("local_warning_id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.CheckConstraint(f"outcome IN ({OUTCOMES})", name=op.f("ck_warned_outcome")),
        _to("warned", "local_warning_id", "local_warnings.id", "CASCADE"),
        _to("warned", "resident_id", "residents.id", "CASCADE"),
        _to("warned", "delivery_id", "deliveries.id", "SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warned")),
        sa.UniqueConstraint("local_warning_id", "resident_id", name=op.f("uq_warned_local_warning_id_resident_id")),
    )
    for column in ("resident_id", "delivery_id"):
        op.create_index(op.f(f"ix_warned_{column}"), "warned", [column], unique=False)


def _columns() -> None:
    """Add columns to the tables there are."""
    times = sa.DateTime(timezone=True)
    op.add_column("deliveries", sa.Column("offers", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in ("answered_at", "told_at", "last_at", "used_at"):
        op.add_column("help_requests", sa.Column(name, times))
    op.execute("UPDATE help_requests SET told_at = at")  # nobody is told of old ones all at once
    for name in ("question", "answer"):
        op.add_column("help_requests", sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("local_warnings", sa.Column("draft", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in ("starts_at", "planned_at"):
        op.add_column("local_warnings", sa.Column(name, times))


def _to(table: str, column: str, target: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)

