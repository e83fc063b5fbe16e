"""The first tables: users, collections, runs, tasks, plots and results."""

import sqlalchemy as sa
from alembic import op

from shared.db.geometry import PlotGeometry

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    if on_postgresql:
        op.execute("create extension if not exists postgis")
    op.create_table(
        "claims",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_claims")),
    )
    op.create_table(
        "collections",
        sa.Column("collection_id", sa.String(length=80), nullable=False),
        sa.Column("owner_id", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("order_data", sa.Text(), nullable=False),
        sa.Column("failed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("plots_total", sa.Integer(), nullable=True),
        sa.Column("plots_accepted", sa.Integer(), nullable=True),
        sa.Column("plots_rejected", sa.Integer(), nullable=True),
        sa.Column("area_ha", sa.Double(), nullable=True),
        sa.Column("chunks", sa.Text(), nullable=True),
        sa.Column("country_override", sa.Text(), nullable=True),
        sa.Column("locations_confidence", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("staged_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("collection_id", name=op.f("pk_collections")),
    )
    with op.batch_alter_table("collections", schema=None) as batch_op:
        batch_op.create_index("ix_collections_owner", ["owner_id", "created_at"], unique=False)
        batch_op.create_index(
            "uq_collections_live_name",
            ["owner_id", "name"],
            unique=True,
            sqlite_where=sa.text("not failed"),
            postgresql_where=sa.text("not failed"),
        )

    op.create_table(
        "idempotency_keys",
        sa.Column("owner_id", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("held_until", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("owner_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_table(
        "methods",
        sa.Column("stat", sa.String(length=40), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("announced_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("stat", name=op.f("pk_methods")),
    )
    op.create_table(
        "parked_messages",
        sa.Column("parked_id", sa.String(length=128), nullable=False),
        sa.Column("queue", sa.String(length=120), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("parked_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("parked_id", name=op.f("pk_parked_messages")),
    )
    op.create_table(
        "users",
        sa.Column("user_id", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("disabled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "plots",
        sa.Column("collection_id", sa.String(length=80), nullable=False),
        sa.Column("plot_no", sa.Integer(), nullable=False),
        sa.Column("plot_id", sa.Text(), nullable=False),
        sa.Column("feature_index", sa.Integer(), nullable=False),
        sa.Column("geom", PlotGeometry(), nullable=False),
        sa.Column("geojson", sa.Text(), nullable=False),
        sa.Column("properties", sa.Text(), nullable=False),
        sa.Column("area_ha", sa.Double(), nullable=True),
        sa.Column("geometry_hash", sa.String(length=64), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["collection_id"], ["collections.collection_id"], name=op.f("fk_plots_collection_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("collection_id", "plot_no", name=op.f("pk_plots")),
    )
    with op.batch_alter_table("plots", schema=None) as batch_op:
        batch_op.create_index("ix_plots_plot_id", ["collection_id", "plot_id"], unique=False)
    if on_postgresql:
        op.execute("create index ix_plots_geom on plots using gist (geom)")

    op.create_table(
        "refresh_tokens",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("user_id", sa.String(length=80), nullable=False),
        sa.Column("family", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("spent_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_refresh_tokens_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_refresh_tokens")),
    )
    with op.batch_alter_table("refresh_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refresh_tokens_family"), ["family"], unique=False)

    op.create_table(
        "rejections",
        sa.Column("collection_id", sa.String(length=80), nullable=False),
        sa.Column("feature_index", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("plot_id", sa.Text(), nullable=True),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.collection_id"], name=op.f("fk_rejections_collection_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("collection_id", "feature_index", "code", name=op.f("pk_rejections")),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(length=80), nullable=False),
        sa.Column("collection_id", sa.String(length=80), nullable=False),
        sa.Column("owner_id", sa.String(length=80), nullable=False),
        sa.Column("operation", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("stats", sa.Text(), nullable=False),
        sa.Column("window_start", sa.String(length=10), nullable=False),
        sa.Column("window_end", sa.String(length=10), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("pins", sa.Text(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("retry_of", sa.String(length=80), nullable=True),
        sa.Column("submitted_at", sa.Double(), nullable=False),
        sa.Column("planned_at", sa.Double(), nullable=True),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("announced_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["collection_id"], ["collections.collection_id"], name=op.f("fk_runs_collection_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
    )
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_runs_collection_id"), ["collection_id"], unique=False)
        batch_op.create_index("ix_runs_open", ["state", "submitted_at"], unique=False)
        batch_op.create_index("ix_runs_owner", ["owner_id", "state"], unique=False)

    op.create_table(
        "plot_results",
        sa.Column("run_id", sa.String(length=80), nullable=False),
        sa.Column("stat", sa.String(length=40), nullable=False),
        sa.Column("plot_no", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("grade", sa.String(length=24), nullable=True),
        sa.Column("area_ha", sa.Double(), nullable=True),
        sa.Column("vals", sa.Text(), nullable=True),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_plot_results_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "stat", "plot_no", name=op.f("pk_plot_results")),
    )
    op.create_table(
        "region_results",
        sa.Column("run_id", sa.String(length=80), nullable=False),
        sa.Column("stat_type", sa.String(length=20), nullable=False),
        sa.Column("region_id", sa.String(length=120), nullable=False),
        sa.Column("locations_confidence", sa.Text(), nullable=True),
        sa.Column("vals", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_region_results_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "stat_type", "region_id", name=op.f("pk_region_results")),
    )
    op.create_table(
        "run_sources",
        sa.Column("run_id", sa.String(length=80), nullable=False),
        sa.Column("layer", sa.String(length=80), nullable=False),
        sa.Column("band", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("checksum", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_run_sources_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "layer", "band", "name", name=op.f("pk_run_sources")),
    )
    op.create_table(
        "tasks",
        sa.Column("run_id", sa.String(length=80), nullable=False),
        sa.Column("stage", sa.String(length=40), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("plots", sa.Integer(), nullable=True),
        sa.Column("plots_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("plots_failed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing_since", sa.Double(), nullable=True),
        sa.Column("bell", sa.String(length=128), nullable=True),
        sa.Column("lease_until", sa.Double(), nullable=True),
        sa.Column("rings", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rung_at", sa.Double(), nullable=True),
        sa.Column("not_before", sa.Double(), nullable=True),
        sa.Column("code", sa.String(length=80), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("started_at", sa.Double(), nullable=True),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_tasks_run_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "stage", "part", name=op.f("pk_tasks")),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index("ix_tasks_state", ["run_id", "state"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.drop_index("ix_tasks_state")

    op.drop_table("tasks")
    op.drop_table("run_sources")
    op.drop_table("region_results")
    op.drop_table("plot_results")
    with op.batch_alter_table("runs", schema=None) as batch_op:
        batch_op.drop_index("ix_runs_owner")
        batch_op.drop_index("ix_runs_open")
        batch_op.drop_index(batch_op.f("ix_runs_collection_id"))

    op.drop_table("runs")
    op.drop_table("rejections")
    with op.batch_alter_table("refresh_tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_refresh_tokens_family"))

    op.drop_table("refresh_tokens")
    with op.batch_alter_table("plots", schema=None) as batch_op:
        batch_op.drop_index("ix_plots_plot_id")

    op.drop_table("plots")
    op.drop_table("users")
    op.drop_table("parked_messages")
    op.drop_table("methods")
    op.drop_table("idempotency_keys")
    with op.batch_alter_table("collections", schema=None) as batch_op:
        batch_op.drop_index("uq_collections_live_name", sqlite_where=sa.text("not failed"), postgresql_where=sa.text("not failed"))
        batch_op.drop_index("ix_collections_owner")

    op.drop_table("collections")
    op.drop_table("claims")
