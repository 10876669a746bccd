"""Neighbourhoods that are merged, split or renamed; every count of adults that held once."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables; the counts of now are the first ones known."""
    with op.batch_alter_table("neighbourhoods") as batch:
        batch.add_column(sa.Column("ended_on", sa.Date(), nullable=True))
        batch.add_column(sa.Column("successor_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_neighbourhoods_successor_id"), "neighbourhoods", ["successor_id"], ["id"]
        )
    op.create_table(
        "place_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("neighbourhood_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('renamed', 'merged', 'split')", name=op.f("ck_place_changes_kind")),
        sa.ForeignKeyConstraint(
            ["neighbourhood_id"], ["neighbourhoods.id"], name=op.f("fk_place_changes_neighbourhood_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_place_changes_staff_id")),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_place_changes_ward_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_changes")),
    )
    op.create_table(
        "adult_counts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("neighbourhood_id", sa.Integer(), nullable=False),
        sa.Column("adults", sa.Integer(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["neighbourhood_id"], ["neighbourhoods.id"], name=op.f("fk_adult_counts_neighbourhood_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adult_counts")),
    )
    op.create_index(op.f("ix_adult_counts_neighbourhood_id"), "adult_counts", ["neighbourhood_id"], unique=False)
    op.execute(
        "INSERT INTO adult_counts (neighbourhood_id, adults, source, date)"
        " SELECT id, adults, coalesce(adults_source, ''), adults_date FROM neighbourhoods WHERE adults IS NOT NULL"
    )
