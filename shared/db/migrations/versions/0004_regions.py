"""Reference regions: which a run needs, which its plots lie in, and what is known of each."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "region_values",
        sa.Column("stat", sa.String(length=40), nullable=False),
        sa.Column("region_id", sa.String(length=200), nullable=False),
        sa.Column("method_version", sa.String(length=40), nullable=False),
        sa.Column("basis", sa.String(length=64), nullable=False),
        sa.Column("window_start", sa.String(length=10), nullable=False),
        sa.Column("window_end", sa.String(length=10), nullable=False),
        sa.Column("size_ha", sa.Double(), nullable=False),
        sa.Column("vals", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("computed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint(
            "stat",
            "region_id",
            "method_version",
            "basis",
            "window_start",
            "window_end",
            "size_ha",
            name=op.f("pk_region_values"),
        ),
    )
    op.create_table(
        "run_regions",
        sa.Column("run_id", sa.String(length=80), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("stat_type", sa.String(length=20), nullable=False),
        sa.Column("region_id", sa.String(length=200), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_run_regions_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "part", name=op.f("pk_run_regions")),
    )
    op.create_table(
        "plot_regions",
        sa.Column("run_id", sa.String(length=80), nullable=False),
        sa.Column("stat_type", sa.String(length=20), nullable=False),
        sa.Column("plot_no", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("fraction", sa.Double(), nullable=True),
        sa.Column("by_overlap", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_plot_regions_run_id_runs"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "stat_type", "plot_no", name=op.f("pk_plot_regions")),
    )


def downgrade() -> None:
    for table in ("plot_regions", "run_regions", "region_values"):
        op.drop_table(table)
