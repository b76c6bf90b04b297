"""Standings, transitions, suppressions, and the day through which each card is decided."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

STANDING_DAYS = ("renewal_day", "scored_on", "reason_written")
STANDING_NUMBERS = (
    "score_milli", "previous_milli", "delta7_milli", "delta30_milli", "mrr_minor", "reason_score_milli",
)  # fmt: skip


def upgrade() -> None:
    """Create the four tables."""
    op.create_table(
        "decided",
        sa.Column("scorecard", sa.String(120), primary_key=True),
        sa.Column("first_day", sa.Date, nullable=False),
        sa.Column("through", sa.Date, nullable=False),
        sa.Column("recipe", sa.String(80), nullable=False),
    )
    op.create_table(
        "standing",
        sa.Column("account_id", sa.Text, primary_key=True),
        sa.Column("scorecard", sa.String(120), primary_key=True),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("batch", sa.BigInteger, nullable=False),
        sa.Column("recipe", sa.String(80), nullable=False),
        sa.Column("state", sa.String(20)),
        sa.Column("status", sa.String(20), nullable=False),
        *(sa.Column(name, sa.BigInteger) for name in STANDING_NUMBERS),
        *(sa.Column(name, sa.Text) for name in ("tier", "previous_tier")),
        sa.Column("coverage_ppm", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("name", "segment", "owner", "seller", "manager")),
        *(sa.Column(name, sa.Date) for name in STANDING_DAYS),
        *(sa.Column(name, sa.Text) for name in ("reason", "reason_code", "reason_signal")),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("episodes", sa.JSON, nullable=False),
    )
    op.create_table(
        "transition",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("scorecard", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("episode", sa.Date, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        *(sa.Column(name, sa.String(20), nullable=False) for name in ("old", "new")),
        *(sa.Column(name, sa.BigInteger) for name in ("old_milli", "new_milli", "fall_milli", "mrr_minor")),
        *(sa.Column(name, sa.Text) for name in ("old_tier", "new_tier", "name", "segment", "owner", "seller")),
        sa.Column("manager", sa.Text),
        sa.Column("renewal_day", sa.Date),
        *(sa.Column(name, sa.Text) for name in ("reason", "reason_code", "reason_signal")),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("mode", sa.String(20), nullable=False),
        sa.Column("suppression", sa.Text),
        sa.UniqueConstraint("account_id", "scorecard", "kind", "episode", name="transition_once"),
    )
    op.create_index("transition_by_day", "transition", ["as_of", "scorecard"])
    op.create_table(
        "suppression",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("scope", sa.String(20), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("code", sa.Text),
        sa.Column("cause", sa.String(40), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("ended", sa.Date),
        sa.Column("written_at", sa.DateTime, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("suppression", "transition", "standing", "decided"):
        op.drop_table(table)
