"""Read a polygon layer's GeoParquet file: the columns that the catalogue names, slice by slice, checked against it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import CRSError

from shared.errors import Unavailable
from shared.vectors.catalogue import ColumnSpec, VectorLayer
from shared.vectors.mending import mended

SLICE: Final = 1000
"""Features that are decoded at once."""
ENCODING: Final = "layer_encoding"
_BROKEN: Final = (pa.ArrowException, shapely.errors.ShapelyError, UnicodeDecodeError, ValueError)
_ARROW: Final = {"integer": pa.int64(), "number": pa.float64(), "text": pa.string()}


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a file (n of them), in its order."""

    geometry: NDArray[np.object_]
    """[n] valid polygons and multipolygons, longitude and latitude on WGS84."""
    columns: dict[str, NDArray[Any]]
    """By name, [n]: int64, float64 with nan for null, or str and None."""
    mended: int
    """Geometries that had to be changed to be valid and within +-180 degrees."""


def read_features(path: Path, layer: VectorLayer, limit_bytes: int) -> Features:
    """The features of a layer's file.

    What the file declares of its size is held against `limit_bytes` before anything is decoded; then one slice at a time is held
    beside the features themselves. Raises Unavailable: `layer_unavailable` when the file does not read, `layer_encoding`
    when it does not hold what the catalogue says, `layer_too_large`.
    """
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            geometry = _geometry_column(file)
            names = [*layer.columns, geometry]
            if missing := sorted(set(names) - set(file.schema_arrow.names)):
                raise ValueError(f"has no column {', '.join(missing)}")
            _judge_size(file.metadata, names, layer, limit_bytes)
            return _features(file, layer.columns, geometry)
    except OSError as error:  # before the others: pyarrow's own read errors are OSErrors too
        raise Unavailable(f"the file of {layer.id} does not read: {error}", code="layer_unavailable") from error
    except _BROKEN as error:
        raise Unavailable(f"the file of {layer.id} {str(error).partition(chr(10))[0]}", code=ENCODING) from error


def _features(file: pq.ParquetFile, specs: dict[str, ColumnSpec], geometry: str) -> Features:
    shapes: list[NDArray[np.object_]] = [np.empty(0, dtype=object)]
    columns: dict[str, list[NDArray[Any]]] = {name: [_values(pa.array([], _ARROW[spec.kind]), spec)] for name, spec in specs.items()}
    changed = 0
    for batch in file.iter_batches(SLICE, columns=[*specs, geometry], use_threads=False):
        made = mended(shapely.from_wkb(np.array(batch.column(geometry).to_pylist(), dtype=object)))
        shapes.append(made.geometry)
        changed += made.changed
        for name, spec in specs.items():
            columns[name].append(_values(batch.column(name), spec, name))
    return Features(np.concatenate(shapes), {name: np.concatenate(parts) for name, parts in columns.items()}, changed)


def _values(column: pa.Array, spec: ColumnSpec, name: str = "") -> NDArray[Any]:
    """The column in the type of its kind; raises ValueError, ArrowInvalid."""
    if isinstance(column, pa.DictionaryArray):
        column = column.dictionary_decode()
    textual = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    if textual != (spec.kind == "text"):
        raise ValueError(f"holds {column.type} in the column {name}, where {spec.kind} is wanted")
    if spec.kind == "integer" and column.null_count:
        raise ValueError(f"has no value in some rows of the column {name}")
    cast = pc.cast(column, _ARROW[spec.kind])
    return np.array(cast.to_pylist(), dtype=object) if spec.kind == "text" else cast.to_numpy(zero_copy_only=False)


def _geometry_column(file: pq.ParquetFile) -> str:
    """The primary geometry column by the file's `geo` metadata; raises ValueError unless it is WKB on WGS84."""
    text = (file.metadata.metadata or {}).get(b"geo")
    geo = orjson.loads(text) if text else {}
    name = geo.get("primary_column") if isinstance(geo, dict) else None
    column = geo["columns"].get(name) if name and isinstance(geo.get("columns"), dict) else None
    if not isinstance(name, str) or not isinstance(column, dict):
        raise ValueError("has no geo metadata that names a geometry column (GeoParquet 1.0 or 1.1)")
    if column.get("encoding") != "WKB":
        raise ValueError(f"holds geometries as {column.get('encoding')}, where WKB is wanted")
    if "crs" in column and not _is_wgs84(column["crs"]):  # GeoParquet: no crs means longitude and latitude on WGS84
        raise ValueError("is not in longitude and latitude on WGS84 (EPSG:4326)")
    return name


def _is_wgs84(crs: Any) -> bool:
    try:
        return crs is not None and CRS.from_user_input(crs).equals(CRS.from_epsg(4326), ignore_axis_order=True)
    except CRSError:
        return False


def _judge_size(metadata: pq.FileMetaData, names: list[str], layer: VectorLayer, limit_bytes: int) -> None:
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    columns = [group.column(index) for group in groups for index in range(group.num_columns)]
    decoded_bytes = sum(column.total_uncompressed_size for column in columns if column.path_in_schema in names)
    if decoded_bytes > limit_bytes:
        detail = f"the file of {layer.id} holds {decoded_bytes >> 20} MiB: cut it to your region, or raise POLYGON_LAYER_MIB"
        raise Unavailable(detail, code="layer_too_large")
