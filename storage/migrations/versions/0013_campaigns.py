"""Campaigns: what a team reminds its neighbourhood of, and the reminder of each resident."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OUTCOMES = (
    "'waiting', 'queued', 'sent', 'failed', 'gone', 'unsure', 'expired', 'cancelled', 'done', 'not_agreed', 'often', "
    "'needs_other_channel'"
)


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("neighbourhood_id", sa.Integer(), nullable=True),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("inactive_days", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("second_after_days", sa.Integer(), nullable=True),
        sa.Column("planned_to", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "audience IN ('not_started', 'started', 'not_passed', 'inactive')", name=op.f("ck_campaigns_audience")
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'approved', 'started', 'cancelled', 'done')", name=op.f("ck_campaigns_status")
        ),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_campaigns_ward_id")),
        sa.ForeignKeyConstraint(
            ["neighbourhood_id"], ["neighbourhoods.id"], name=op.f("fk_campaigns_neighbourhood_id")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_campaigns_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_campaigns_member_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaigns")),
        sa.UniqueConstraint("campaign_id", name=op.f("uq_campaigns_campaign_id")),
    )
    op.create_index(op.f("ix_campaigns_member_id"), "campaigns", ["member_id"], unique=False)
    op.create_index(
        "uq_campaigns_approved",
        "campaigns",
        ["neighbourhood_id", "topic"],
        unique=True,
        sqlite_where=sa.text("status = 'approved'"),
        postgresql_where=sa.text("status = 'approved'"),
    )
    op.create_table(
        "reminders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"outcome IN ({OUTCOMES})", name=op.f("ck_reminders_outcome")),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name=op.f("fk_reminders_campaign_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name=op.f("fk_reminders_resident_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_reminders_delivery_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("campaign_id", "resident_id", name=op.f("uq_reminders_campaign_id_resident_id")),
        sa.UniqueConstraint("delivery_id", name=op.f("uq_reminders_delivery_id")),
    )
    op.create_index(op.f("ix_reminders_resident_id"), "reminders", ["resident_id"], unique=False)
    op.create_index(
        "ix_reminders_open",
        "reminders",
        ["campaign_id"],
        unique=False,
        sqlite_where=sa.text("outcome IN ('waiting', 'queued')"),
        postgresql_where=sa.text("outcome IN ('waiting', 'queued')"),
    )
