"""Which alert tells a transition that leads none of its own, and when what was told was over."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

# Until here rows told with others were those of the account and day that told them. Of several alerts of a day the one
# that was written in the same moment, then the one that was told at once, then the oldest.
RANKS = """CASE {row}.kind WHEN 'at_risk' THEN 0 WHEN 'renewal_at_risk' THEN 1 WHEN 'poor_for_weeks' THEN 2
    WHEN 'risk_flag' THEN 3 WHEN 'drop' THEN 4 END"""
LEADING = f"""SELECT lead.id FROM alert AS lead
    WHERE lead.scorecard = alert.scorecard AND lead.account_id = alert.account_id AND lead.as_of = alert.as_of
      AND lead.told IN ('alert', 'digest') AND {RANKS.format(row="lead")} < {RANKS.format(row="alert")}"""
FIRST = "ORDER BY lead.told, lead.id LIMIT 1"
TOLD_WITH = f"""UPDATE alert SET told_with = coalesce(
    ({LEADING} AND lead.told_at = alert.told_at {FIRST}), ({LEADING} {FIRST})
) WHERE told = 'together'"""
TOLD = "UPDATE alert SET told = (SELECT lead.told FROM alert AS lead WHERE lead.id = alert.told_with) WHERE told_with IS NOT NULL"


def upgrade() -> None:
    """Add both, with an index; what was told with others refers to its alert, and says how that was told."""
    op.add_column("alert", sa.Column("told_with", sa.Integer))
    op.add_column("alert", sa.Column("ended_at", sa.DateTime))
    op.create_index("alert_by_lead", "alert", ["told_with"])
    op.execute(TOLD_WITH)
    op.execute(TOLD)


def downgrade() -> None:
    """Drop the index and both columns."""
    op.execute("UPDATE alert SET told = 'together' WHERE told_with IS NOT NULL")
    op.drop_index("alert_by_lead", "alert")
    with op.batch_alter_table("alert") as table:
        table.drop_column("ended_at")
        table.drop_column("told_with")
