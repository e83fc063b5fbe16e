"""Writers of the same plots in every format, to the byte the same each time, that take wrong geometries as they are."""

import json
import sqlite3
import struct
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from typing import Any
from xml.sax.saxutils import quoteattr

import pyarrow as pa

from tests.services.staging import pack
from tests.services.staging.corpus.geometries import Geometry, kml, positions, wkb, wkt
from tests.services.staging.formats import geo, parquet

Plot = tuple[Geometry, Mapping[str, Any]]
"""A geometry and its properties."""
WGS84_PRJ = (
    'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]'
)
_TEXT_BYTES = 40
"""Width of a column of a .dbf."""


def _features(plots: Sequence[Plot]) -> list[dict[str, Any]]:
    return [{"type": "Feature", "properties": dict(properties), "geometry": geometry} for geometry, properties in plots]


def geojson(plots: Sequence[Plot], **members: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", **members, "features": _features(plots)}).encode()


def ndjson(plots: Sequence[Plot]) -> bytes:
    return "".join(json.dumps(feature) + "\n" for feature in _features(plots)).encode()


def table(plots: Sequence[Plot]) -> list[list[str]]:
    """A header and a row for each plot; every plot has the properties of the first."""
    names = list(plots[0][1]) if plots else ["plotid"]
    return [["wkt", *names], *([wkt(geometry), *(str(properties[name]) for name in names)] for geometry, properties in plots)]


def csv(plots: Sequence[Plot]) -> bytes:
    return "".join(",".join('"{}"'.format(cell.replace('"', '""')) for cell in row) + "\n" for row in table(plots)).encode()


def xlsx(plots: Sequence[Plot]) -> bytes:
    return pack.workbook(pack.cells(*table(plots)))


def kml_document(plots: Sequence[Plot]) -> bytes:
    def data(properties: Mapping[str, Any]) -> str:
        values = (f"<Data name={quoteattr(name)}><value>{value}</value></Data>" for name, value in properties.items())
        return f"<ExtendedData>{''.join(values)}</ExtendedData>"

    return pack.kml(*(pack.placemark(kml(geometry), data(properties)) for geometry, properties in plots))


def kmz(plots: Sequence[Plot]) -> bytes:
    return pack.zipped({"doc.kml": kml_document(plots)})


def geoparquet(plots: Sequence[Plot]) -> bytes:
    names = list(plots[0][1]) if plots else []
    columns = {name: pa.array([str(properties[name]) for _, properties in plots]) for name in names}
    outlines = pa.array([None if geometry is None else wkb(geometry) for geometry, _ in plots], pa.binary())
    return parquet(pa.table({"geometry": outlines, **columns}), geo())


def geopackage(plots: Sequence[Plot], *statements: str, layers: Sequence[str] = ("plots",)) -> bytes:
    """`statements` are executed at the end; each of `layers` holds all plots."""
    names = list(plots[0][1]) if plots else ["plotid"]
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(
            "PRAGMA application_id = 0x47504B47; PRAGMA user_version = 10300;"
            "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,"
            " organization_coordsys_id INTEGER, definition TEXT, description TEXT);"
            "CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT, srs_id INTEGER);"
            "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER, z, m);"
            "INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, 'undefined', NULL);"
        )
        for layer in layers:
            columns = ", ".join(f'"{name}" TEXT' for name in names)
            database.execute(f'CREATE TABLE "{layer}" (fid INTEGER PRIMARY KEY, geom BLOB, {columns})')
            database.execute("INSERT INTO gpkg_contents VALUES (?, 'features', ?, 4326)", (layer, layer))
            database.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'GEOMETRY', 4326, 0, 0)", (layer,))
            marks = ", ".join("?" * (len(names) + 2))
            rows = (
                [number, None if geometry is None else b"GP\x00\x01" + struct.pack("<i", 4326) + wkb(geometry)]
                + [str(properties[name]) for name in names]
                for number, (geometry, properties) in enumerate(plots, start=1)
            )
            database.executemany(f'INSERT INTO "{layer}" VALUES ({marks})', rows)
        for statement in statements:
            database.execute(statement)
        database.commit()
        return bytes(database.serialize())


