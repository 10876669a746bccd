"""Campaigns of the office: for several neighbourhoods, in series, with some residents held out."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

AUDIENCES = "'not_started', 'started', 'not_passed', 'inactive', 'refresh_due'"
STATUSES = "'draft', 'approved', 'started', 'cancelled', 'done', 'reached'"
OUTCOMES = (
    "'waiting', 'queued', 'sent', 'failed', 'gone', 'unsure', 'expired', 'cancelled', 'done', 'not_agreed', 'often', "
    "'needs_other_channel', 'shown', 'held_out'"
)


def upgrade() -> None:
    """Change the tables."""
    with op.batch_alter_table("campaigns") as batch:
        batch.add_column(sa.Column("places", sa.Text(), nullable=False, server_default=sa.text("''")))
        batch.add_column(sa.Column("number", sa.Integer(), nullable=False, server_default=sa.text("0")))
        batch.add_column(sa.Column("weekly_until", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("until_percent", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("held_out_percent", sa.Integer(), nullable=False, server_default=sa.text("0")))
        batch.drop_constraint(op.f("uq_campaigns_campaign_id"), type_="unique")
        batch.create_unique_constraint(op.f("uq_campaigns_campaign_id_number"), ["campaign_id", "number"])
        batch.drop_constraint(op.f("ck_campaigns_audience"), type_="check")
        batch.create_check_constraint(op.f("ck_campaigns_audience"), f"audience IN ({AUDIENCES})")
        batch.drop_constraint(op.f("ck_campaigns_status"), type_="check")
        batch.create_check_constraint(op.f("ck_campaigns_status"), f"status IN ({STATUSES})")
    op.execute("UPDATE campaigns SET number = 1 WHERE campaign_id IS NOT NULL")
    op.create_index(op.f("ix_campaigns_ward_id"), "campaigns", ["ward_id"])
    op.create_index(
        "uq_campaigns_draft",
        "campaigns",
        ["member_id", "topic"],
        unique=True,
        sqlite_where=sa.text("status = 'draft'"),
        postgresql_where=sa.text("status = 'draft'"),
    )
    with op.batch_alter_table("reminders") as batch:
        batch.drop_constraint(op.f("ck_reminders_outcome"), type_="check")
        batch.create_check_constraint(op.f("ck_reminders_outcome"), f"outcome IN ({OUTCOMES})")
    op.drop_index("ix_reminders_open", "reminders")
    op.create_index(op.f("ix_reminders_campaign_id_outcome"), "reminders", ["campaign_id", "outcome"])
    op.create_index(
        "ix_reminders_parked",
        "reminders",
        ["resident_id"],
        sqlite_where=sa.text("outcome = 'needs_other_channel'"),
        postgresql_where=sa.text("outcome = 'needs_other_channel'"),
    )
