"""Read a CSV file row by row: a header, geometry from WKT or GeoJSON text or from latitude and longitude, all else kept as text."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from services.staging.csv_header import Columns, read_header
from services.staging.draft import Draft
from services.staging.faults import FileRefused, PlotFault
from services.staging.outline import read_outline
from services.staging.properties import candidate_ids, declared_area_ha, parse_number
from services.staging.rules import MIB, Rules
from services.staging.wkt import read_geometry_field

FIELD_BYTES: Final = MIB
_BLOCK_BYTES: Final = MIB
_FINITE_NAMES: Final = frozenset({"nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "null", "none"})


def read_csv(path: Path, rules: Rules, notes: set[str], charset: str = "utf-8") -> Iterator[Draft]:
    """Each row as a draft, in the order of the file, blank lines left out.

    Adds notes about the whole file to `notes`. Raises `FileRefused` when the file as a whole cannot be read.
    """
    encoding = _encoding(path, charset, notes)
    csv.field_size_limit(FIELD_BYTES)  # of the process, and always this
    with path.open(encoding=encoding, newline="") as file:
        columns = read_header(file, notes)
        rows = csv.reader(file, delimiter=columns.delimiter, strict=True)
        try:
            yield from _Rows(columns, rules, notes).drafts(rows)
        except csv.Error as error:
            line = columns.lines + rows.line_num
            if "field limit" in str(error):
                raise FileRefused("csv_field_too_large", line=line, limit=FIELD_BYTES) from error
            raise FileRefused("csv_malformed", line=line, reason=str(error)) from error


def _encoding(path: Path, charset: str, notes: set[str]) -> str:
    """The codec to read with; the whole file is held against it first, so that a fault has a byte offset."""
    with path.open("rb") as file:
        start = file.read(4)
    encoding = "utf-8"
    if start.startswith(codecs.BOM_UTF8):
        notes.add("bom_removed")
        encoding = "utf-8-sig"
    elif start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) and charset.lower().replace("-", "") == "utf16":
        encoding = "utf-16"
    decoder, offset = codecs.getincrementaldecoder(encoding)(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                raise FileRefused("encoding", encoding=encoding, byte_offset=offset - waiting + error.start) from error
            offset += len(block)
    if waiting := len(decoder.getstate()[0]):
        raise FileRefused("encoding", encoding=encoding, byte_offset=offset - waiting)
    return encoding


class _Rows:
    def __init__(self, columns: Columns, rules: Rules, notes: set[str]) -> None:
        self._columns = columns
        self._rules = rules
        self._notes = notes
        self._sign: str | None = None

    def drafts(self, rows: Any) -> Iterator[Draft]:
        index = 0
        for row in rows:
            if not row:
                continue
            if index >= self._rules.limits.max_plots:
                raise FileRefused("too_many_features", limit=self._rules.limits.max_plots)
            yield self._draft(index, row, self._columns.lines + rows.line_num)
            index += 1

    def _draft(self, index: int, row: list[str], line: int) -> Draft:
        names = self._columns.names
        if len(row) != len(names):
            return Draft(index, PlotFault("csv_ragged_row", line=line, found=len(row), expected=len(names)))
        properties = {names[i]: row[i] for i in self._columns.kept}
        ids = candidate_ids(properties, self._rules.plot_id_column, properties.__getitem__)
        text = orjson.dumps(properties).decode()
        try:
            if any("\0" in field for field in row):
                raise PlotFault("csv_nul", line=line)
            outline = read_outline(*self._geometry(row, line), self._rules)
            area_ha = declared_area_ha(self._point_properties(properties)) if outline.kind == "Point" else None
        except PlotFault as fault:
            return Draft(index, fault, text, ids)
        return Draft(index, outline, text, ids, area_ha)

    def _geometry(self, row: list[str], line: int) -> tuple[Any, list[str]]:
        if self._columns.geometry is not None:
            return read_geometry_field(row[self._columns.geometry])
        latitude, longitude = (row[i].strip() for i in self._columns.latitude_longitude)
        if not latitude and not longitude:
            return None, []
        return {"type": "Point", "coordinates": [self._degrees(longitude, line), self._degrees(latitude, line)]}, []

    def _degrees(self, text: str, line: int) -> float:
        if not text or text.lower() in _FINITE_NAMES:
            raise PlotFault("non_finite_coordinate")
        self._hold_to_sign(text, line)
        value = parse_number(text.replace(",", "."))
        if value is None:
            raise PlotFault("non_numeric_coordinate", value=text)
        return value

    def _hold_to_sign(self, text: str, line: int) -> None:
        """One decimal sign for the whole file, and a comma only where semicolons separate columns."""
        signs = {sign for sign in ".," if sign in text}
        if "," in signs and self._columns.delimiter != ";":
            raise PlotFault("decimal_comma", line=line, value=text)
        if not signs:
            return
        sign = signs.pop()
        if signs or self._sign not in (None, sign):
            raise FileRefused("decimal_comma", line=line)
        self._sign = sign
        if sign == ",":
            self._notes.add("csv_decimal_comma")

    def _point_properties(self, properties: dict[str, str]) -> dict[str, str]:
        """The properties with the areas' decimal commas as points, where the file writes such."""
        if self._columns.delimiter != ";" or self._sign == ".":
            return properties
        return {name: text.replace(",", ".") for name, text in properties.items()}
