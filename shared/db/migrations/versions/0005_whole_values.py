"""What statistics find of all plots of a run together."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "whole_values",
        sa.Column("run_id", sa.String(length=80), nullable=False),
        sa.Column("stat", sa.String(length=40), nullable=False),
        sa.Column("vals", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_whole_values_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "stat", name=op.f("pk_whole_values")),
    )


def downgrade() -> None:
    op.drop_table("whole_values")
