"""Find the geometry of a Parquet file, its encoding and its reference system, from `geo` metadata or from the schema itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
import pyarrow.parquet as pq

from services.staging.crs import ToWgs84, to_wgs84
from services.staging.faults import FileRefused
from services.staging.rules import Rules

NATIVE: Final = ("point", "polygon", "multipolygon")
"""Encodings of GeoParquet 1.1 that can hold plots, beside WKB."""
_VERSIONS: Final = ("1.", "2.")
_WGS84_SRID: Final = 4326
_LOGICAL: Final = frozenset({"GEOMETRY", "GEOGRAPHY", "Geometry", "Geography"})


@dataclass(frozen=True, slots=True)
class GeoColumn:
    """The geometry column of a file."""

    name: str
    encoding: str
    """`WKB` or one of `NATIVE`."""
    crs: ToWgs84 | None
    not_properties: frozenset[str]
    """This and all other geometry columns, and boxes that only repeat what the geometry says."""

    @property
    def srid(self) -> int | None:
        """EPSG code of the file, which a geometry may repeat."""
        return self.crs.epsg if self.crs else _WGS84_SRID


def geo_column(schema: pq.ParquetSchema, metadata: Mapping[bytes, bytes], rules: Rules, notes: set[str]) -> GeoColumn:
    """The primary geometry column by the `geo` metadata, else the only column of a geometry type.

    Raises `FileRefused` (`geoparquet_metadata`, `crs_not_supported`).
    """
    native = _native_columns(schema, metadata)
    if b"geo" in metadata:
        found = _declared(metadata[b"geo"], schema, native, rules, notes)
    elif len(native) == 1:
        name, crs = next(iter(native.items()))
        found = GeoColumn(name, "WKB", _way(crs, rules, notes), frozenset(native))
    elif native:
        raise FileRefused("geoparquet_metadata", reason=f"it has several geometry columns and none is primary: {', '.join(native)}")
    else:
        raise FileRefused("geoparquet_metadata", reason="it has neither geo metadata nor a column of a geometry type")
    return found


def _declared(text: bytes, schema: pq.ParquetSchema, native: Mapping[str, Any], rules: Rules, notes: set[str]) -> GeoColumn:
    try:
        geo = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise FileRefused("geoparquet_metadata", reason=f"the geo metadata is no JSON: {error.msg}") from error
    name, columns, version = (geo.get(key) if isinstance(geo, dict) else None for key in ("primary_column", "columns", "version"))
    column = columns.get(name) if isinstance(columns, dict) and isinstance(name, str) else None
    if not isinstance(columns, dict) or not isinstance(column, dict) or not isinstance(version, str):
        raise FileRefused("geoparquet_metadata", reason="the geo metadata lacks version, primary_column or its entry in columns")
    if not version.startswith(_VERSIONS):
        raise FileRefused("geoparquet_metadata", reason=f"version {version} is not read")
    if name not in {path.partition(".")[0] for path in (schema.column(i).path for i in range(len(schema)))}:
        raise FileRefused("geoparquet_metadata", reason=f"the primary column {name} does not exist")
    encoding = column.get("encoding")
    if encoding not in ("WKB", *NATIVE):
        raise FileRefused("geoparquet_metadata", reason=f"the encoding {encoding} is none of WKB, {', '.join(NATIVE)}")
    others = frozenset(key for key in columns if isinstance(key, str)) | frozenset(native)
    if len(others) > 1:
        notes.add("geometry_column_dropped")
    return GeoColumn(str(name), str(encoding), _crs(column, native.get(str(name), ""), rules, notes), others | _boxes(columns))


def _crs(column: Mapping[str, Any], native: Any, rules: Rules, notes: set[str]) -> ToWgs84 | None:
    """A missing `crs` means WGS84, null means unknown (GeoParquet 1.1, `crs`)."""
    return _way(column.get("crs", native), rules, notes)


def _way(crs: Any, rules: Rules, notes: set[str]) -> ToWgs84 | None:
    if crs is None:
        if rules.assume_crs is None:
            raise FileRefused("geoparquet_metadata", reason="its crs is null, which means unknown")
        return to_wgs84(rules.assume_crs)
    if rules.assume_crs is not None:
        notes.add("assume_crs_unused")
    return None if crs == "" else to_wgs84(crs)


def _boxes(columns: Mapping[str, Any]) -> frozenset[str]:
    """Columns that `covering` names: the bounds of each geometry, wrong once it is reprojected."""
    found = set()
    for column in columns.values():
        covering = column.get("covering") if isinstance(column, dict) else None
        box = covering.get("bbox") if isinstance(covering, dict) else None
        for path in box.values() if isinstance(box, dict) else ():
            if isinstance(path, list) and len(path) == 2 and isinstance(path[0], str):
                found.add(path[0])
    return frozenset(found)


def _native_columns(schema: pq.ParquetSchema, metadata: Mapping[bytes, bytes]) -> dict[str, Any]:
    """Columns of a geometry type of Parquet itself, with their system: a name or PROJJSON, empty for WGS84, None for unknown."""
    found = {}
    for column in (schema.column(i) for i in range(len(schema))):
        kind = orjson.loads(column.logical_type.to_json())
        if kind.get("Type") in _LOGICAL and "." not in column.path:
            found[column.path] = _named(str(kind.get("crs") or ""), metadata)
    return found


def _named(crs: str, metadata: Mapping[bytes, bytes]) -> Any:
    """What the `crs` of a Parquet type means: `srid:5070`, `projjson:key` of the file's metadata, or the system itself."""
    form, _, value = crs.partition(":")
    if form == "srid":
        return None if value == "0" else f"EPSG:{value}"
    return metadata.get(value.encode(), b"none").decode(errors="replace") if form == "projjson" else crs
