"""Read newline-delimited GeoJSON: a Feature on each line, or JSON text sequences of them (RFC 8142)."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orjson

from services.staging.columns import Columns
from services.staging.crs import to_wgs84
from services.staging.draft import Draft
from services.staging.faults import FileRefused, PlotFault
from services.staging.feature import json_fault, read_feature
from services.staging.feature_slices import FeatureReader, mapped
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
    for columns in _Lines(mapped(path), rules).columns(notes, one_by_one=crs is not None):
        columns.crs = crs
        yield columns


class _Lines(FeatureReader):
    lines = True

    def columns(self, notes: set[str], one_by_one: bool) -> Iterator[Columns]:
        start = 0
        if self.text[:3] == codecs.BOM_UTF8:
            notes.add("bom_removed")
            start = len(codecs.BOM_UTF8)
        is_sequence = self.text[start : start + 512].lstrip(_SPACE).startswith(RECORD_SEPARATOR)
        self._separator = RECORD_SEPARATOR if is_sequence else b"\n"
        at = self._next(start)
        if at < len(self.text):
            yield from self.slices(at, only_one_by_one=one_by_one or is_sequence)

    def one(self, index: int, at: int) -> tuple[Draft, int, bool]:
        found = self.text.find(self._separator, at)
        end = len(self.text) if found < 0 else found
        after = self._next(end)
        return self.draft(index, at, end), after, after == len(self.text)

    def draft(self, index: int, start: int, end: int) -> Draft:
        limit = self.rules.limits.max_feature_bytes
        if end - start > limit:
            return Draft(index, PlotFault("feature_too_large", limit=limit))
        try:
            return read_feature(index, self.text[start:end], self.rules)
        except orjson.JSONDecodeError as error:
            raise json_fault(error, *line_and_column(self.text, start)) from error

    def _next(self, at: int) -> int:
        """Start of the first text from `at` on that is neither blank nor a separator."""
        while at < len(self.text) and self.text[at : at + 1] in (b" ", b"\t", b"\r", b"\n", self._separator):
            at += 1
        return at
