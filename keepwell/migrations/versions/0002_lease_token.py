"""The write lock belongs to one write of one process, not to a process number."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add `token` and `started` to `lease`."""
    op.add_column("lease", sa.Column("started", sa.String(80)))
    op.add_column("lease", sa.Column("token", sa.String(32)))


def downgrade() -> None:
    """Drop both columns."""
    with op.batch_alter_table("lease") as lease:
        lease.drop_column("token")
        lease.drop_column("started")
