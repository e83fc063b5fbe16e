"""Small polygon layers as GeoParquet files, written as an operator's tools write them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from shared.vectors.catalogue import vector_layer_of
from shared.vectors.opening import Polygons

FILLING = {"integer": 7, "number": 0.5, "text": "x"}


def write_layer(
    path: Path,
    layer_id: str,
    geometries: Sequence[Any],
    columns: Mapping[str, Sequence[Any]] | None = None,
    geo: dict[str, Any] | None = None,
    without: Sequence[str] = (),
) -> Path:
    """A file of the layer: the columns given, the others of the catalogue filled, those of `without` left out."""
    given = columns or {}
    specs = vector_layer_of(layer_id).columns
    values = {name: given.get(name, [FILLING[spec.kind]] * len(geometries)) for name, spec in specs.items() if name not in without}
    column = {"encoding": "WKB", "geometry_types": [], "crs": CRS.from_epsg(4326).to_json_dict()} | (geo or {})
    metadata = {"geo": json.dumps({"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}})}
    wkb = [geometry if isinstance(geometry, bytes | None) else shapely.to_wkb(geometry) for geometry in geometries]
    table = pa.table(
        {**{name: pa.array(each) for name, each in values.items()}, "geometry": pa.array(wkb, pa.binary()), "ours": [1] * len(wkb)}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.replace_schema_metadata(metadata), path)
    return path


def polygons_of(folder: Path, layer_id: str, geometries: Sequence[Any], columns: Mapping[str, Sequence[Any]] | None = None) -> Polygons:
    """The layers of a folder that holds this one."""
    spec = vector_layer_of(layer_id)
    write_layer(folder / layer_id / spec.file.format(version="2026-09"), layer_id, geometries, columns)
    return Polygons(folder)


def array(*geometries: shapely.Geometry) -> NDArray[np.object_]:
    """The geometries as shape [n]."""
    return np.array(geometries, dtype=object)
