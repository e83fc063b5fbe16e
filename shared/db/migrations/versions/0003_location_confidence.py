"""How far locations can be trusted: of plots and of collections, with reasons and the counts of warnings."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLLECTION = ("confidence_reason", "skip_reason", "warnings")


def upgrade() -> None:
    for name in COLLECTION:
        op.add_column("collections", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("plots", sa.Column("locations_confidence", sa.String(length=8), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("plots") as batch_op:
        batch_op.drop_column("locations_confidence")
    with op.batch_alter_table("collections") as batch_op:
        for name in COLLECTION:
            batch_op.drop_column(name)
