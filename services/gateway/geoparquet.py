"""Features as GeoParquet 1.1 (https://geoparquet.org/releases/v1.1.0/), written and sent one row group after the other."""

import io
import json
from collections.abc import Sequence
from datetime import date
from functools import cache
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from contracts.routes import RESULT_OF
from contracts.v1.results.result import Result
from contracts.v1.stats import Statistic
from services.gateway.columns import columns_of, first_years, result_columns
from services.gateway.features import Source, properties_of, provenance_bytes

GROUP_ROWS: Final = 2000
"""Rows of a row group: what is kept in memory, and written between two turns of the loop."""
GEO: Final = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}}}
OURS: Final = {"plot_no": pa.int64()}


class GeoParquet:
    """One file: our columns by the types of the result models; maps as JSON text; the user's properties in one column."""

    media_type = "application/geoparquet"
    suffix = "parquet"

    def __init__(self, stats: Sequence[Statistic]) -> None:
        self._types = {name: _types(tuple(stats)).get(name, pa.string()) for name in columns_of(stats)}
        fields = [pa.field(name, kind) for name, kind in self._types.items()]
        more = [pa.field(name, pa.string()) for name in ("properties", "provenance")]
        self._schema = pa.schema([*fields, *more, pa.field("geometry", pa.binary())], metadata={"geo": json.dumps(GEO)})
        self._sink = io.BytesIO()
        self._writer = pq.ParquetWriter(_Pipe(self._sink), self._schema, compression="zstd")
        self._columns: dict[str, list[Any]] = {name: [] for name in self._schema.names}

    def head(self) -> bytes:
        return self._drained()

    def rows(self, rows: Sequence[Any], source: Source, is_first: bool) -> bytes:
        for row in rows:
            ours = properties_of(row, source)
            for name, kind in self._types.items():
                self._columns[name].append(_cell(ours[name], kind))
            self._columns["properties"].append(row.properties)
            self._columns["provenance"].append(provenance_bytes(row, source).decode())
        self._columns["geometry"] += shapely.to_wkb(shapely.from_geojson([row.geojson for row in rows])).tolist()
        return self._written() if len(self._columns["geometry"]) >= GROUP_ROWS else b""

    def tail(self) -> bytes:
        rest = self._written()
        self._writer.close()
        return rest + self._drained()

    def _written(self) -> bytes:
        if self._columns["geometry"]:
            self._writer.write_table(pa.table(self._columns, schema=self._schema))
            self._columns = {name: [] for name in self._schema.names}
        return self._drained()

    def _drained(self) -> bytes:
        """The bytes that were written since the last time."""
        found = self._sink.getvalue()
        self._sink.seek(0)
        self._sink.truncate()
        return found


class _Pipe(io.RawIOBase):
    """A file that only grows: what is written goes to `sink`, which is emptied meanwhile; the position is that in the whole file."""

    def __init__(self, sink: io.BytesIO) -> None:
        self._sink = sink
        self._at = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def write(self, data: Any) -> int:
        written = self._sink.write(data)
        self._at += written
        return written


def _types(stats: tuple[Statistic, ...]) -> dict[str, Any]:
    """The type of each column that is not text."""
    found: dict[str, Any] = {**OURS, "reasons": pa.list_(pa.string()), "notes": pa.list_(pa.string())}
    for stat in stats:
        by_year = first_years(stat)
        kinds = _of_model(RESULT_OF[stat])
        columns = result_columns(stat, stats).items()
        found |= {column: pa.string() if name in by_year else kinds[name] for name, column in columns}
        found[f"{stat}_reasons"] = pa.list_(pa.string())
    return found


@cache
def _of_model(model: type[Result]) -> dict[str, Any]:
    return {name: _type_of(field.annotation) for name, field in model.model_fields.items()}


def _type_of(annotation: Any) -> Any:
    """The column type of a field: maps, and lists of anything but numbers and text, are JSON text."""
    scalars: dict[Any, Any] = {bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string(), date: pa.string()}
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        kinds = {_type_of(one) for one in get_args(annotation) if one is not type(None)}
        return kinds.pop() if len(kinds) == 1 else pa.string()
    if origin is Literal or origin is dict:
        return pa.string()
    if origin in (tuple, list):
        inner = _type_of(get_args(annotation)[0])
        return pa.list_(inner) if inner in (pa.float64(), pa.int64(), pa.string()) else pa.string()
    return scalars.get(annotation, pa.string())


def _cell(value: Any, kind: Any) -> Any:
    if value is None or (isinstance(value, str) and kind == pa.string()):
        return value
    return orjson.dumps(value).decode() if kind == pa.string() else value
