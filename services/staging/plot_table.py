"""Checked plots as Arrow tables: collected in the order of the file, then brought into the order of space."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray
from shapely import GeometryType

from services.staging.columns import Columns
from services.staging.shapes import Judged
from shared.geo.areas import geodesic_area_ha
from shared.geo.curve import hilbert_key
from shared.geo.hashing import geometry_hashes

Bounds = tuple[float, float, float, float]

_KINDS: Final = {GeometryType.POINT: "Point", GeometryType.POLYGON: "Polygon", GeometryType.MULTIPOLYGON: "MultiPolygon"}
_SORT: Final = [("curve_key", "ascending"), ("geometry_hash", "ascending"), ("plot_id", "ascending")]


def plot_batch(columns: Columns, judged: Judged, first: int) -> pa.Table | None:
    """The good plots of a slice whose first feature is number `first` of the file, as the staged columns but `plot_id` and
    `plot_no`, with what order and summary need; None when no plot is good."""
    rows = judged.good()
    if not len(rows):
        return None
    geometries = judged.geometries[rows]
    centroid = shapely.centroid(geometries)
    is_point = shapely.get_dimensions(geometries) == 0
    area_ha = np.where(is_point, columns.declared_area_ha[rows], geodesic_area_ha(geometries))
    west, south, east, north = shapely.bounds(geometries).T
    return pa.table(
        {
            "curve_key": pa.array(hilbert_key(shapely.get_x(centroid), shapely.get_y(centroid)), pa.uint64()),
            "feature_index": pa.array(first + rows, pa.int32()),
            "geometry": pa.array(shapely.to_wkb(geometries, output_dimension=2, byte_order=1), pa.binary()),
            "properties": columns.properties.take(pa.array(rows)),
            "area_ha": pa.array(area_ha, pa.float64(), mask=np.isnan(area_ha)),
            "is_point": pa.array(is_point, pa.bool_()),
            "geometry_hash": pa.array(geometry_hashes(geometries), pa.string()),
            "notes": pa.array([sorted(judged.notes.get(row, ())) for row in rows.tolist()], pa.list_(pa.string())),
            "decimals": _decimals(columns)[rows],
            "type_id": pa.array(shapely.get_type_id(geometries), pa.int8()),
            "west": west,
            "south": south,
            "east": east,
            "north": north,
        }
    )


def _decimals(columns: Columns) -> NDArray[np.int8]:
    """Decimals of degrees; unknown (-1) where the coordinates were no degrees."""
    unknown = np.full(len(columns), -1, dtype=np.int8)
    return unknown if columns.decimals is None or columns.crs is not None else columns.decimals


def joined(batches: list[pa.Table]) -> pa.Table:
    """All of `batches` (at least one) as one table of whole columns; empties the list, so that no more than a column is there twice."""
    names = batches[0].column_names
    chunks = {name: [chunk for batch in batches for chunk in batch[name].chunks] for name in names}
    batches.clear()
    columns = {}
    for name in names:
        columns[name] = pa.concat_arrays(chunks.pop(name))
        pa.default_memory_pool().release_unused()  # else it keeps what the slices took: a third of all memory for a million plots
    return pa.table(columns)


def with_ids(plots: pa.Table, ids: pa.Array, left_out: Collection[int]) -> pa.Table:
    """`plots` with a `plot_id` from `ids` by feature index, without the features that are `left_out`."""
    if left_out:
        plots = plots.filter(pc.invert(pc.is_in(plots["feature_index"], pa.array(list(left_out), pa.int32()))))
    return plots.append_column("plot_id", ids.take(plots["feature_index"].combine_chunks()))


def space_order(plots: pa.Table) -> pa.Array:
    """Positions that sort `plots` by curve key, geometry hash and plot id, so that the order of the file never matters."""
    return pc.sort_indices(plots, sort_keys=_SORT)


@dataclass(frozen=True, slots=True)
class Summary:
    """All plots of a table together."""

    bounds: Bounds
    """West, south, east, north in degrees."""
    kinds: list[str]
    """Geometry types, sorted."""
    area_ha: float
    """Sum over polygons and over points that declare an area."""
    notes: dict[str, int]
    """Plots by note."""


def summary(plots: pa.Table, order: pa.Array) -> Summary:
    """Bounds, types, area and notes of `plots`, of which there is at least one; summed in `order`, so that input order changes no bit."""
    west, south = (pc.min(plots[name]).as_py() for name in ("west", "south"))
    east, north = (pc.max(plots[name]).as_py() for name in ("east", "north"))
    area_ha = float(np.nansum(plots["area_ha"].to_numpy()[order.to_numpy()]))
    notes = {count["values"]: count["counts"] for count in pc.value_counts(pc.list_flatten(plots["notes"])).to_pylist()}
    kinds = sorted(_KINDS[kind] for kind in pc.unique(plots["type_id"]).to_pylist())
    return Summary((west, south, east, north), kinds, area_ha, dict(sorted(notes.items())))
