"""Columns of GeoJSON features that compiled code has found: their texts are decoded together, and what is not plain is read again."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from services.staging.checks.thresholds import DECIMALS
from services.staging.columns import Columns
from services.staging.plain.coordinates import FINE, HEAD_BYTES, LAT_DECIMALS, LON_DECIMALS, POSITION_BYTES, read_rings
from services.staging.plain.features import COORDINATES, COORDINATES_END, END, ID, ID_END, PROPERTIES, PROPERTIES_END, START, Bytes
from services.staging.plain.outlines import PlainOutlines, plain_outlines
from services.staging.properties import ID_NAMES, id_text, spelled
from services.staging.rules import Rules
from services.staging.scanner import Text, written

Found = NDArray[np.int64]
_SHORTEST_POSITION: Final = 6
"""Characters of `[1,2],`."""


def plain_columns(text: Text, view: Bytes, found: Found, rules: Rules) -> tuple[NDArray[np.intp], Columns]:
    """The plain ones among the features of `found` (rows of `scan`), by position, in longitude and latitude.

    `view` are the bytes of `text`. Raises `orjson.JSONDecodeError` when a text among them is no strict JSON.
    """
    outlines, decimals = _outlines(view, found, rules)
    some = found[outlines.rows]
    texts = [text[start:end] for start, end in some[:, [PROPERTIES, PROPERTIES_END]].tolist()]
    own = [text[start:end] for start, end in some[:, [ID, ID_END]].tolist()] if some[:, ID].any() else []
    properties = orjson.loads(b"[%b]" % b",".join(texts))
    own_ids = orjson.loads(b"[%b]" % b",".join(raw or b"null" for raw in own))
    count = len(some)
    columns = Columns(
        np.full(count, None, dtype=object),
        pa.array(texts, pa.binary()).cast(pa.string()),
        _ids(properties, texts, own_ids, own, rules.plot_id_column),
        np.full(count, np.nan),
        decimals=decimals[outlines.rows],
        plain=replace(outlines, rows=np.arange(count)),
    )
    return outlines.rows, columns


def _outlines(view: Bytes, found: Found, rules: Rules) -> tuple[PlainOutlines, NDArray[np.int8]]:
    """The plain ones among the outlines, and the decimals of all as `decimals_of` counts them."""
    count = len(found)
    starts, ends = np.ascontiguousarray(found[:, COORDINATES]), np.ascontiguousarray(found[:, COORDINATES_END])
    room = int((ends - starts).sum()) * POSITION_BYTES // _SHORTEST_POSITION + (HEAD_BYTES + POSITION_BYTES) * count
    wkb, offsets, decimals = np.empty(room, np.uint8), np.empty(count + 1, np.int64), np.empty((count, 3), np.int64)
    used = read_rings(view, starts, ends, DECIMALS.enough, wkb, offsets, decimals)
    column = pa.LargeBinaryArray.from_buffers(pa.large_binary(), count, [None, pa.py_buffer(offsets), pa.py_buffer(wkb[:used])])
    plain = plain_outlines(column, rules.limits.max_vertices_per_plot, rules.mend)
    large = found[plain.rows, END] - found[plain.rows, START] > rules.limits.max_feature_bytes
    short, long = np.sort(decimals[:, [LON_DECIMALS, LAT_DECIMALS]], axis=1).T
    counted = np.minimum(np.where(long - short > DECIMALS.dropped_zeros, short, long), DECIMALS.enough)
    counted[decimals[:, FINE] > 0] = DECIMALS.enough
    return plain.without(plain.rows[large].tolist()) if large.any() else plain, counted.astype(np.int8)


def _ids(
    properties: Sequence[dict[str, Any]], texts: Sequence[bytes], own_ids: Sequence[Any], own: Sequence[bytes], column: str | None
) -> dict[str, pa.StringArray]:
    """What each feature offers as its id, by name, as `candidate_ids` finds it."""
    names_of: dict[tuple[str, ...], dict[str, str]] = {}
    found: dict[str, list[str | None]] = {}

    def offer(name: str, row: int, text: str | None) -> None:
        if text is not None:
            found.setdefault(name, [None] * len(properties))[row] = text

    for row, values in enumerate(properties):
        keys = tuple(values)
        names = names_of.get(keys)
        if names is None:
            names = names_of[keys] = spelled(values, ID_NAMES) if column is None else {column: column} if column in values else {}
        for name, key in names.items():
            offer(name, row, id_text(key, values[key], partial(written, texts[row], 0)))
    for row, value in enumerate(own_ids if column in (None, "id") else ()):
        if "id" not in found or found["id"][row] is None:
            offer("id", row, id_text("id", value, partial(_as_it_stands, own[row])))
    return {name: pa.array(offered, pa.string()) for name, offered in found.items()}


def _as_it_stands(raw: bytes, _key: str) -> str:
    return raw.decode()
