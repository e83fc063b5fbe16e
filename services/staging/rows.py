"""Rows of WKB and of properties of any type, as a database without strict columns holds them, as columns."""

from collections.abc import Mapping, Sequence
from functools import partial
from math import isfinite
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from services.staging.columns import Columns
from services.staging.crs import ToWgs84
from services.staging.faults import PlotFault
from services.staging.properties import candidate_ids, declared_area_ha, holds_nul
from services.staging.rules import Rules
from services.staging.wkb import read_degrees, read_wkb

Wkb = bytes | PlotFault | None
Properties = Mapping[str, Any]


def columns_of_rows(wkb: Sequence[Wkb], properties: Sequence[Properties], rules: Rules, crs: ToWgs84 | None) -> Columns:
    """Columns of n plots from their WKB (none: no geometry; a fault: unreadable already) and their properties.

    As in every format, bytes become hexadecimal text, and what is no finite number `null` or the text of an infinity.
    """
    column = pa.array([value if isinstance(value, bytes) else None for value in wkb], pa.binary())
    decoded = read_degrees(column, None, rules) if crs is None else read_wkb(column, None)
    faults = {row: value for row, value in enumerate(wkb) if isinstance(value, PlotFault)} | decoded.faults
    plain = [{name: _plain(value) for name, value in values.items()} for values in properties]
    texts = [orjson.dumps(values).decode() for values in plain]
    ids = [candidate_ids(values, rules.plot_id_column, partial(_written, values)) for values in plain]
    areas_ha = np.full(len(wkb), np.nan)
    limit = rules.limits.max_feature_bytes
    for row, values in enumerate(plain):
        try:
            if holds_nul(values):
                raise PlotFault("nul_character")
            if len(texts[row]) > limit:
                raise PlotFault("feature_too_large", limit=limit)
            if decoded.geometry[row] is not None and decoded.geometry[row].geom_type == "Point":
                area_ha = declared_area_ha(values)
                areas_ha[row] = np.nan if area_ha is None else area_ha
        except PlotFault as fault:
            faults.setdefault(row, fault)
    names = {name for offered in ids for name in offered}
    found = {name: pa.array([offered.get(name) for offered in ids], pa.string()) for name in names}
    return Columns(decoded.geometry, pa.array(texts, pa.string()), found, areas_ha, crs, faults, decoded.notes, plain=decoded.plain)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return str(value) if isinstance(value, float) and not isfinite(value) and value == value else value


def _written(values: Properties, key: str) -> str:
    return repr(values[key])
