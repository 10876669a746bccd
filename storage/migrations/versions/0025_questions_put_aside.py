"""When a question nobody could answer was put aside."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column: until now such questions were deleted."""
    op.add_column("unanswered", sa.Column("aside_at", sa.DateTime(timezone=True), nullable=True))
