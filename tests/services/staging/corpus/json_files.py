"""Rows of GeoJSON and newline-delimited GeoJSON: what is no JSON, nests too deep, or names a reference system."""

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.services.staging.corpus.case import Case, Kept, Outcome, Refused, no_usable_plot
from tests.services.staging.corpus.geometries import square
from tests.services.staging.corpus.writers import geojson, ndjson

ONE = [(square(), {"plotid": "A"})]
LINE = ndjson(ONE).decode().strip()
GEOMETRY = json.dumps(square())


def text(geometry: str, properties: str = "{}") -> bytes:
    """A collection of one feature, the feature on its second line."""
    feature = '{"type":"Feature","properties":' + properties + ',"geometry":' + geometry + "}"
    return ('{"type":"FeatureCollection","features":[\n' + feature + "]}").encode()


def crs(kind: str, **properties: str) -> bytes:
    return geojson(ONE, crs={"type": kind, "properties": properties})


def at(line: int, **more: int) -> tuple[tuple[str, int], ...]:
    return tuple({"line": line, **more}.items())


def malformed(line: int, **more: int) -> Refused:
    return Refused(400, "malformed_file", place=at(line, **more))


DEEP = Refused(400, "nesting_too_deep", place=at(2))
GEOJSON: dict[str, tuple[bytes, Outcome]] = {
    "malformed JSON: words": (b"Dear all, here are my plots.", malformed(1, column=1)),
    "malformed JSON: comma at the end": (text(GEOMETRY)[:-2] + b",]}", malformed(2)),
    "malformed JSON: text after the end": (text(GEOMETRY) + b"\n{}", malformed(3, column=1)),
    "malformed JSON: NaN": (text('{"type":"Point","coordinates":[NaN,5]}'), malformed(2)),
    "malformed JSON: a number beyond floats": (text('{"type":"Point","coordinates":[1e999,5]}'), malformed(2)),
    "malformed JSON: not UTF-8": (b'{"type":"FeatureCollection","features":[],"x":"\xff"}', malformed(1)),
    "malformed JSON: UTF-16": (text(GEOMETRY).decode().encode("utf-16"), malformed(1)),
    "malformed JSON: features twice": (b'{"type":"FeatureCollection","features":[],"features":[]}', malformed(1)),
    "malformed JSON: a lone surrogate": (text(GEOMETRY, '{"a":"\\ud800"}'), malformed(2)),
    "nesting > limit: coordinates": (text("[" * 100_000 + "]" * 100_000), DEEP),
    "nesting > limit: objects": (text('{"a":' * 5000 + "1" + "}" * 5000), DEEP),
    "nesting > limit: properties": (text(GEOMETRY, '{"a":' + "[" * 70 + "]" * 70 + "}"), no_usable_plot("nesting_too_deep")),
    "no GeoJSON: a list": (b"[]", Refused(422, "not_geojson")),
    "no GeoJSON: TopoJSON": (b'{"type":"Topology","objects":{}}', Refused(422, "not_geojson")),
    "no GeoJSON: features is no list": (b'{"type":"FeatureCollection","features":{}}', Refused(422, "not_geojson")),
    "crs link": (crs("link", href="http://127.0.0.1:9/crs"), Refused(422, "crs_not_allowed")),
    "crs url": (crs("url", url="http://127.0.0.1:9/crs"), Refused(422, "crs_not_allowed")),
    "crs of nowhere": (crs("name", name="EPSG:99999"), Refused(422, "crs_not_supported")),
    "crs name = CRS84": (crs("name", name="urn:ogc:def:crs:OGC:1.3:CRS84"), Kept(1, (), {"legacy_crs_member": 1})),
    "crs name = EPSG:4326": (crs("name", name="EPSG:4326"), Kept(1, (), {"legacy_crs_member": 1})),
    "BOM": (b"\xef\xbb\xbf" + geojson(ONE), Kept(1, (), {"bom_removed": 1})),
    "a member that is too large": (geojson(ONE, padding="x" * 1_100_000), Refused(422, "decoded_size_limit")),
    "two geometries in a feature": (text("null," + '"geometry":' + GEOMETRY), no_usable_plot("duplicate_json_key")),
    "a feature that is null": (b'{"type":"FeatureCollection","features":[null]}', no_usable_plot("not_a_feature")),
    "properties are a list": (text(GEOMETRY, "[]"), no_usable_plot("malformed_properties")),
    "ordinates are texts": (text('{"type":"Point","coordinates":["10",5]}'), no_usable_plot("non_numeric_coordinate")),
    "coordinates are a text": (text('{"type":"Polygon","coordinates":"x"}'), no_usable_plot("malformed_geometry")),
    "a curve": (text('{"type":"CurvePolygon","coordinates":[]}'), no_usable_plot("geometry_type_not_supported")),
}
NDJSON: dict[str, tuple[bytes, Outcome]] = {
    "malformed JSON: the second line": (f"{LINE}\n{{broken".encode(), malformed(2, column=2)),
    "malformed JSON: two on a line": ((LINE + LINE).encode(), malformed(1, column=len(LINE) + 1)),
    "malformed JSON: not UTF-8": (LINE.encode() + b'\n{"x":"\xff"}', malformed(2)),
    "malformed JSON: UTF-16": (LINE.encode("utf-16"), malformed(1)),
    "nesting > limit": (f"{LINE}\n{'[' * 5000}".encode(), DEEP),
    "BOM": (b"\xef\xbb\xbf" + LINE.encode(), Kept(1, (), {"bom_removed": 1})),
    "JSON text sequence": (f"\x1e{LINE}\n".encode(), Kept(1)),
    "a line that is no feature": (f"{LINE}\nnull\n".encode(), Kept(1, ("not_a_feature",))),
}


def cases() -> Iterator[Case]:
    for name, rows in {"geojson": GEOJSON, "ndjson": NDJSON}.items():
        for row, (body, outcome) in rows.items():
            make: Any = partial(bytes, body)
            yield Case(row, name, make, outcome)
    good = partial(geojson, ONE)
    yield Case("assume_crs that nobody knows", "geojson", good, Refused(422, "crs_not_supported"), {"assume_crs": "EPSG:99999"})
    unknown = Refused(422, "validation_error", words="give its English name or its ISO code")
    yield Case("country that nobody knows", "geojson", good, unknown, {"country": "Atlantis"})
    unread = Refused(415, "unsupported_media_type", words="accepted are application/geo+json")
    yield Case("unknown type", "geojson", good, unread, declared="application/pdf")
