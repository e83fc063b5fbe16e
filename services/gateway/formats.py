"""How features leave: newline-delimited, one FeatureCollection, or CSV; each a head, rows and a tail, so that any length streams."""

import csv
import io
from collections.abc import Sequence
from typing import Any, Final, Protocol

import orjson

from contracts.v1.stats import Statistic
from services.gateway.columns import columns_of
from services.gateway.features import Source, feature, properties_of, provenance_bytes
from services.gateway.problems import Problem

DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
"""First characters that make a spreadsheet run a cell (OWASP, CSV injection)."""


class Form(Protocol):
    """A format. `rows` gives the bytes of some rows; `is_first` is true for the first of the answer."""

    media_type: str
    suffix: str

    def head(self) -> bytes:
        """Bytes before every row."""

    def rows(self, rows: Sequence[Any], source: Source, is_first: bool) -> bytes:
        """Bytes of rows of `results.page`."""

    def tail(self) -> bytes:
        """Bytes after every row."""


class NdJson:
    """One Feature a line."""

    media_type = "application/x-ndjson"
    suffix = "ndjson"

    def head(self) -> bytes:
        return b""

    def rows(self, rows: Sequence[Any], source: Source, is_first: bool) -> bytes:
        return b"".join(feature(row, source) + b"\n" for row in rows)

    def tail(self) -> bytes:
        return b""


class GeoJson:
    """One FeatureCollection (RFC 7946)."""

    media_type = "application/geo+json"
    suffix = "geojson"

    def head(self) -> bytes:
        return b'{"type":"FeatureCollection","features":[\n'

    def rows(self, rows: Sequence[Any], source: Source, is_first: bool) -> bytes:
        written = b",\n".join(feature(row, source) for row in rows)
        return written if is_first or not rows else b",\n" + written

    def tail(self) -> bytes:
        return b"\n]}\n"


class Csv:
    """A header row and our columns; lists and maps as JSON text, the user's properties in one column, geometry as GeoJSON text."""

    media_type = "text/csv"
    suffix = "csv"

    def __init__(self, stats: Sequence[Statistic]) -> None:
        self._columns = columns_of(stats)

    def head(self) -> bytes:
        return _lines([[*self._columns, "properties", "provenance", "geometry"]])

    def rows(self, rows: Sequence[Any], source: Source, is_first: bool) -> bytes:
        return _lines([self._cells(row, source) for row in rows])

    def _cells(self, row: Any, source: Source) -> list[str]:
        ours = properties_of(row, source)
        provenance = provenance_bytes(row, source).decode()
        return [*(cell(ours[name]) for name in self._columns), row.properties, provenance, row.geojson]

    def tail(self) -> bytes:
        return b""


def cell(value: Any) -> str:
    """A value as a CSV cell: empty for null, and text that a spreadsheet would run made harmless by an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(DANGEROUS) and not _is_number(value) else value
    return orjson.dumps(value).decode()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and "_" not in text and text == text.strip()


def _lines(rows: list[list[str]]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


MEDIA_TYPES: Final = {
    NdJson.media_type: "ndjson",
    GeoJson.media_type: "geojson",
    Csv.media_type: "csv",
    "application/geoparquet": "geoparquet",
    "application/vnd.apache.parquet": "geoparquet",
}
"""Formats by the media type that an Accept header names."""


def form_of(wanted: str | None, accept: str, stats: Sequence[Statistic]) -> Form:
    """The format by parameter, else by the Accept header, else newline-delimited; raises `Problem` 406."""
    return _form(wanted or _accepted(accept), stats)


def _accepted(accept: str) -> str:
    kinds = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    named = next((MEDIA_TYPES[kind] for kind in kinds if kind in MEDIA_TYPES), None)
    if named is None and any(kinds) and not {"*/*", "application/*", "application/json", "application/ndjson"} & set(kinds):
        raise Problem(406, "format_not_available", "Ask for ndjson, geojson, csv or geoparquet.")
    return named or "ndjson"


def _form(name: str, stats: Sequence[Statistic]) -> Form:
    match name:
        case "geojson":
            return GeoJson()
        case "csv":
            return Csv(stats)
        case "geoparquet":
            from services.gateway.geoparquet import GeoParquet

            return GeoParquet(stats)
        case _:
            return NdJson()


def needs_json(form: Form) -> Form:
    """The form if it is one of Features as JSON; raises `Problem` 406: rows of a whole collection have columns of their own."""
    if not isinstance(form, NdJson | GeoJson):
        raise Problem(406, "format_not_available", "Rows of whole collections and regions are served as ndjson or geojson.")
    return form
