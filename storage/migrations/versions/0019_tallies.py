"""Attainments and tallies, and what the office found of a completion."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

VALID = sa.text("verdict IS NULL OR verdict <> 'rejected'")


def upgrade() -> None:
    """Change the tables."""
    with op.batch_alter_table("completions") as batch:
        batch.add_column(sa.Column("verdict", sa.Text(), nullable=True))
        batch.create_check_constraint(op.f("ck_completions_verdict"), "verdict IN ('verified', 'rejected')")
        batch.drop_constraint(op.f("uq_completions_resident_id_topic_grade"), type_="unique")
    op.create_index(
        "uq_completions_valid",
        "completions",
        ["resident_id", "topic", "grade"],
        unique=True,
        sqlite_where=VALID,
        postgresql_where=VALID,
    )
    op.create_index(op.f("ix_completions_resident_id_topic"), "completions", ["resident_id", "topic"], unique=False)
    op.create_table(
        "core_topics",
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_core_topics_ward_id")),
        sa.PrimaryKeyConstraint("ward_id", "topic", name=op.f("pk_core_topics")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "attainments",
        sa.Column("resident_id", sa.Integer(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("covered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["resident_id"], ["residents.id"], name=op.f("fk_attainments_resident_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("resident_id", "skill", name=op.f("pk_attainments")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tallies",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ward_id", sa.Integer(), nullable=False),
        sa.Column("neighbourhood_id", sa.Integer(), nullable=True),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("age_band", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text("0"))
            for name in ("joined", "started", "learned", "covered", "observed")
        ),
        sa.ForeignKeyConstraint(["neighbourhood_id"], ["neighbourhoods.id"], name=op.f("fk_tallies_neighbourhood_id")),
        sa.ForeignKeyConstraint(["ward_id"], ["wards.id"], name=op.f("fk_tallies_ward_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tallies")),
    )
    op.create_index(
        op.f("ix_tallies_ward_id_skill_day_age_band"), "tallies", ["ward_id", "skill", "day", "age_band"], unique=False
    )
