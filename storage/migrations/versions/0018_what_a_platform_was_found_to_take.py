"""What a platform account was found to take: its API for messages, and what its package pays for."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("tokens", sa.Column("send_api", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column("tokens", sa.Column("package_left", sa.Integer()))
    op.add_column("tokens", sa.Column("package_total", sa.Integer()))
    op.add_column("tokens", sa.Column("package_at", sa.DateTime(timezone=True)))
