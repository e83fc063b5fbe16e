"""Read the rows of a table, a CSV file or a sheet: geometry from WKT or GeoJSON text or from latitude and longitude."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from services.staging.checks.decimals import decimals_of, decimals_of_json, decimals_of_wkt
from services.staging.csv_header import Header
from services.staging.draft import Draft
from services.staging.faults import FileRefused, PlotFault
from services.staging.outline import read_outline
from services.staging.properties import candidate_ids, declared_area_ha, parse_number
from services.staging.rules import Rules
from services.staging.wkt import read_geometry_field

_FINITE_NAMES: Final = frozenset({"nan", "inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "null", "none"})


class TableRows:
    """Reads one row after the other, holding all of them to the same decimal sign."""

    def __init__(self, header: Header, rules: Rules, notes: set[str]) -> None:
        self._header = header
        self._rules = rules
        self._notes = notes
        self._sign: str | None = None

    def drafts(self, rows: Iterable[tuple[list[Any], int]]) -> Iterator[Draft]:
        """Each row, given with its line, as a draft; empty rows are left out. Raises `FileRefused`."""
        index = 0
        for row, line in rows:
            if not row:
                continue
            if index >= self._rules.limits.max_plots:
                raise FileRefused("too_many_features", limit=self._rules.limits.max_plots)
            yield self._draft(index, row, line)
            index += 1

    def _draft(self, index: int, row: list[Any], line: int) -> Draft:
        names = self._header.names
        if len(row) != len(names):
            return Draft(index, PlotFault("csv_ragged_row", line=line, found=len(row), expected=len(names)))
        properties = {names[i]: row[i] for i in self._header.kept}
        ids = candidate_ids(properties, self._rules.plot_id_column, lambda key: str(properties[key]))
        text = orjson.dumps(properties).decode()
        try:
            if any(isinstance(field, str) and "\0" in field for field in row):
                raise PlotFault("csv_nul", line=line)
            outline = read_outline(*self._geometry(row, line))
            area_ha = declared_area_ha(self._point_properties(properties)) if outline.kind == "Point" else None
        except PlotFault as fault:
            return Draft(index, fault, text, ids)
        return Draft(index, outline, text, ids, area_ha, self._decimals(row))

    def _decimals(self, row: list[Any]) -> int | None:
        if self._header.geometry is None:
            latitude, longitude = (str(row[i]).strip() for i in self._header.latitude_longitude)
            return decimals_of([(longitude, latitude)])
        text = str(row[self._header.geometry])
        return decimals_of_json(text.encode()) if text.lstrip().startswith("{") else decimals_of_wkt(text)

    def _geometry(self, row: list[Any], line: int) -> tuple[Any, list[str]]:
        if self._header.geometry is not None:
            return read_geometry_field(str(row[self._header.geometry]), self._rules.assume_crs)
        latitude, longitude = (str(row[i]).strip() for i in self._header.latitude_longitude)
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
        if "," in signs and self._header.delimiter != ";":
            raise PlotFault("decimal_comma", line=line, value=text)
        if not signs:
            return
        sign = signs.pop()
        if signs or self._sign not in (None, sign):
            raise FileRefused("decimal_comma", line=line)
        self._sign = sign
        if sign == ",":
            self._notes.add("csv_decimal_comma")

    def _point_properties(self, properties: dict[str, Any]) -> dict[str, Any]:
        """The properties with the areas' decimal commas as points, where the file writes such."""
        if self._header.delimiter != ";" or self._sign == ".":
            return properties
        return {name: value.replace(",", ".") if isinstance(value, str) else value for name, value in properties.items()}
