"""Counters beside our own: what staff saw on VNeID, and official figures."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.create_table(
        "counters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("neighbourhood_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("people >= 0", name=op.f("ck_counters_people")),
        sa.CheckConstraint("kind IN ('confirmed', 'official')", name=op.f("ck_counters_kind")),
        sa.ForeignKeyConstraint(["neighbourhood_id"], ["neighbourhoods.id"], name=op.f("fk_counters_neighbourhood_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_counters_staff_id")),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_counters_ward_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counters")),
    )
    op.create_index(op.f("ix_counters_ward_id_date"), "counters", ["ward_id", "date"], unique=False)
