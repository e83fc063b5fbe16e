"""Read newline-delimited GeoJSON: a Feature on each line, or JSON text sequences of them (RFC 8142)."""

import codecs
import mmap
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import orjson

from services.staging.columns import Columns, columns_of
from services.staging.crs import to_wgs84
from services.staging.draft import Draft
from services.staging.faults import FileRefused, PlotFault
from services.staging.feature import json_fault, read_feature
from services.staging.rules import Rules
from services.staging.scanner import line_and_column

RECORD_SEPARATOR: Final = b"\x1e"
_SPACE: Final = b" \t\r\n"


def read_geojson_lines(path: Path, rules: Rules, notes: set[str]) -> Iterator[Columns]:
    """The features in slices in the order of the file, blank lines left out.

    With record separators a feature may take several lines; without, each line is one. Adds notes about the whole file
    to `notes`. Raises `FileRefused` when a line is no strict JSON: what was read until then is then worthless.
    """
    if path.stat().st_size == 0:
        raise FileRefused("no_features", total=0)
    crs = None if rules.assume_crs is None else to_wgs84(rules.assume_crs)
    with path.open("rb") as file, closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as text:
        yield from columns_of(_drafts(text, rules, notes), crs)


def _drafts(text: mmap.mmap, rules: Rules, notes: set[str]) -> Iterator[Draft]:
    limit = rules.limits.max_feature_bytes
    for index, (start, end) in enumerate(_records(text, notes)):
        if index >= rules.limits.max_plots:
            raise FileRefused("too_many_features", limit=rules.limits.max_plots)
        if end - start > limit:
            yield Draft(index, PlotFault("feature_too_large", limit=limit))
            continue
        try:
            yield read_feature(index, text[start:end], rules)
        except orjson.JSONDecodeError as error:
            raise json_fault(error, *line_and_column(text, start)) from error


def _records(text: mmap.mmap, notes: set[str]) -> Iterator[tuple[int, int]]:
    """Start and end of each text between separators that is not blank."""
    start = 0
    if text[:3] == codecs.BOM_UTF8:
        notes.add("bom_removed")
        start = len(codecs.BOM_UTF8)
    separator = RECORD_SEPARATOR if text[start : start + 512].lstrip(_SPACE).startswith(RECORD_SEPARATOR) else b"\n"
    while start < len(text):
        found = text.find(separator, start)
        end = len(text) if found < 0 else found
        first = start
        while first < end and text[first : first + 1] in (b" ", b"\t", b"\r", b"\n"):
            first += 1
        if first < end:
            yield first, end
        start = end + 1
