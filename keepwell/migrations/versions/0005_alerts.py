"""Alerts and what people did about them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create `alert`."""
    op.create_table(
        "alert",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("scorecard", sa.String(120), nullable=False),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("episode", sa.Date, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("due", sa.Date, nullable=False),
        sa.Column("owner", sa.Text),
        sa.Column("told", sa.String(10), nullable=False),
        sa.Column("handling", sa.String(12), nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("until", sa.Date),
        sa.Column("note", sa.Text, nullable=False),
        sa.UniqueConstraint("scorecard", "account_id", "kind", "episode", name="one_alert"),
    )
    op.create_index("alert_by_day", "alert", ["as_of"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("alert")
