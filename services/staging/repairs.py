"""The record of what was mended: for each plot the rules, its area before and after, and both outlines."""

from pathlib import Path
from typing import Final

import numpy as np
import orjson
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from services.staging.columns import Columns
from services.staging.crs import reproject
from services.staging.shapes import Judged
from shared.geo.areas import geodesic_area_ha

RULES: Final = frozenset({"ring_closed", "repeated_vertices_removed", "collection_unwrapped", "geometry_repaired"})
"""Mendings of an outline. Heights that are dropped and winding that is turned change no outline on the ground."""


def repairs_of(columns: Columns, judged: Judged, first: int) -> pa.Table | None:
    """The mended ones among the good plots of a slice whose first feature is number `first` of the file; None when there is none.

    An outline is given as it was read, in longitude and latitude: an open ring is closed there, as WKB knows no other.
    """
    rules = {row: sorted(RULES.intersection(notes)) for row, notes in judged.notes.items() if row not in judged.faults}
    rows = np.array(sorted(row for row, applied in rules.items() if applied), dtype=np.intp)
    if not len(rows):
        return None
    before, after = columns.geometry[rows], judged.geometries[rows]
    if columns.crs is not None:
        before, _ = reproject(shapely.force_2d(before), columns.crs)
    return pa.table(
        {
            "feature_index": pa.array(first + rows, pa.int32()),
            "rules": pa.array([rules[row] for row in rows.tolist()], pa.list_(pa.string())),
            "area_before_ha": geodesic_area_ha(before),
            "area_after_ha": geodesic_area_ha(after),
            "before": pa.array(shapely.to_wkb(before, byte_order=1), pa.binary()),
            "after": pa.array(shapely.to_wkb(after, byte_order=1), pa.binary()),
        }
    )


def write_repairs(repairs: list[pa.Table], ids: pa.Array, left_out: NDArray[np.bool_], path: Path) -> None:
    """Write one JSON object a line for each mended plot that is not `left_out` (by feature index).

    Geometries are WKB in hexadecimal, areas geodesic on WGS84.
    """
    with path.open("wb") as file:
        for table in repairs:
            for row in table.to_pylist():
                if left_out[row["feature_index"]]:
                    continue
                named = {"feature_index": row["feature_index"], "plot_id": ids[row["feature_index"]].as_py()}
                named |= {name: row[name] for name in ("rules", "area_before_ha", "area_after_ha")}
                named |= {f"geometry_{name}_wkb": row[name].hex() for name in ("before", "after")}
                file.write(orjson.dumps(named, option=orjson.OPT_APPEND_NEWLINE))
