"""The country of collections and plots."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("collections", "plots"):
        op.add_column(table, sa.Column("country", sa.String(length=8), nullable=True))


def downgrade() -> None:
    for table in ("plots", "collections"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("country")
