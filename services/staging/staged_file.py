"""Write the GeoParquet file of a collection: plots in the order of space, a row group for each chunk."""

from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from services.staging.ahead import ahead
from services.staging.plot_table import Summary
from shared.staged import COLUMNS

_PACKED_BADLY: Final = frozenset({"geometry", "geometry_hash"})
_COMPRESSION: Final = {field.name: "none" if field.name in _PACKED_BADLY else "lz4" for field in COLUMNS}
"""Coordinates and hashes hardly shrink, and would take a quarter of the time of writing."""
_CHUNKS_A_WRITE: Final = 40
"""Row groups that are brought into order in memory at once."""


def write_plots(plots: pa.Table, order: NDArray[np.intp], about: Summary, destination: Path, chunk_plots: int) -> list[int]:
    """Write the plots at `order` to `destination`, whole or not at all; answers the number of plots in each row group.

    Small row groups, compressed lightly, statistics only where somebody filters.
    """
    schema = pa.schema(COLUMNS).with_metadata({"geo": orjson.dumps(_geo(about)).decode()})
    part = destination.with_name(destination.name + ".part")
    step = chunk_plots * _CHUNKS_A_WRITE
    plots = plots.select([name for name in schema.names if name != "plot_no"])
    try:
        with pq.ParquetWriter(part, schema, compression=_COMPRESSION, use_dictionary=False, write_statistics=["plot_no"]) as writer:
            for rows in ahead(lambda start: _ordered(plots, order[start : start + step], start, schema), range(0, len(order), step)):
                writer.write_table(rows, row_group_size=chunk_plots)
        part.replace(destination)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    return [min(chunk_plots, len(order) - start) for start in range(0, len(order), chunk_plots)]


def _ordered(plots: pa.Table, positions: NDArray[np.intp], first: int, schema: pa.Schema) -> pa.Table:
    rows = plots.take(pa.array(positions))
    plot_no = pa.array(np.arange(first, first + len(positions)), pa.int32())
    return pa.Table.from_arrays([plot_no if name == "plot_no" else rows[name] for name in schema.names], schema=schema)


def _geo(about: Summary) -> dict[str, Any]:
    """GeoParquet 1.1 metadata. No `crs`: that means longitude and latitude on WGS84 (null would mean unknown)."""
    column = {"encoding": "WKB", "geometry_types": about.kinds, "bbox": about.bounds, "orientation": "counterclockwise"}
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
