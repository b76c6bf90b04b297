"""Standings of the day that has not closed; who looked at what an exception held back."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

DAYS = ("as_of", "renewal_day", "scored_on", "reason_written")
NUMBERS = (
    "batch", "score_milli", "previous_milli", "coverage_ppm", "delta7_milli", "delta30_milli", "mrr_minor",
    "reason_score_milli",
)  # fmt: skip
WORDS = (
    "recipe", "state", "status", "tier", "previous_tier", "name", "segment", "owner", "seller", "manager", "reason",
    "reason_code", "reason_signal",
)  # fmt: skip


def upgrade() -> None:
    """Create `provisionals`, with the columns of `standing`; add `reviewed` and `reviewed_by` to `suppression`."""
    op.add_column("suppression", sa.Column("reviewed", sa.Date))
    op.add_column("suppression", sa.Column("reviewed_by", sa.Text))
    op.create_table(
        "provisionals",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("scorecard", sa.String(120), primary_key=True),
        *(sa.Column(name, sa.Date) for name in DAYS),
        *(sa.Column(name, sa.BigInteger) for name in NUMBERS),
        *(sa.Column(name, sa.Text) for name in WORDS),
        sa.Column("counts", sa.JSON),
        sa.Column("by_card", sa.JSON),
        sa.Column("episodes", sa.JSON),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("provisionals")
    with op.batch_alter_table("suppression") as suppression:
        suppression.drop_column("reviewed_by")
        suppression.drop_column("reviewed")
