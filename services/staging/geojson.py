"""Read a GeoJSON file feature by feature, so that its size does not decide about memory."""

import codecs
import mmap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson

from services.staging.columns import Columns, slice_of
from services.staging.crs import crs_verdict, to_wgs84
from services.staging.draft import Draft
from services.staging.faults import FileRefused, PlotFault
from services.staging.feature import json_fault, read_feature
from services.staging.feature_slices import FeatureReader, mapped
from services.staging.rules import MIB, Rules
from services.staging.scanner import Cursor, Malformed, line_and_column

ROOT_MEMBER_BYTES: Final = MIB
"""Largest member of a FeatureCollection beside its features."""
_ONCE: Final = frozenset({"type", "features", "crs", "geometry", "coordinates", "properties", "id"})
_GEOMETRIES: Final = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"})


def read_geojson(path: Path, rules: Rules, notes: set[str]) -> Iterator[Columns]:
    """The features of a FeatureCollection, or the one Feature or geometry, in slices in the order of the file.

    Adds notes about the whole file to `notes`. Raises `FileRefused` when the file turns out to be no such text:
    what was read until then is then worthless.
    """
    if path.stat().st_size == 0:
        raise FileRefused("malformed_file", line=1, column=1, reason="the file is empty")
    text = mapped(path)
    try:
        collection = _GeoJson(text, rules, notes)
        for columns in collection.columns():
            columns.crs = collection.crs
            yield columns
    except Malformed as error:
        line, column = line_and_column(text, error.position)
        raise FileRefused("malformed_file", line=line, column=column, reason=error.reason) from error


class _GeoJson(FeatureReader):
    def __init__(self, text: mmap.mmap, rules: Rules, notes: set[str]) -> None:
        super().__init__(text, rules)
        self._notes = notes
        self._root: dict[str, tuple[int, int]] = {}
        self._cursor = Cursor(text, self._start())
        self.crs = None if rules.assume_crs is None else to_wgs84(rules.assume_crs)

    def columns(self) -> Iterator[Columns]:
        cursor = self._cursor
        if cursor.peek() != b"{":
            self._refuse_root(cursor)
        start = cursor.at
        for key in cursor.members():
            if key in self._root and key in _ONCE:
                raise Malformed(cursor.at, f"the key {key} occurs twice")
            if key == "features":
                self._root[key] = (cursor.at, cursor.at)
                yield from self._features()
            else:
                self._root[key] = cursor.value()
                self._judge_crs(key)
        end = cursor.at
        if cursor.peek():
            raise Malformed(cursor.at, "text after the end of the JSON object")
        if "features" not in self._root:
            yield slice_of([self._single(start, end)], None)
        self._judge_root()

    def _start(self) -> int:
        if self.text[:3] != codecs.BOM_UTF8:
            return 0
        self._notes.add("bom_removed")
        return len(codecs.BOM_UTF8)

    def _refuse_root(self, cursor: Cursor) -> None:
        self._decoded(cursor.at, min(len(self.text), cursor.at + self.rules.limits.max_feature_bytes))
        raise FileRefused("not_geojson", reason="the file is no JSON object")

    def _features(self) -> Iterator[Columns]:
        if self._cursor.peek() != b"[":
            raise FileRefused("not_geojson", reason="its features are no array")
        self._cursor.mark(b"[")
        if self._cursor.peek() == b"]":
            self._cursor.mark(b"]")
            return
        yield from self.slices(self._cursor.at, only_one_by_one=self.crs is not None)
        self._cursor.at = self.at

    def one(self, index: int, at: int) -> tuple[Draft, int, bool]:
        self._cursor.at = at
        draft = self.draft(index, *self._cursor.value())
        ended = self._cursor.mark(b",", b"]") == b"]"
        if not ended:
            self._cursor.peek()
        return draft, self._cursor.at, ended

    def _judge_root(self) -> None:
        """Every member beside the features is strict JSON, and the type fits them."""
        for key, (start, end) in self._root.items():
            if "features" not in self._root or key == "features":
                continue
            if end - start > ROOT_MEMBER_BYTES:
                raise FileRefused("decoded_size_limit", part=f"the member {key} of the collection", limit=ROOT_MEMBER_BYTES)
            if self._decoded(start, end) != "FeatureCollection" and key == "type":
                raise FileRefused("not_geojson", reason="it has features but is no FeatureCollection")
        if "type" not in self._root:
            raise FileRefused("not_geojson", reason="it has no type")

    def _single(self, start: int, end: int) -> Draft:
        if self.crs is not None and "crs" in self._root:
            raise FileRefused("crs_not_supported", crs=f"{self.crs.name} outside a FeatureCollection")
        limit = self.rules.limits.max_feature_bytes
        if end - start > limit:
            return Draft(0, PlotFault("feature_too_large", limit=limit))
        kind = self._decoded(start, end).get("type")
        if kind == "Feature":
            return self.draft(0, start, end)
        if not isinstance(kind, str) or kind not in _GEOMETRIES:
            raise FileRefused("not_geojson", reason="its type is neither FeatureCollection, Feature nor a geometry")
        return read_feature(0, b'{"type":"Feature","properties":{},"geometry":%b}' % self.text[start:end], self.rules)

    def draft(self, index: int, start: int, end: int) -> Draft:
        limit = self.rules.limits.max_feature_bytes
        if end - start > limit:
            return Draft(index, PlotFault("feature_too_large", limit=limit))
        try:
            return read_feature(index, self.text[start:end], self.rules)
        except orjson.JSONDecodeError as error:
            raise self._located(error, start) from error

    def _decoded(self, start: int, end: int) -> Any:
        try:
            return orjson.loads(self.text[start:end])
        except orjson.JSONDecodeError as error:
            raise self._located(error, start) from error

    def _located(self, error: orjson.JSONDecodeError, start: int) -> FileRefused:
        line, column = line_and_column(self.text, start)
        return json_fault(error, line, column)

    def _judge_crs(self, key: str) -> None:
        start, end = self._root[key]
        if key != "crs" or end - start > ROOT_MEMBER_BYTES:
            return
        code, name = crs_verdict(self._decoded(start, end))
        if code == "none":
            return
        if code == "crs_not_allowed":
            raise FileRefused(code)
        self.crs = to_wgs84(name)
        if self.crs is None:
            self._notes.add("legacy_crs_member")
        elif "features" in self._root:
            raise FileRefused("crs_not_supported", crs=f"{name}, named only after the features,")
        if self.rules.assume_crs is not None:
            self._notes.add("assume_crs_unused")
        self.rules = replace(self.rules, assume_crs=name)
