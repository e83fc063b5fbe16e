"""Two made-up river basins with their water stress, as a GeoParquet file in the columns of Aqueduct 4.0."""

import json
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

_DIVIDE: Final = ((0.012, 6.1), (0.021, 6.58), (-0.008, 6.64), (0.017, 6.71), (0.009, 6.79), (0.02, 7.3))
"""The watershed, from the south: it runs through the region."""
_WEST_DEG, _EAST_DEG = -0.9, 0.9
BASINS: Final[tuple[dict[str, Any], ...]] = (
    {"pfaf_id": 990011, "bws_raw": 0.17, "bws_score": 1.7655, "bws_cat": 1.0, "bws_label": "Low - Medium (10-20%)",
     "bwd_raw": 0.06, "iav_raw": 0.24, "sev_raw": 0.55},
    {"pfaf_id": 990012, "bws_raw": 0.55, "bws_score": 3.4594, "bws_cat": 3.0, "bws_label": "High (40-80%)",
     "bwd_raw": 0.31, "iav_raw": 0.41, "sev_raw": 0.72},
)  # fmt: skip
"""The western and the eastern; the codes are of no real basin."""


def outlines() -> tuple[shapely.Polygon, shapely.Polygon]:
    """The western and the eastern basin."""
    south, north = _DIVIDE[0][1], _DIVIDE[-1][1]
    west = shapely.Polygon([*_DIVIDE, (_WEST_DEG, north), (_WEST_DEG, south)])
    return west, shapely.Polygon([*_DIVIDE, (_EAST_DEG, north), (_EAST_DEG, south)])


def write_basins(layers: Path) -> None:
    """Write `aqueduct40/baseline_annual.parquet` under `layers`."""
    folder = layers / "aqueduct40"
    folder.mkdir(parents=True, exist_ok=True)
    columns = {name: [basin[name] for basin in BASINS] for name in BASINS[0]}
    table = pa.table(columns | {"geometry": [shapely.to_wkb(shapely.orient_polygons(outline)) for outline in outlines()]})
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Polygon"]}}}
    notes = {"geo": json.dumps(geo), "SYNTHETIC": "yes", "description": "SYNTHETIC demo data of Plotproof: shows no real place"}
    pq.write_table(table.replace_schema_metadata(notes), folder / "baseline_annual.parquet")
