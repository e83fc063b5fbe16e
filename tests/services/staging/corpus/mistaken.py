"""Rows of whole files in every format: declared as another, cut off, empty, of another driver."""

from collections.abc import Callable, Iterator
from functools import partial

from tests.services.staging.corpus.case import FORMATS, Case, Outcome, Refused, no_usable_plot
from tests.services.staging.corpus.geometries import square
from tests.services.staging.corpus.writers import WRITERS

TWO = [(square(x), {"plotid": f"P{x}"}) for x in (10.123457, 10.223457)]
MISMATCH = Refused(415, "content_mismatch")
JSON_LINE_1 = Refused(400, "malformed_file", place=(("line", 1),))
PACKED = ("xlsx", "shapefile", "kmz")
"""Formats that are ZIP archives, which only their readers tell apart."""

AS_ANOTHER: dict[tuple[str, str], Outcome] = {
    ("geojson", "ndjson"): no_usable_plot("not_a_feature"),
    ("ndjson", "geojson"): Refused(400, "malformed_file", place=(("line", 2), ("column", 1))),
    ("csv", "geojson"): JSON_LINE_1,
    ("csv", "ndjson"): JSON_LINE_1,
    ("shapefile", "xlsx"): Refused(400, "xlsx_malformed"),
    ("kmz", "xlsx"): Refused(400, "xlsx_malformed"),
    ("xlsx", "shapefile"): Refused(422, "shapefile_incomplete"),
    ("kmz", "shapefile"): Refused(422, "shapefile_incomplete"),
    ("xlsx", "kmz"): Refused(422, "no_features"),
    ("shapefile", "kmz"): Refused(422, "no_features"),
}
"""What a file of one format is answered with when it is declared as another; where nothing is said, 415."""

CUT: dict[str, Outcome] = {
    "geojson": JSON_LINE_1,
    "ndjson": Refused(400, "malformed_file", place=(("line", 2),)),
    "csv": Refused(422, "csv_malformed", place=(("line", 3),)),
    "xlsx": Refused(400, "archive_malformed"),
    "shapefile": Refused(400, "archive_malformed"),
    "geoparquet": Refused(400, "parquet_malformed"),
    "geopackage": Refused(400, "geopackage_malformed"),
    "kml": Refused(400, "kml_malformed", place=(("line", 1),)),
    "kmz": Refused(400, "archive_malformed"),
}
EMPTY: dict[str, Outcome] = {"geojson": JSON_LINE_1, "ndjson": Refused(422, "no_features"), "csv": Refused(422, "no_features")}
VRT = b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
GDALG = b'{"type":"gdal_streamed_alg","command_line":"gdal vector pipeline ! read /etc/passwd"}'
OTHERS: dict[str, bytes] = {
    "VRT": VRT,
    "GML": b'<?xml version="1.0"?><gml:FeatureCollection xmlns:gml="http://www.opengis.net/gml"/>',
    "PDF": b"%PDF-1.7\n",
    "gzip": b"\x1f\x8b\x08\x00" + bytes(20),
    "bare shapefile": b"\x00\x00\x27\x0a" + bytes(96),
}
NO_KML = Refused(400, "kml_malformed")


def cases() -> Iterator[Case]:
    for name, write in WRITERS.items():
        body: Callable[[], bytes] = partial(write, TWO)
        for declared in FORMATS:
            if declared != name:
                outcome = AS_ANOTHER.get((name, declared), MISMATCH)
                yield Case(f"content ≠ declared type: {name}", declared, body, outcome)
        yield Case("malformed: cut off", name, partial(_cut, body), CUT[name])
        yield Case("empty file", name, bytes, EMPTY.get(name, MISMATCH))
        for kind, content in OTHERS.items():
            outcome = NO_KML if name == "kml" and content.startswith(b"<") else MISMATCH
            yield Case(f"other driver content: {kind}", name, partial(bytes, content), outcome)
    yield Case("other driver content: GDALG", "geojson", partial(bytes, GDALG), Refused(422, "not_geojson"))
    yield Case("other driver content: GDALG", "ndjson", partial(bytes, GDALG), no_usable_plot("not_a_feature"))


def _cut(body: Callable[[], bytes]) -> bytes:
    whole = body()
    return whole[: len(whole) * 3 // 4]