def shapefile(plots: Sequence[Plot], name: str = "plots", prj: str | None = WGS84_PRJ) -> dict[str, bytes]:
    """The files of a shapefile by name; every geometry is of the kind of the first that there is."""
    records = [_shape(geometry) for geometry, _ in plots]
    kind = next((struct.unpack("<i", record[:4])[0] for record in records if len(record) > 4), 5)
    body, index, at = b"", b"", 100
    for number, record in enumerate(records, start=1):
        body += struct.pack(">ii", number, len(record) // 2) + record
        index += struct.pack(">ii", at // 2, len(record) // 2)
        at += 8 + len(record)
    everywhere = [each for geometry, _ in plots if geometry is not None for each in positions(geometry)] or [[0.0, 0.0]]
    head = struct.pack("<ii", 1000, kind) + _bounds(everywhere) + bytes(32)
    files = {
        f"{name}{suffix}": struct.pack(">i20xi", 9994, (100 + len(content)) // 2) + head + content
        for suffix, content in ((".shp", body), (".shx", index))
    }
    return files | {f"{name}.dbf": _dbf(plots), f"{name}.cpg": b"UTF-8"} | ({} if prj is None else {f"{name}.prj": prj.encode()})


def _shape(geometry: Geometry) -> bytes:
    if geometry is None:
        return struct.pack("<i", 0)
    z = any(len(each) > 2 for each in positions(geometry))
    if geometry["type"] == "Point":
        return struct.pack("<i", 11 if z else 1) + struct.pack("<2d", *geometry["coordinates"][:2]) + (bytes(16) if z else b"")
    if geometry["type"] == "LineString":
        parts = [geometry["coordinates"]]
    else:  # rings of a polygon run the other way round than in GeoJSON
        polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        parts = [ring[::-1] for rings in polygons for ring in rings]
    every = [each for part in parts for each in part]
    starts = [sum(map(len, parts[:number])) for number in range(len(parts))]
    kind = (3 if geometry["type"] == "LineString" else 5) + (10 if z else 0)
    head = struct.pack("<i", kind) + _bounds(every or [[0.0, 0.0]]) + struct.pack("<ii", len(parts), len(every))
    plane = struct.pack(f"<{len(starts)}i", *starts) + b"".join(struct.pack("<2d", *each[:2]) for each in every)
    heights = struct.pack(f"<{len(every) + 2}d", *[7.0] * (len(every) + 2)) if z else b""
    return head + plane + heights


def _bounds(every: Sequence[Sequence[float]]) -> bytes:
    return struct.pack("<4d", *(pick(each[axis] for each in every) for pick in (min, max) for axis in (0, 1)))


def _dbf(plots: Sequence[Plot]) -> bytes:
    names = list(plots[0][1]) if plots else ["plotid"]
    fields = b"".join(name.encode().ljust(11, b"\0") + b"C" + bytes(4) + bytes([_TEXT_BYTES, 0]) + bytes(14) for name in names)
    rows = b"".join(
        b" " + b"".join(str(properties[name]).encode().ljust(_TEXT_BYTES)[:_TEXT_BYTES] for name in names) for _, properties in plots
    )
    width = 1 + _TEXT_BYTES * len(names)
    return struct.pack("<4BIHH20x", 3, 120, 1, 1, len(plots), 33 + len(fields), width) + fields + b"\r" + rows + b"\x1a"


def zipped_shapefile(plots: Sequence[Plot]) -> bytes:
    return pack.zipped(shapefile(plots))


WRITERS: Mapping[str, Callable[[Sequence[Plot]], bytes]] = {
    "geojson": geojson,
    "ndjson": ndjson,
    "csv": csv,
    "xlsx": xlsx,
    "shapefile": zipped_shapefile,
    "geoparquet": geoparquet,
    "geopackage": geopackage,
    "kml": kml_document,
    "kmz": kmz,
}
"""By the names of `FORMATS`."""
