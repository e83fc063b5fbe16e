"""Which formats are read, and whether a file is what it is declared as: decided here, never by a library's guess."""

from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from functools import partial
from pathlib import Path
from typing import Final

from contracts.formats import BY_MEDIA_TYPE, CSV, GEOJSON, GEOJSON_LINES, GEOPACKAGE, GEOPARQUET, KML, KMZ, SHAPEFILE, XLSX, Format
from services.staging.columns import Columns
from services.staging.csv_table import read_csv
from services.staging.faults import FileRefused
from services.staging.geojson import read_geojson
from services.staging.geojson_lines import read_geojson_lines
from services.staging.geopackage import read_geopackage
from services.staging.geoparquet import read_geoparquet
from services.staging.kml import read_kml, read_kmz
from services.staging.rules import Rules
from services.staging.shapefile import read_shapefile
from services.staging.xlsx import read_xlsx

Reader = Callable[[Path, Rules, set[str]], Iterator[Columns]]

READERS: Final[Mapping[Format, tuple[Reader, frozenset[str]]]] = {
    GEOJSON: (read_geojson, frozenset({"JSON", "text"})),
    GEOJSON_LINES: (read_geojson_lines, frozenset({"JSON", "a JSON text sequence", "text"})),
    CSV: (read_csv, frozenset({"text"})),
    XLSX: (read_xlsx, frozenset({"a ZIP archive"})),
    SHAPEFILE: (read_shapefile, frozenset({"a ZIP archive"})),
    GEOPARQUET: (read_geoparquet, frozenset({"Parquet"})),
    GEOPACKAGE: (read_geopackage, frozenset({"SQLite or GeoPackage"})),
    KML: (read_kml, frozenset({"XML"})),
    KMZ: (read_kmz, frozenset({"a ZIP archive"})),
}
"""For each format its reader and what its files begin with; the reader itself tells archives apart."""
_HEAD_BYTES: Final = 512
_MAGIC: Final = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PAR1", "Parquet"),
    (b"SQLite format 3\x00", "SQLite or GeoPackage"),
    (b"\x00\x00\x27\x0a", "a shapefile"),
    (b"\x1f\x8b", "compressed by gzip"),
    (b"%PDF", "PDF"),
    (b"\x1e", "a JSON text sequence"),
    (b"<", "XML"),
    (b"{", "JSON"),
)


LAYERED: Final = frozenset({read_shapefile, read_geopackage, read_kmz, read_xlsx})
"""Readers of formats that hold layers."""


def reader_for(source: Path, media_type: str) -> Reader:
    """The reader of a declared type; raises `FileRefused` when the type is not read or the bytes are something else."""
    declared = Message()
    declared["content-type"] = media_type
    kind = declared.get_content_type() if "/" in media_type else media_type
    form = BY_MEDIA_TYPE.get(kind)
    if form is None:
        raise FileRefused("unsupported_media_type", media_type=kind)
    reader, contents = READERS[form]
    found = _content(source)
    if found not in contents:
        raise FileRefused("content_mismatch", media_type=kind, found=found)
    return partial(read_csv, charset=str(declared.get_content_charset("utf-8"))) if form is CSV else reader


def _content(source: Path) -> str:
    with source.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    return next((name for magic, name in _MAGIC if head.startswith(magic)), "text")
