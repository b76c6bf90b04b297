"""Overrides and verdicts; what the card alone says beside a set score; when somebody acted on an alert."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create `overrides` and `verdicts`, and add columns."""
    op.create_table(
        "overrides",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("scorecard", sa.String(120), nullable=False),
        sa.Column("score_milli", sa.BigInteger),
        sa.Column("tier", sa.Text),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("reason", "author")),
        *(sa.Column(name, sa.Date, nullable=False) for name in ("since", "until")),
        sa.Column("ended", sa.Date),
        sa.Column("model_milli", sa.BigInteger),
        sa.Column("model_tier", sa.Text),
        *(sa.Column(name, sa.Boolean) for name in ("at_risk", "model_at_risk")),
        sa.Column("written_at", sa.DateTime, nullable=False),
    )
    op.create_index("overrides_by_account", "overrides", ["scorecard", "account_id"])
    op.create_table(
        "verdicts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("alert", sa.Integer),
        sa.Column("account_id", sa.Text, nullable=False),
        sa.Column("scorecard", sa.String(120), nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("cause", sa.String(20)),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("score_milli", sa.BigInteger),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("note", "author")),
        sa.Column("written_at", sa.DateTime, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("change", "ref", "settled_by")),
        sa.Column("settled_at", sa.DateTime),
    )
    op.create_index("verdicts_by_alert", "verdicts", ["alert"])
    op.add_column("standing", sa.Column("by_card", sa.JSON))
    for column in (sa.Column("override", sa.Text), sa.Column("model_tier", sa.Text)):
        op.add_column("transition", column)
    op.add_column("transition", sa.Column("model_milli", sa.BigInteger))
    for name in ("told_at", "acted_at", "done_at"):
        op.add_column("alert", sa.Column(name, sa.DateTime))


def downgrade() -> None:
    """Drop them."""
    for name in ("told_at", "acted_at", "done_at"):
        op.drop_column("alert", name)
    for name in ("override", "model_tier", "model_milli"):
        op.drop_column("transition", name)
    op.drop_column("standing", "by_card")
    for table in ("verdicts", "overrides"):
        op.drop_table(table)
