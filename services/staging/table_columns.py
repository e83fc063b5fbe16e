"""Make the columns of staging from a table whose geometries are decoded: properties, ids, and the areas of points."""

from collections.abc import Mapping

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt
import shapely
from numpy.typing import NDArray

from services.staging.columns import Columns
from services.staging.crs import ToWgs84
from services.staging.faults import PlotFault
from services.staging.json_text import json_objects, json_values
from services.staging.properties import AREA_NAMES, ID_NAMES, MAX_ID_CHARACTERS, declared_area_ha, holds_nul, spelled
from services.staging.rules import Rules
from services.staging.wkb import Decoded

Table = Mapping[str, pa.Array]


def columns_of_table(decoded: Decoded, table: Table, rules: Rules, crs: ToWgs84 | None) -> Columns:
    """Columns of n plots from their geometries and from the other columns of the file by name, in its order."""
    count = len(decoded.geometry)
    properties = json_objects(table, count)
    faults = dict(decoded.faults)
    _judge_texts(properties, faults, rules.limits.max_feature_bytes)
    areas_ha = _declared_areas(decoded, table, faults)
    return Columns(
        decoded.geometry, properties, _ids(table, rules.plot_id_column), areas_ha, crs, faults, decoded.notes, plain=decoded.plain
    )


def _judge_texts(properties: pa.StringArray, faults: dict[int, PlotFault], limit: int) -> None:
    for row in np.flatnonzero(pc.match_substring(properties, "\\u0000")):
        if holds_nul(orjson.loads(properties[int(row)].as_py())):  # and not a backslash before u0000
            faults[int(row)] = PlotFault("nul_character")
    for row in np.flatnonzero(pc.greater(pc.binary_length(properties), limit)):
        faults[int(row)] = PlotFault("feature_too_large", limit=limit)


def _ids(table: Table, column: str | None) -> dict[str, pa.StringArray]:
    keys = {column: column} if column is not None else spelled(table, ID_NAMES)
    found = {name: _id_texts(table[key]) for name, key in keys.items() if key in table}
    return {name: texts for name, texts in found.items() if texts is not None}


def _id_texts(values: pa.Array) -> pa.StringArray | None:
    """Texts as they are and numbers as JSON writes them, null where that is no id; None when no value of this type is."""
    if pt.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pt.is_integer(values.type) or pt.is_floating(values.type):
        texts = pc.if_else(pc.is_valid(values), json_values(values), None)
    elif pt.is_string(values.type) or pt.is_large_string(values.type) or pt.is_string_view(values.type):
        texts = values.cast(pa.string())
    else:
        return None
    usable = pc.and_(pc.not_equal(pc.utf8_trim_whitespace(texts), ""), pc.less_equal(pc.utf8_length(texts), MAX_ID_CHARACTERS))
    usable = pc.and_(usable, pc.not_equal(texts, "null")) if pt.is_floating(values.type) else usable
    return pc.if_else(pc.fill_null(usable, False), texts, None)


def _declared_areas(decoded: Decoded, table: Table, faults: dict[int, PlotFault]) -> NDArray[np.float64]:
    areas_ha = np.full(len(decoded.geometry), np.nan)
    keys = list(spelled(table, AREA_NAMES).values())
    for row in np.flatnonzero(shapely.get_type_id(decoded.geometry) == shapely.GeometryType.POINT) if keys else ():
        values = {key: table[key][int(row)].as_py() for key in keys}
        try:
            area_ha = declared_area_ha({key: None if value != value else value for key, value in values.items()})  # NaN is none
        except PlotFault as fault:
            faults.setdefault(int(row), fault)
        else:
            areas_ha[row] = np.nan if area_ha is None else area_ha
    return areas_ha
