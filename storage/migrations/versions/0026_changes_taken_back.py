"""What a change of neighbourhoods moved, so that it can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

MOVED = {
    "resident_id": "residents",
    "member_id": "members",
    "class_id": "classes",
    "help_request_id": "help_requests",
    "local_warning_id": "local_warnings",
    "campaign_id": "campaigns",
}


def upgrade() -> None:
    """Change the tables; of what was changed before, it is known at least which neighbourhoods it touched."""
    with op.batch_alter_table("place_changes") as batch:
        batch.add_column(sa.Column("at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("places", sa.Text(), nullable=False, server_default=sa.text("''")))
        batch.add_column(sa.Column("adult_count_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("undone_by", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_place_changes_adult_count_id"), "adult_counts", ["adult_count_id"], ["id"])
        batch.create_foreign_key(op.f("fk_place_changes_undone_by"), "staff", ["undone_by"], ["id"])
    op.execute(
        "UPDATE place_changes SET places = CAST(neighbourhood_id AS TEXT) || coalesce("
        "(SELECT ' ' || CAST(n.successor_id AS TEXT) FROM neighbourhoods n"
        " WHERE n.id = place_changes.neighbourhood_id AND place_changes.kind = 'merged'), '')"
    )
    op.create_table(
        "place_moves",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("place_change_id", sa.Integer(), nullable=False),
        *(sa.Column(column, sa.Integer(), nullable=True) for column in MOVED),
        sa.Column("before", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["place_change_id"], ["place_changes.id"], name=op.f("fk_place_moves_place_change_id")
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_place_moves_{column}"), ondelete="CASCADE")
            for column, table in MOVED.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_moves")),
    )
    for column in ("place_change_id", *MOVED):
        op.create_index(op.f(f"ix_place_moves_{column}"), "place_moves", [column], unique=False)
