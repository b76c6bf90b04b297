"""What to do next about a transition, and by which play."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the two columns; what was told before has neither."""
    op.add_column("transition", sa.Column("next_step", sa.Text))
    op.add_column("transition", sa.Column("play", sa.Text))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("transition") as table:
        table.drop_column("play")
        table.drop_column("next_step")
