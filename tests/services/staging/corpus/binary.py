"""Rows of GeoParquet, GeoPackage and KML: what describes the geometry is missing, wrong or contradicts itself."""

import struct
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pyarrow as pa

from tests.services.staging.corpus.case import Case, Kept, Outcome, Refused, no_usable_plot
from tests.services.staging.corpus.geometries import kml, square, wkb
from tests.services.staging.corpus.writers import geopackage, geoparquet, kml_document
from tests.services.staging.formats import geo, parquet
from tests.services.staging.pack import placemark

ONE = [(square(), {"plotid": "A"})]
WKB = wkb(square())
UNDESCRIBED, BROKEN_PARQUET = Refused(422, "geoparquet_metadata"), Refused(400, "parquet_malformed")
BOMB_ROWS = 50
MIB = 1 << 20


def table(geometry: Any = None, **columns: Any) -> pa.Table:
    return pa.table({"geometry": pa.array([WKB], pa.binary()) if geometry is None else geometry, **columns})


def dictionary_bomb() -> bytes:
    """One text of 20 MiB, named by every row: the footer tells only of the one."""
    text = pa.DictionaryArray.from_arrays(pa.array([0] * BOMB_ROWS, pa.int32()), pa.array(["x" * 20 * MIB]))
    return parquet(table(pa.array([WKB] * BOMB_ROWS, pa.binary()), text=text), geo(), compression="zstd")


def page_lengths() -> bytes:
    """The lengths of the texts in a page say more than the page holds."""
    body = parquet(table(name=pa.array(["abcdefgh"])), geo(), use_dictionary=False, compression="none")
    at = body.index(struct.pack("<I", 8) + b"abcdefgh")
    return body[:at] + struct.pack("<I", 0x7FFFFFFF) + body[at + 4 :]


GEOPARQUET: dict[str, tuple[bytes, Outcome]] = {
    "GeoParquet without geo metadata": (parquet(table()), UNDESCRIBED),
    "GeoParquet: geo is no JSON": (parquet(table(), "{"), UNDESCRIBED),
    "GeoParquet: geo is a list": (parquet(table(), []), UNDESCRIBED),
    "GeoParquet: version 0.4": (parquet(table(), geo("0.4.0")), UNDESCRIBED),
    "GeoParquet: no such column": (parquet(table(), geo(column="shape")), UNDESCRIBED),
    "GeoParquet: other encoding": (parquet(table(), geo(encoding="WKT")), UNDESCRIBED),
    "GeoParquet: WKT in the place of WKB": (parquet(table(pa.array(["POINT (1 2)"])), geo()), UNDESCRIBED),
    "GeoParquet: crs null": (parquet(table(), geo(crs=None)), UNDESCRIBED),
    "GeoParquet: crs is nonsense": (parquet(table(), geo(crs={"type": "x"})), Refused(422, "crs_not_supported")),
    "GeoParquet: crs is an address": (parquet(table(), geo(crs="http://127.0.0.1:9/crs")), Refused(422, "crs_not_supported")),
    "malformed parquet: only its ends": (b"PAR1" + bytes(60) + b"PAR1", BROKEN_PARQUET),
    "malformed parquet: a page": (geoparquet(ONE)[:20] + b"\xff" * 40 + geoparquet(ONE)[60:], BROKEN_PARQUET),
    "malformed parquet: a text is no UTF-8": (parquet(table(a=pa.array([b"\xff"]).view(pa.string())), geo()), BROKEN_PARQUET),
    "malformed parquet: lengths of texts": (page_lengths(), BROKEN_PARQUET),
    "WKB that is cut off": (parquet(table(pa.array([WKB[:-3]], pa.binary())), geo()), no_usable_plot("malformed_geometry")),
    "WKB that promises four billion rings": (
        parquet(table(pa.array([b"\x01\x03\x00\x00\x00\xff\xff\xff\xff"], pa.binary())), geo()),
        no_usable_plot("malformed_geometry"),
    ),
}

