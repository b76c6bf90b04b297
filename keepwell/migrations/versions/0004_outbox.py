"""Messages that are to leave the house, and how their addresses are doing."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create `outbox` and `outbox_gate`."""
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("channel", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("thread", sa.Text, nullable=False),
        sa.Column("message", sa.JSON, nullable=False),
        sa.Column("fate", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("written_at", sa.DateTime, nullable=False),
        sa.Column("since", sa.DateTime, nullable=False),
        sa.Column("due_at", sa.DateTime, nullable=False),
        sa.Column("done_at", sa.DateTime),
        sa.Column("reference", sa.Text),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("outbox_by_fate", "outbox", ["fate", "id"])
    op.create_index("outbox_by_thread", "outbox", ["thread", "kind"])
    op.create_table(
        "outbox_gate",
        sa.Column("kind", sa.String(20), primary_key=True),
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("not_before", sa.DateTime),
        sa.Column("free_at", sa.DateTime),
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("outbox_gate")
    op.drop_table("outbox")
