"""Features as GeoParquet 1.1 (https://geoparquet.org/releases/v1.1.0/): WKB, longitude and latitude on WGS84."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from tempfile import TemporaryFile
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from cli.columns import GEOMETRY, Kind, columns_of, json_text, row_of

ROWS_AT_ONCE: Final = 5000
_TYPES: Final[dict[Kind, Any]] = {
    "empty": pa.string(),
    "bool": pa.bool_(),
    "int": pa.int64(),
    "long": pa.int64(),
    "float": pa.float64(),
    "text": pa.string(),
    "floats": pa.list_(pa.float64()),
    "json": pa.string(),
}


def write_geoparquet(lines: Iterable[bytes], out: IO[bytes]) -> int:
    """Write features, one JSON text each, and answer how many: one pass to learn the columns, one to write them."""
    with TemporaryFile() as spool:
        spool.writelines(line + b"\n" for line in lines)
        kinds = columns_of(row_of(feature) for feature in _again(spool))
        types = {feature[GEOMETRY]["type"] for feature in _again(spool) if feature[GEOMETRY] is not None}
        schema = _schema(kinds, sorted(types))
        count = 0
        with pq.ParquetWriter(out, schema, compression="zstd") as writer:
            for features in _batches(_again(spool)):
                writer.write_table(pa.table(_arrays(features, kinds), schema=schema))
                count += len(features)
    return count


def _schema(kinds: dict[str, Kind], geometry_types: list[str]) -> Any:
    column = {"encoding": "WKB", "geometry_types": geometry_types}
    geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
    fields = [pa.field(name, _TYPES[kind]) for name, kind in kinds.items()]
    return pa.schema([*fields, pa.field(GEOMETRY, pa.binary())], metadata={"geo": json_text(geo)})


def _arrays(features: list[dict[str, Any]], kinds: dict[str, Kind]) -> dict[str, Any]:
    rows = [row_of(feature) for feature in features]
    arrays = {name: pa.array([_value(kind, row.get(name)) for row in rows], _TYPES[kind]) for name, kind in kinds.items()}
    shapes = shapely.from_geojson([None if f[GEOMETRY] is None else json_text(f[GEOMETRY]) for f in features])
    return {**arrays, GEOMETRY: pa.array(shapely.to_wkb(shapes), pa.binary())}


def _value(kind: Kind, value: Any) -> Any:
    return json_text(value) if kind == "json" and value is not None else value


def _batches(features: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rest = iter(features)
    while batch := list(islice(rest, ROWS_AT_ONCE)):
        yield batch


def _again(spool: IO[bytes]) -> Iterator[dict[str, Any]]:
    spool.seek(0)
    return map(json.loads, spool)