BROKEN_GEOPACKAGE = Refused(400, "geopackage_malformed")
STATEMENTS: dict[str, tuple[tuple[str, ...], Outcome]] = {
    "GeoPackage: no such table": (("DROP TABLE plots",), BROKEN_GEOPACKAGE),
    "GeoPackage: no such geometry column": (("UPDATE gpkg_geometry_columns SET column_name = 'nowhere'",), BROKEN_GEOPACKAGE),
    "GeoPackage: CRS that it does not define": (("DELETE FROM gpkg_spatial_ref_sys",), BROKEN_GEOPACKAGE),
    "GeoPackage: CRS undefined": (("UPDATE gpkg_geometry_columns SET srs_id = -1",), Refused(422, "crs_unknown")),
    "GeoPackage: layer and plot name other CRS": (
        ("INSERT INTO gpkg_spatial_ref_sys VALUES ('x', 31370, 'EPSG', 31370, '', '')", "UPDATE gpkg_geometry_columns SET srs_id = 31370"),
        no_usable_plot("malformed_geometry"),
    ),
    "GeoPackage: CRS that is an address": (
        ("UPDATE gpkg_spatial_ref_sys SET organization = 'NONE', definition = 'http://127.0.0.1:9/crs'",),
        Refused(422, "crs_not_supported"),
    ),
    "GeoPackage: a view in the place of the table": (
        ("ALTER TABLE plots RENAME TO hidden", "CREATE VIEW plots AS SELECT * FROM hidden"),
        BROKEN_GEOPACKAGE,
    ),
    "GeoPackage: no table of features": (("UPDATE gpkg_contents SET data_type = 'tiles'",), Refused(422, "no_features")),
    "GeoPackage: SQLite without its tables": (("DROP TABLE gpkg_contents",), BROKEN_GEOPACKAGE),
    "GeoPackage: a text as geometry": (("UPDATE plots SET geom = 'POINT (1 2)'",), no_usable_plot("malformed_geometry")),
    "GeoPackage: a curve": (
        ("UPDATE plots SET geom = x'47500001e6100000010a00000000000000'",),
        no_usable_plot("geometry_type_not_supported"),
    ),
}
LAYERS: dict[str, tuple[Mapping[str, str], Outcome]] = {
    "two layers in a GeoPackage": ({}, Refused(422, "ambiguous_layers", words="east, west")),
    "two layers in a GeoPackage, one named": ({"layer": "west"}, Kept(1)),
    "two layers in a GeoPackage, another named": ({"layer": "north"}, Refused(422, "layer_missing", words="east, west")),
}

BROKEN_KML = Refused(400, "kml_malformed", place=(("line", 1),))
ENTITIES = "".join(f'<!ENTITY e{number} "{f"&e{number - 1};" * 10 if number else "x" * 100}">' for number in range(9))
OPEN, CLOSE = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>', "</Document></kml>"
MARK = placemark(kml(square()))
KML: dict[str, tuple[str, Outcome]] = {
    "malformed KML": (OPEN + MARK, BROKEN_KML),
    "malformed KML: no KML": ("<gpx/>", BROKEN_KML),
    "malformed KML: an encoding that nobody knows": (f'<?xml version="1.0" encoding="klingon"?>{OPEN}{MARK}{CLOSE}', BROKEN_KML),
    "KML: entities of entities": (f"<!DOCTYPE kml [{ENTITIES}]>{OPEN}{placemark(kml(square()), '<name>&e8;</name>')}{CLOSE}", BROKEN_KML),
    "KML: an entity of a file": (f'<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]>{OPEN}&x;{CLOSE}', BROKEN_KML),
    "KML: nesting > limit": (OPEN + "<Folder>" * 200, Refused(400, "nesting_too_deep", place=(("line", 1),))),
    "KML: a link to elsewhere": (
        f"{OPEN}<NetworkLink><Link><href>http://127.0.0.1:9/x</href></Link></NetworkLink>{MARK}{CLOSE}",
        Kept(1, (), {"network_link_ignored": 1}),
    ),
    "KML: words as coordinates": (
        f"{OPEN}{placemark('<Point><coordinates>ten,five</coordinates></Point>')}{CLOSE}",
        no_usable_plot("non_numeric_coordinate"),
    ),
    "KML: one ordinate": (
        f"{OPEN}{placemark('<Point><coordinates>10</coordinates></Point>')}{CLOSE}",
        no_usable_plot("malformed_geometry"),
    ),
    "KML: without placemarks": (OPEN + CLOSE, Refused(422, "no_features")),
}


def cases() -> Iterator[Case]:
    for row, (body, outcome) in GEOPARQUET.items():
        yield Case(row, "geoparquet", partial(bytes, body), outcome)
    yield Case("parquet bomb: a dictionary", "geoparquet", dictionary_bomb, Refused(422, "decoded_size_limit"))
    for row, (statements, outcome) in STATEMENTS.items():
        yield Case(row, "geopackage", partial(geopackage, ONE, *statements), outcome)
    for row, (parameters, outcome) in LAYERS.items():
        yield Case(row, "geopackage", partial(geopackage, ONE, layers=("east", "west")), outcome, parameters)
    for row, (text, outcome) in KML.items():
        yield Case(row, "kml", text.encode, outcome)
    yield Case("BOM", "kml", partial(bytes, b"\xef\xbb\xbf" + kml_document(ONE)), Kept(1))
