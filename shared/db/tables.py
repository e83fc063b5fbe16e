"""Every table of the system; each comment names the table's single writer."""

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    false,
)

from shared.db.geometry import PlotGeometry

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = String(80)
Time = Double
"""Times are seconds since 1970 by the database's clock."""

users = Table(
    "users",  # gateway
    metadata,
    Column("user_id", Id, primary_key=True),
    Column("email", String(320), nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("disabled", Boolean, nullable=False, server_default=false()),
    Column("created_at", Time, nullable=False),
)

refresh_tokens = Table(
    "refresh_tokens",  # gateway
    metadata,
    Column("token_sha256", String(64), primary_key=True),
    Column("user_id", Id, ForeignKey("users.user_id", ondelete="CASCADE"), nullable=False),
    Column("family", Id, nullable=False, index=True),
    Column("expires_at", Time, nullable=False),
    Column("spent_at", Time),
)

idempotency_keys = Table(
    "idempotency_keys",  # gateway
    metadata,
    Column("owner_id", Id, nullable=False),
    Column("key", String(200), nullable=False),
    Column("digest", String(64)),
    Column("status", Integer),
    Column("answer", Text),
    Column("held_until", Time, nullable=False),
    Column("created_at", Time, nullable=False),
    PrimaryKeyConstraint("owner_id", "key"),
)

collections = Table(
    "collections",  # inserted by ensure(order): gateway or staging; counts set by staging
    metadata,
    Column("collection_id", Id, primary_key=True),
    Column("owner_id", Id, nullable=False),
    Column("name", String(200), nullable=False),
    Column("description", Text),
    Column("order_data", Text, nullable=False),
    Column("failed", Boolean, nullable=False, server_default=false()),
    Column("plots_total", Integer),
    Column("plots_accepted", Integer),
    Column("plots_rejected", Integer),
    Column("area_ha", Double),
    Column("chunks", Text),
    Column("country", String(8)),
    Column("country_override", Text),
    Column("locations_confidence", Text),
    Column("confidence_reason", Text),
    Column("skip_reason", Text),
    Column("warnings", Text),
    Column("created_at", Time, nullable=False),
    Column("staged_at", Time),
)
Index(
    "uq_collections_live_name",
    collections.c.owner_id,
    collections.c.name,
    unique=True,
    sqlite_where=~collections.c.failed,
    postgresql_where=~collections.c.failed,
)
Index("ix_collections_owner", collections.c.owner_id, collections.c.created_at)

runs = Table(
    "runs",  # creator as collections; the tracker pins and ends
    metadata,
    Column("run_id", Id, primary_key=True),
    Column("collection_id", Id, ForeignKey("collections.collection_id", ondelete="CASCADE"), nullable=False, index=True),
    Column("owner_id", Id, nullable=False),
    Column("operation", String(40), nullable=False),
    Column("state", String(12), nullable=False),
    Column("stats", Text, nullable=False),
    Column("window_start", String(10), nullable=False),
    Column("window_end", String(10), nullable=False),
    Column("parameters", Text, nullable=False),
    Column("pins", Text),
    Column("problem", Text),
    Column("retry_of", Id),
    Column("submitted_at", Time, nullable=False),
    Column("planned_at", Time),
    Column("ended_at", Time),
    Column("announced_at", Time),
)
Index("ix_runs_open", runs.c.state, runs.c.submitted_at)
Index("ix_runs_owner", runs.c.owner_id, runs.c.state)

tasks = Table(
    "tasks",  # created by whoever first rings for it; ended by the holder of its lease
    metadata,
    Column("run_id", Id, ForeignKey("runs.run_id", ondelete="CASCADE"), nullable=False),
    Column("stage", String(40), nullable=False),
    Column("part", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("plots", Integer),
    Column("plots_done", Integer, nullable=False, server_default="0"),
    Column("plots_failed", Integer, nullable=False, server_default="0"),
    Column("attempt", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", Time),
    Column("bell", String(128)),
    Column("lease_until", Time),
    Column("rings", Integer, nullable=False, server_default="0"),
    Column("rung_at", Time),
    Column("not_before", Time),
    Column("code", String(80)),
    Column("message", Text),
    Column("started_at", Time),
    Column("finished_at", Time),
    PrimaryKeyConstraint("run_id", "stage", "part"),
)
Index("ix_tasks_state", tasks.c.run_id, tasks.c.state)

plots = Table(
    "plots",  # uploader
    metadata,
    Column("collection_id", Id, ForeignKey("collections.collection_id", ondelete="CASCADE"), nullable=False),
    Column("plot_no", Integer, nullable=False),
    Column("plot_id", Text, nullable=False),
    Column("feature_index", Integer, nullable=False),
    Column("geom", PlotGeometry(), nullable=False),
    Column("geojson", Text, nullable=False),
    Column("properties", Text, nullable=False),
    Column("area_ha", Double),
    Column("geometry_hash", String(64), nullable=False),
    Column("notes", Text, nullable=False),
    Column("country", String(8)),
    Column("locations_confidence", String(8)),
    PrimaryKeyConstraint("collection_id", "plot_no"),
)
Index("ix_plots_plot_id", plots.c.collection_id, plots.c.plot_id)

rejections = Table(
    "rejections",  # staging
    metadata,
    Column("collection_id", Id, ForeignKey("collections.collection_id", ondelete="CASCADE"), nullable=False),
    Column("feature_index", Integer, nullable=False),
    Column("code", String(80), nullable=False),
    Column("plot_id", Text),
    Column("severity", String(10), nullable=False),
    Column("message", Text, nullable=False),
    PrimaryKeyConstraint("collection_id", "feature_index", "code"),
)

plot_results = Table(
    "plot_results",  # stat workers
    metadata,
    Column("run_id", Id, ForeignKey("runs.run_id", ondelete="CASCADE"), nullable=False),
    Column("stat", String(40), nullable=False),
    Column("plot_no", Integer, nullable=False),
    Column("state", String(12), nullable=False),
    Column("grade", String(24)),
    Column("area_ha", Double),
    Column("vals", Text),
    Column("reasons", Text, nullable=False),
    PrimaryKeyConstraint("run_id", "stat", "plot_no"),
)

region_results = Table(
    "region_results",  # tracker
    metadata,
    Column("run_id", Id, ForeignKey("runs.run_id", ondelete="CASCADE"), nullable=False),
    Column("stat_type", String(20), nullable=False),
    Column("region_id", String(120), nullable=False),
    Column("locations_confidence", Text),
    Column("vals", Text, nullable=False),
    PrimaryKeyConstraint("run_id", "stat_type", "region_id"),
)

methods = Table(
    "methods",  # stat workers: what the newest worker of each statistic computes with
    metadata,
    Column("stat", String(40), primary_key=True),
    Column("manifest", Text, nullable=False),
    Column("announced_at", Time, nullable=False),
)

run_sources = Table(
    "run_sources",  # stat workers: every file that a run's numbers were read from
    metadata,
    Column("run_id", Id, ForeignKey("runs.run_id", ondelete="CASCADE"), nullable=False),
    Column("layer", String(80), nullable=False),
    Column("band", String(80), nullable=False),
    Column("name", String(300), nullable=False),
    Column("version", String(80), nullable=False),
    Column("checksum", String(200), nullable=False),
    PrimaryKeyConstraint("run_id", "layer", "band", "name"),
)

parked_messages = Table(
    "parked_messages",  # tracker
    metadata,
    Column("parked_id", String(128), primary_key=True),
    Column("queue", String(120), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("headers", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("parked_at", Time, nullable=False),
)

claims = Table(
    "claims",  # tracker: who may sweep now
    metadata,
    Column("name", String(40), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("until", Time, nullable=False),
)
