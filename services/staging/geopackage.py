"""Read the one layer of a GeoPackage by SQLite alone: read-only, one table, no view, no other file."""

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from services.staging.columns import Columns
from services.staging.crs import ToWgs84, to_wgs84
from services.staging.faults import FileRefused, PlotFault
from services.staging.layers import chosen_layer
from services.staging.rows import Wkb, columns_of_rows
from services.staging.rules import SLICE, Rules

_ALLOWED: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})
_LAYERS: Final = (
    "SELECT g.table_name, g.column_name, g.srs_id FROM gpkg_contents c, gpkg_geometry_columns g"
    " WHERE c.table_name = g.table_name COLLATE NOCASE AND c.data_type = 'features' ORDER BY 1"
)
_TABLE: Final = "SELECT type, sql FROM sqlite_master WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')"
_SYSTEM: Final = "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?"
_UNDEFINED_SRS: Final = frozenset({0, -1})
_HEAD_BYTES: Final = 8
_ENVELOPE_BYTES: Final = (0, 32, 48, 48, 64)
"""By the code in bits 1 to 3 of the flags (GeoPackage 1.3, clause 2.1.3)."""


@dataclass(frozen=True, slots=True)
class _Layer:
    table: str
    geometry: str
    srs_id: int


def read_geopackage(path: Path, rules: Rules, notes: set[str]) -> Iterator[Columns]:
    """The features of the one layer, in the order of the table; raises `FileRefused`.

    Adds notes about the whole file to `notes`.
    """
    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as database:
            database.execute("PRAGMA trusted_schema = OFF")
            database.execute("PRAGMA cell_size_check = ON")
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, rules.limits.max_feature_bytes)
            database.set_authorizer(_authorised)
            layer = _only_layer(database, rules.layer)
            yield from _features(database, layer, rules, _crs(database, layer, rules, notes))
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise FileRefused("geopackage_malformed", reason=str(error)) from error


def _authorised(action: int, *_what: Any) -> int:
    """Reading rows, and nothing else: no function, no other database, no pragma."""
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _only_layer(database: sqlite3.Connection, wanted: str | None) -> _Layer:
    layers = {row[0]: _Layer(*row) for row in database.execute(_LAYERS)}
    if not layers:
        raise FileRefused("no_features", total=0)
    layer = layers[chosen_layer(list(layers), wanted)]
    kind, sql = database.execute(_TABLE, (layer.table,)).fetchone() or ("", "")
    if kind != "table" or sql.split()[:2] != ["CREATE", "TABLE"]:  # as SQLite itself writes it
        raise FileRefused("geopackage_malformed", reason=f"the layer {layer.table} is no table")
    return layer


def _crs(database: sqlite3.Connection, layer: _Layer, rules: Rules, notes: set[str]) -> ToWgs84 | None:
    if layer.srs_id in _UNDEFINED_SRS:
        if rules.assume_crs is None:
            raise FileRefused("crs_unknown", part=f"the layer {layer.table} names none")
        return to_wgs84(rules.assume_crs)
    if rules.assume_crs is not None:
        notes.add("assume_crs_unused")
    found = database.execute(_SYSTEM, (layer.srs_id,)).fetchone()
    if found is None:
        raise FileRefused("geopackage_malformed", reason=f"the layer {layer.table} names a reference system that the file does not define")
    organisation, code, definition = found
    return to_wgs84(f"EPSG:{code}" if str(organisation).upper() == "EPSG" else str(definition))


def _features(database: sqlite3.Connection, layer: _Layer, rules: Rules, crs: ToWgs84 | None) -> Iterator[Columns]:
    rows = database.execute(f'SELECT * FROM "{layer.table.replace(chr(34), chr(34) * 2)}"')  # noqa: S608 - quoted as SQL says
    names = [column[0] for column in rows.description]
    if layer.geometry not in names:
        raise FileRefused("geopackage_malformed", reason=f"the layer {layer.table} has no column {layer.geometry}")
    total = 0
    while some := rows.fetchmany(SLICE):
        total += len(some)
        if total > rules.limits.max_plots:
            raise FileRefused("too_many_features", limit=rules.limits.max_plots)
        records = [dict(zip(names, row, strict=True)) for row in some]
        wkb = [_wkb(record.pop(layer.geometry), layer.srs_id) for record in records]
        yield columns_of_rows(wkb, records, rules, crs)


def _wkb(value: Any, srs_id: int) -> Wkb:
    """The WKB inside a geometry of a GeoPackage, None when there is none."""
    if value is None:
        return None
    if not isinstance(value, bytes) or value[:2] != b"GP" or len(value) < _HEAD_BYTES:
        return PlotFault("malformed_geometry", reason="it is no GeoPackage geometry")
    flags = value[3]
    envelope = (flags >> 1) & 0x7
    own: int = struct.unpack("<i" if flags & 1 else ">i", value[4:_HEAD_BYTES])[0]
    if envelope >= len(_ENVELOPE_BYTES) or flags & 0x20:
        return PlotFault("malformed_geometry", reason="its GeoPackage header is of an unknown kind")
    if own not in _UNDEFINED_SRS and own != srs_id:
        return PlotFault("malformed_geometry", reason=f"it names the reference system {own}, its layer {srs_id}")
    return value[_HEAD_BYTES + _ENVELOPE_BYTES[envelope] :]
