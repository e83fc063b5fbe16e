"""Write the columns of a table as one column of JSON objects, without a step of Python for each plot where types are plain."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt

_ESCAPED: Final = r'["\\\x00-\x1f]'
_NOT_FINITE: Final = pa.array(["nan", "inf", "-inf"])


def json_objects(columns: Mapping[str, pa.Array], count: int) -> pa.StringArray:
    """One JSON object for each of `count` plots, a member for each column; nulls and NaN become null.

    Times are ISO 8601, infinite numbers the texts "inf" and "-inf", binary values are hexadecimal.
    """
    if not columns:
        return pa.array(["{}"] * count, pa.string())
    parts: list[pa.Array | str] = []
    for place, (name, values) in enumerate(columns.items()):
        parts += [f"{',' if place else '{'}{orjson.dumps(name).decode()}:", json_values(values)]
    return pc.binary_join_element_wise(*parts, "}", "")


def json_values(values: pa.Array) -> pa.StringArray:
    """Each value (shape [n]) as JSON text, `null` for a null."""
    if pt.is_dictionary(values.type):
        return pc.fill_null(json_values(values.dictionary).take(values.indices), "null")
    write = next((write for suits, write in _WRITERS if suits(values.type)), _any_values)
    return pc.fill_null(write(values), "null")


def _texts(values: pa.Array) -> pa.StringArray:
    values = values.cast(pa.string())
    quoted = pc.binary_join_element_wise('"', values, '"', "")
    if not _may_need_escapes(values):
        return quoted
    special = pc.match_substring_regex(values, _ESCAPED)
    escaped = [orjson.dumps(text).decode() for text in values.filter(special).to_pylist()]
    return pc.replace_with_mask(quoted, pc.fill_null(special, False), pa.array(escaped, pa.string()))


def _may_need_escapes(values: pa.StringArray) -> bool:
    """Whether any byte among the texts, of those that are null too, is written otherwise in JSON."""
    place = np.frombuffer(values.buffers()[1], dtype=np.int32)[[values.offset, values.offset + len(values)]]
    written = np.frombuffer(values.buffers()[2] or b"", dtype=np.uint8)[place[0] : place[1]]
    return bool(((written < 0x20) | (written == 0x22) | (written == 0x5C)).any())


def _floats(values: pa.Array) -> pa.StringArray:
    texts = values.cast(pa.string())
    plain = pc.match_substring_regex(texts, r"^-?\d+$")
    texts = pc.if_else(plain, pc.binary_join_element_wise(texts, ".0", ""), texts)
    texts = pc.if_else(pc.equal(texts, "nan"), "null", texts)
    return pc.if_else(pc.is_in(texts, _NOT_FINITE), pc.binary_join_element_wise('"', texts, '"', ""), texts)


def _plain(values: pa.Array) -> pa.StringArray:
    return values.cast(pa.string())


def _times(values: pa.Array) -> pa.StringArray:
    if values.type.tz is None:
        return _texts(pc.strftime(values, format="%Y-%m-%dT%H:%M:%S"))
    return _texts(pc.strftime(values.cast(pa.timestamp(values.type.unit, "UTC")), format="%Y-%m-%dT%H:%M:%SZ"))


def _any_values(values: pa.Array) -> pa.StringArray:
    return pa.array([orjson.dumps(value, default=_default).decode() for value in values.to_pylist()], pa.string())


def _default(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else str(value)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind) or pt.is_date(kind))


_WRITERS: Final[tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array], pa.StringArray]], ...]] = (
    (_is_text, _texts),
    (pt.is_integer, _plain),
    (pt.is_boolean, _plain),
    (pt.is_float32, _floats),
    (pt.is_float64, _floats),
    (pt.is_timestamp, _times),
)
