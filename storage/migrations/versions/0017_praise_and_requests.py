"""Who may be named in praise; requests about data taken in at the office, with their clocks."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.add_column("names", sa.Column("praise_version", sa.Text(), nullable=True))
    op.add_column("names", sa.Column("praise_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("data_requests", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ward_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("staff_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("outcome", sa.Text(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_data_requests_ward_id"), "wards", ["ward_id"], ["id"])
        batch_op.create_foreign_key(
            op.f("fk_data_requests_staff_id"), "staff", ["staff_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_check_constraint(op.f("ck_data_requests_kind"), "kind IN ('see', 'erase')")
        batch_op.create_check_constraint(
            op.f("ck_data_requests_outcome"), "outcome IN ('given', 'erased', 'not_found', 'withdrawn')"
        )
        batch_op.create_index(op.f("ix_data_requests_staff_id"), ["staff_id"], unique=False)
        batch_op.create_index(
            "ix_data_requests_open",
            ["ward_id"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )
