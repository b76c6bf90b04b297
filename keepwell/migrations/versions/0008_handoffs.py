"""Handoffs from sales to customer success, and the day through which they are decided."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create `handoffs` and `handoffs_decided`."""
    op.create_table(
        "handoffs_decided",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("through", sa.Date, nullable=False),
    )
    op.create_table(
        "handoffs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("because", sa.String(20), nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("silent", sa.Boolean, nullable=False),
        sa.Column("track", sa.String(20)),
        sa.Column("step", sa.String(12), nullable=False),
        sa.Column("by", sa.Text),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_on", sa.Date),
        *(sa.Column(name, sa.Text) for name in ("name", "segment", "owner", "seller", "manager")),
        *(sa.Column(name, sa.BigInteger) for name in ("mrr_minor", "score_milli", "decline_milli")),
        *(sa.Column(name, sa.Date) for name in ("renewal_day", "owner_on", "kickoff_on", "first_login_on")),
        *(sa.Column(name, sa.Date) for name in ("declined_on", "lost_on", "ended_on")),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("missing", "marks", "told")),
        sa.Column("baseline", sa.JSON),
        sa.UniqueConstraint("account_id", "since", name="one_handoff"),
    )
    op.create_index("handoffs_by_end", "handoffs", ["ended_on"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("handoffs")
    op.drop_table("handoffs_decided")
