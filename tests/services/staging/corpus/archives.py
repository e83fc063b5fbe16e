"""Rows of ZIP archives, in every format that is one, and of zipped shapefiles."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from tests.services.staging import pack
from tests.services.staging.corpus.case import Case, Kept, Outcome, Refused, no_usable_plot
from tests.services.staging.corpus.geometries import polygon, square
from tests.services.staging.corpus.writers import WRITERS, kml_document, shapefile
from tests.services.staging.pack import zipped

MIB = 1 << 20
MAX_ARCHIVE_MIB = 32
"""Limit of the system that reads the corpus."""
ONE = [(square(), {"plotid": "A"})]
UTM_32N = (
    'PROJCS["WGS_1984_UTM_Zone_32N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],'
    'PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],'
    'PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",9.0],PARAMETER["Scale_Factor",0.9996],'
    'PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]'
)
METRES = [(polygon([[624500.1, 566400.2], [625600.3, 566450.4], [625550.5, 567500.6], [624500.1, 566400.2]]), {"plotid": "A"})]
LIMITS, UNSAFE, MALFORMED = Refused(422, "archive_limits"), Refused(422, "archive_unsafe_path"), Refused(400, "archive_malformed")


def damaged(packed: bytes) -> bytes:
    """The first member with bytes of its content changed: its checksum no longer fits."""
    at = packed.index(b"PK\x01\x02") // 2
    return packed[:at] + bytes(byte ^ 0x55 for byte in packed[at : at + 8]) + packed[at + 8 :]


def encrypted(packed: bytes) -> bytes:
    """Every member marked as encrypted."""
    body = bytearray(packed)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = body.find(mark)
        while at >= 0:
            body[at + offset] |= 1
            at = body.find(mark, at + 4)
    return bytes(body)


def lying(packed: bytes, name: str) -> bytes:
    """The directory and the member itself say that `name` unpacks to 40 bytes."""
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        size = archive.getinfo(name).file_size
    return packed.replace(struct.pack("<I", size), struct.pack("<I", 40))


ARCHIVES: dict[str, tuple[Callable[[], bytes], Outcome]] = {
    "malformed zip": (partial(bytes, b"PK\x03\x04nothing"), MALFORMED),
    "zip bomb: by its ratio": (partial(zipped, {"a.bin": bytes(20 * MIB)}), LIMITS),
    "zip bomb: by its size": (partial(zipped, {"a.bin": bytes((MAX_ARCHIVE_MIB + 1) * MIB)}), LIMITS),
    "too many members": (partial(zipped, {f"{number}.txt": b"" for number in range(5000)}), LIMITS),
    "nested zip": (partial(zipped, {"inner.zip": b"PK\x03\x04"}), LIMITS),
    "path traversal": (partial(zipped, {"../plots.shp": b"x"}), UNSAFE),
    "absolute member": (partial(zipped, {"/etc/plots.shp": b"x"}), UNSAFE),
    "drive letter": (partial(zipped, {"C:/plots.shp": b"x"}), UNSAFE),
    "symbolic link": (partial(zipped, {"plots.shp": b"/etc/passwd"}, mode=stat.S_IFLNK | 0o777), UNSAFE),
    "encrypted": (lambda: encrypted(WRITERS["shapefile"](ONE)), MALFORMED),
}


def files(**changed: bytes | None) -> dict[str, bytes]:
    """The files of a good shapefile by name, with some changed or (None) left out."""
    all_of_them: Mapping[str, bytes | None] = {**shapefile(ONE), **{f"plots.{suffix}": content for suffix, content in changed.items()}}
    return {name: content for name, content in all_of_them.items() if content is not None}


def overwritten(content: bytes, at: int, with_what: bytes) -> bytes:
    return content[:at] + with_what + content[at + len(with_what) :]


GOOD = shapefile(ONE)
INCOMPLETE = Refused(422, "shapefile_incomplete")
BROKEN = Refused(400, "shapefile_malformed")
SHAPEFILES: dict[str, tuple[Mapping[str, bytes], Mapping[str, str], Outcome]] = {
    **{
        f"shapefile without .{suffix}": (files(**{suffix: None}), {}, Refused(422, "shapefile_incomplete", words=f".{suffix}"))
        for suffix in ("shp", "shx", "dbf")
    },
    "shapefile: no files of one": ({"readme.txt": b"x"}, {}, INCOMPLETE),
    "missing .prj": (files(prj=None), {}, Refused(422, "crs_unknown")),
    "missing .prj, assume_crs": (files(prj=None), {"assume_crs": "EPSG:4326"}, Kept(1)),
    "missing .prj, metres taken for degrees": (
        shapefile(METRES, prj=None),
        {"assume_crs": "EPSG:4326"},
        no_usable_plot("coordinate_out_of_range"),
    ),
    ".prj other CRS": (shapefile(METRES, prj=UTM_32N), {}, Kept(1, (), {"reprojected": 1}, country="CM")),
    ".prj that is none": (files(prj=b"hello"), {}, Refused(422, "crs_not_supported")),
    ".prj that is an address": (files(prj=b"http://127.0.0.1:9/crs"), {}, Refused(422, "crs_not_supported")),
    "two shapefiles in a zip": (shapefile(ONE, "east") | shapefile(ONE, "west"), {}, Refused(422, "ambiguous_layers", words="east, west")),
    "two shapefiles in a zip, one named": (shapefile(ONE, "east") | shapefile(ONE, "west"), {"layer": "west"}, Kept(1)),
    "two shapefiles in a zip, another named": (
        shapefile(ONE, "east") | shapefile(ONE, "west"),
        {"layer": "north"},
        Refused(422, "layer_missing", words="east, west"),
    ),
    "shapefile: .shp is none": (files(shp=b"nonsense" * 40), {}, BROKEN),
    "shapefile: .shx is none": (files(shx=b"nonsense" * 40), {}, BROKEN),
    "shapefile: .dbf is none": (files(dbf=b""), {}, BROKEN),
    "shapefile: more rows than shapes": (files(dbf=overwritten(GOOD["plots.dbf"], 4, struct.pack("<I", 2))), {}, BROKEN),
    "shapefile: .shx points beyond .shp": (
        files(shx=overwritten(GOOD["plots.shx"], 100, struct.pack(">i", 1 << 20))),
        {},
        BROKEN,
    ),
    "shapefile: .shx shorter than its head": (files(shx=GOOD["plots.shx"][:40]), {}, BROKEN),
    "shapefile: texts in no encoding": (files(dbf=GOOD["plots.dbf"].replace(b"A  ", b"\xe9  "), cpg=None), {}, BROKEN),
    "shapefile: .cpg that nobody knows": (files(cpg=b"klingon"), {}, BROKEN),
    "shapefile: a VRT as .shp": (files(shp=b"<OGRVRTDataSource/>" + bytes(100)), {}, BROKEN),
}
DOCUMENT = kml_document(ONE)
KMZ: dict[str, tuple[Mapping[str, bytes], Mapping[str, str], Outcome]] = {
    "KMZ without KML": ({"a.png": b""}, {}, Refused(422, "no_features")),
    "two KML in a KMZ": ({"a.kml": DOCUMENT, "b.kml": DOCUMENT}, {}, Refused(422, "ambiguous_layers", words="a.kml, b.kml")),
    "two KML in a KMZ, one named": ({"a.kml": DOCUMENT, "b.kml": DOCUMENT}, {"layer": "a.kml"}, Kept(1)),
}


def cases() -> Iterator[Case]:
    for name in ("shapefile", "kmz", "xlsx"):
        for row, (make, outcome) in ARCHIVES.items():
            yield Case(row, name, make, outcome)
    for row, (members, parameters, outcome) in SHAPEFILES.items():
        yield Case(row, "shapefile", partial(zipped, members), outcome, parameters)
    for row, (members, parameters, outcome) in KMZ.items():
        yield Case(row, "kmz", partial(zipped, members), outcome, parameters)
    for name, member in (("shapefile", "plots.shp"), ("kmz", "doc.kml")):
        yield Case("zip bomb: it lies about its size", name, partial(lying, WRITERS[name](ONE), member), MALFORMED)
        yield Case("malformed: bytes are changed", name, partial(damaged, WRITERS[name](ONE)), MALFORMED)
    yield Case("shapefile declared as a zip", "shapefile", partial(zipped, GOOD), Kept(1), declared="application/zip")
    yield Case("workbook declared as a zip", "shapefile", partial(pack.workbook, ""), INCOMPLETE, declared="application/zip")
