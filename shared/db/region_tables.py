"""Tables of reference regions and of runs as a whole; each comment names the table's single writer."""

from sqlalchemy import Boolean, Column, Double, ForeignKey, Integer, PrimaryKeyConstraint, String, Table, Text

from shared.db.tables import Id, Time, metadata

region_values = Table(
    "region_values",  # stat workers: what a statistic finds in windows of a region, once for all runs that need it
    metadata,
    Column("stat", String(40), nullable=False),
    Column("region_id", String(200), nullable=False),
    Column("method_version", String(40), nullable=False),
    Column("basis", String(64), nullable=False),
    Column("window_start", String(10), nullable=False),
    Column("window_end", String(10), nullable=False),
    Column("size_ha", Double, nullable=False),
    Column("vals", Text, nullable=False),
    Column("sources", Text, nullable=False),
    Column("computed_at", Time, nullable=False),
    PrimaryKeyConstraint("stat", "region_id", "method_version", "basis", "window_start", "window_end", "size_ha"),
)

run_regions = Table(
    "run_regions",  # tracker: the regions that a run's plots lie in, by the part of their tasks
    metadata,
    Column("run_id", Id, ForeignKey("runs.run_id", ondelete="CASCADE"), nullable=False),
    Column("part", Integer, nullable=False),
    Column("stat_type", String(20), nullable=False),
    Column("region_id", String(200), nullable=False),
    Column("facts", Text, nullable=False),
    PrimaryKeyConstraint("run_id", "part"),
)

plot_regions = Table(
    "plot_regions",  # tracker: the region of each plot of a run, of each kind; `cover` by the stat workers
    metadata,
    Column("run_id", Id, ForeignKey("runs.run_id", ondelete="CASCADE"), nullable=False),
    Column("stat_type", String(20), nullable=False),
    Column("plot_no", Integer, nullable=False),
    Column("part", Integer, nullable=False),
    Column("fraction", Double),
    Column("by_overlap", Boolean, nullable=False),
    Column("cover", Integer),
    PrimaryKeyConstraint("run_id", "stat_type", "plot_no"),
)

whole_values = Table(
    "whole_values",  # stat workers: what a statistic finds of all plots of a run together
    metadata,
    Column("run_id", Id, ForeignKey("runs.run_id", ondelete="CASCADE"), nullable=False),
    Column("stat", String(40), nullable=False),
    Column("vals", Text, nullable=False),
    PrimaryKeyConstraint("run_id", "stat"),
)
