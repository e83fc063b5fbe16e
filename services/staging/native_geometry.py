"""Read the encodings of GeoParquet 1.1 that hold coordinates as nested lists (GeoArrow): point, polygon, multipolygon."""

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.types as pt

from services.staging.draft import Outline
from services.staging.faults import FileRefused, PlotFault
from services.staging.outline import read_outline
from services.staging.shapes import build
from services.staging.wkb import Decoded

_KINDS: Final = {"point": ("Point", 0), "polygon": ("Polygon", 2), "multipolygon": ("MultiPolygon", 3)}
"""Geometry type, and how many lists lie round its positions."""


def read_native(column: pa.Array, encoding: str) -> Decoded:
    """Geometries of a column in one of the encodings (shape [n]); nulls become None.

    Plots go through the same reading as GeoJSON does. Raises `FileRefused` when the column is of another type than declared.
    """
    kind, depth = _KINDS[encoding]
    _judge_type(column.type, encoding, depth)
    decoded = Decoded(np.full(len(column), None, dtype=object))
    outlines: dict[int, Outline] = {}
    for row, value in enumerate(column.to_pylist()):
        if value is None:
            continue
        try:
            outlines[row] = read_outline({"type": kind, "coordinates": _positions(value, depth)}, ())
        except PlotFault as fault:
            decoded.faults[row] = fault
    if outlines:
        decoded.geometry[list(outlines)] = build(list(outlines.values()))
    decoded.notes = {row: outline.notes for row, outline in outlines.items() if outline.notes}
    return decoded


def _judge_type(kind: pa.DataType, encoding: str, depth: int) -> None:
    inner = kind
    for _ in range(depth):
        inner = inner.value_type if pt.is_list(inner) or pt.is_large_list(inner) else pa.null()
    if not pt.is_struct(inner) or [field.name for field in inner][:2] != ["x", "y"] or not all(pt.is_float64(f.type) for f in inner):
        raise FileRefused("geoparquet_metadata", reason=f"the encoding {encoding} does not fit a column of {str(kind)[:30]}")


def _positions(value: Any, depth: int) -> Any:
    """Nested lists of structs x, y as nested lists of positions; heights and measures stay, to be noted."""
    if depth == 0:
        return None if value is None else list(value.values())
    return None if value is None else [_positions(inner, depth - 1) for inner in value]
