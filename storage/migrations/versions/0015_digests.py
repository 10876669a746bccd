"""The week's news for members of teams; what seals the names of pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change the tables."""
    op.add_column("wards", sa.Column("key", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("members", sa.Column("digest", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_table(
        "digests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_digests_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
        sa.UniqueConstraint("member_id", "week", name=op.f("uq_digests_member_id_week")),
    )
    op.create_index(op.f("ix_digests_at"), "digests", ["at"])
