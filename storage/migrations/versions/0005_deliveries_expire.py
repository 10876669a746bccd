"""Deliveries expire: when a message is of no use any more, it is not sent."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the time."""
    op.add_column("deliveries", sa.Column("expires_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Remove the time."""
    op.drop_column("deliveries", "expires_at")
