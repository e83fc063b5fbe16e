"""Which formats are read, and whether a file is what it is declared as: decided here, never by a library's guess."""

from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path
from typing import Final

from services.staging.csv_table import read_csv
from services.staging.draft import Draft
from services.staging.faults import FileRefused
from services.staging.geojson import read_geojson
from services.staging.rules import Rules

GEOJSON_TYPES: Final = frozenset({"application/geo+json", "application/json", "application/vnd.geo+json"})
CSV_TYPES: Final = frozenset({"text/csv"})
_HEAD_BYTES: Final = 512
_MAGIC: Final = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"PAR1", "Parquet"),
    (b"SQLite format 3\x00", "SQLite or GeoPackage"),
    (b"\x00\x00\x27\x0a", "a shapefile"),
    (b"\x1f\x8b", "compressed by gzip"),
    (b"%PDF", "PDF"),
    (b"<", "XML"),
)

Reader = Callable[[Path, Rules, set[str]], Iterator[Draft]]


def reader_for(source: Path, media_type: str) -> Reader:
    """The reader of a declared type; raises `FileRefused` when the type is not read or the bytes are something else."""
    declared = Message()
    declared["content-type"] = media_type
    kind = declared.get_content_type() if "/" in media_type else media_type
    if kind not in GEOJSON_TYPES | CSV_TYPES:
        raise FileRefused("unsupported_media_type", media_type=kind)
    with source.open("rb") as file:
        head = file.read(_HEAD_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    found = next((name for magic, name in _MAGIC if head.startswith(magic)), None)
    if found is None and kind in CSV_TYPES and head.startswith(b"{"):
        found = "JSON"
    if found is not None:
        raise FileRefused("content_mismatch", media_type=kind, found=found)
    if kind in GEOJSON_TYPES:
        return read_geojson
    charset = declared.get_content_charset("utf-8")
    return lambda path, rules, notes: read_csv(path, rules, notes, charset)
