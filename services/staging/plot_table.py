"""Checked plots as Arrow tables: collected in the order of the file, then brought into the order of space."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from services.staging.draft import Draft
from services.staging.shapes import Geometries
from shared.geo.areas import geodesic_area_ha
from shared.geo.curve import hilbert_key
from shared.geo.hashing import geometry_hashes

Bounds = tuple[float, float, float, float]

_SORT: Final = [("curve_key", "ascending"), ("geometry_hash", "ascending"), ("plot_id", "ascending")]


def plot_batch(drafts: Sequence[Draft], geometries: Geometries, notes: Sequence[list[str]]) -> pa.Table:
    """Accepted plots (n of them): the staged columns but `plot_id` and `plot_no`, and what order and summary need."""
    centroid = shapely.centroid(geometries)
    is_point = shapely.get_dimensions(geometries) == 0
    declared_ha = np.array([draft.declared_area_ha for draft in drafts], dtype=np.float64)  # None becomes NaN
    area_ha = np.where(is_point, declared_ha, geodesic_area_ha(geometries))
    west, south, east, north = shapely.bounds(geometries).T
    return pa.table(
        {
            "curve_key": pa.array(hilbert_key(shapely.get_x(centroid), shapely.get_y(centroid)), pa.uint64()),
            "feature_index": pa.array([draft.feature_index for draft in drafts], pa.int32()),
            "geometry": pa.array(shapely.to_wkb(geometries, output_dimension=2, byte_order=1), pa.binary()),
            "properties": pa.array([draft.properties for draft in drafts], pa.string()),
            "area_ha": pa.array(area_ha, pa.float64(), mask=np.isnan(area_ha)),
            "is_point": pa.array(is_point, pa.bool_()),
            "geometry_hash": pa.array(geometry_hashes(geometries), pa.string()),
            "notes": pa.array(notes, pa.list_(pa.string())),
            "kind": pa.array([geometry.geom_type for geometry in geometries], pa.string()),
            "west": west,
            "south": south,
            "east": east,
            "north": north,
        }
    )


def with_ids(plots: pa.Table, ids: Sequence[str], left_out: Mapping[int, object]) -> pa.Table:
    """`plots` with a `plot_id` from `ids` by feature index, without the features that are `left_out`."""
    if left_out:
        plots = plots.filter(pc.invert(pc.is_in(plots["feature_index"], pa.array(list(left_out), pa.int32()))))
    texts = pa.array([ids[index] for index in plots["feature_index"].to_numpy()], pa.string())
    return plots.append_column("plot_id", texts)


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
    notes = Counter(note for chunk in plots["notes"].chunks for note in chunk.flatten().to_pylist())
    return Summary((west, south, east, north), sorted(pc.unique(plots["kind"]).to_pylist()), area_ha, dict(sorted(notes.items())))
