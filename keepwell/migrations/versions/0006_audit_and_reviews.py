"""The audit log, which the database refuses to change, the review queue, and what scores were granted."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

SAID = "the audit log is append-only"
SQLITE = (
    f"CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, '{SAID}'); END",
    f"CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, '{SAID}'); END",
    f"CREATE TRIGGER audit_head_delete BEFORE DELETE ON audit_head BEGIN SELECT RAISE(ABORT, '{SAID}'); END",
    f"""CREATE TRIGGER audit_head_back BEFORE UPDATE ON audit_head WHEN new.number < old.number
        BEGIN SELECT RAISE(ABORT, '{SAID}'); END""",
)
POSTGRESQL = (
    f"""CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{SAID}'; END $$""",
    """CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION audit_stays()""",
    """CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON audit_head
        FOR EACH STATEMENT EXECUTE FUNCTION audit_stays()""",
    """CREATE TRIGGER audit_head_back BEFORE UPDATE ON audit_head FOR EACH ROW
        WHEN (new.number < old.number) EXECUTE FUNCTION audit_stays()""",
)


def upgrade() -> None:
    """Create `audit`, its head, `reviews` and `grants`."""
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("author", "act", "subject", "details")),
        sa.Column("account_id", sa.Text),
        *(sa.Column(name, sa.String(64), nullable=False) for name in ("before", "hash")),
    )
    op.create_index("audit_by_account", "audit", ["account_id"])
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "number": 0, "hash": "0" * 64}])
    for statement in POSTGRESQL if op.get_bind().dialect.name == "postgresql" else SQLITE:
        op.execute(statement)
    op.create_table(
        "reviews",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.Text, nullable=False, unique=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "account_id", "title", "body", "asked")),
        *(sa.Column(name, sa.Text) for name in ("scorecard", "draft", "by", "text")),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("fate", "reason")),
        sa.Column("due", sa.Date),
        sa.Column("until", sa.Date),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("decided_at", sa.DateTime),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("reviews_by_fate", "reviews", ["fate"])
    op.create_table(
        "grants",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("scorecard", "segment", "level", "by", "reason")),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("ended_at", sa.DateTime),
    )
    open_one = sa.text("ended_at IS NULL")
    columns = ["scorecard", "segment"]
    op.create_index("one_grant", "grants", columns, unique=True, sqlite_where=open_one, postgresql_where=open_one)


def downgrade() -> None:
    """Drop them."""
    for table in ("grants", "reviews", "audit_head", "audit"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_stays()")
