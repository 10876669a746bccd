"""How many messages a platform took for a delivery."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was sent until now counts as one message."""
    op.add_column("deliveries", sa.Column("messages", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.execute("UPDATE deliveries SET messages = 1 WHERE status = 'sent'")
