"""Read a GeoParquet file (1.0, 1.1, 2.0, or plain Parquet with a GEOMETRY or GEOGRAPHY column) slice by slice."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyarrow.types as pt
from numpy.typing import NDArray

from services.staging.ahead import ahead
from services.staging.archive import MAX_RATIO, RATIO_FROM_BYTES
from services.staging.columns import Columns
from services.staging.faults import FileRefused
from services.staging.geo_metadata import GeoColumn, geo_column
from services.staging.native_geometry import read_native
from services.staging.rules import MIB, Rules
from services.staging.table_columns import columns_of_table
from services.staging.wkb import Decoded, read_degrees, read_wkb

MOST_ROWS: Final = 10_000
"""Rows that are judged at once."""
_SLICE_BYTES: Final = 8 * MIB
_BROKEN: Final = (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError, OSError)


def read_geoparquet(path: Path, rules: Rules, notes: set[str]) -> Iterator[Columns]:
    """The rows in slices, in the order of the file, from its primary geometry column.

    What the file declares (rows, decoded sizes) is held against the limits before any of it is decoded. Adds notes
    about the whole file to `notes`. Raises `FileRefused` when the file as a whole cannot be read.
    """
    try:
        with pq.ParquetFile(path, pre_buffer=False) as file:
            _judge_size(file.metadata, path.stat().st_size, rules)
            geo = geo_column(file.schema, file.metadata.metadata or {}, rules, notes)
            _judge_names(file.schema_arrow)
            batches = file.iter_batches(_rows_at_once(file.metadata), use_threads=False)
            yield from ahead(lambda batch: _slice(batch, geo, rules), (part for batch in batches for part in _parts(batch)))
    except _BROKEN as error:
        raise FileRefused("parquet_malformed", reason=str(error).partition("\n")[0]) from error


def _judge_size(metadata: pq.FileMetaData, packed_bytes: int, rules: Rules) -> None:
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    if max(metadata.num_rows, sum(group.num_rows for group in groups)) > rules.limits.max_plots:
        raise FileRefused("too_many_features", limit=rules.limits.max_plots)
    decoded_bytes = sum(group.total_byte_size for group in groups)  # pyarrow aborts at damaged columns when asked for theirs
    if decoded_bytes > rules.limits.max_decoded_bytes:
        raise FileRefused("decoded_size_limit", part="the decoded file", limit=rules.limits.max_decoded_bytes)
    if decoded_bytes > (most := max(RATIO_FROM_BYTES, MAX_RATIO * packed_bytes)):
        raise FileRefused("decoded_size_limit", part="the decoded file", limit=most)


def _rows_at_once(metadata: pq.FileMetaData) -> int:
    """Rows of a slice: as many as make some megabytes, so that small plots share what each slice costs."""
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    bytes_a_row: int = sum(group.total_byte_size for group in groups) // max(1, metadata.num_rows)
    return min(max(_SLICE_BYTES // max(1, bytes_a_row), 1), MOST_ROWS)


def _parts(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The rows of `batch` in as many parts as their repeated texts need once each row has its own.

    The footer tells of a text in a dictionary once, however many rows name it.
    """
    ends = np.cumsum(
        sum((_text_bytes(column) for column in batch.columns if pt.is_dictionary(column.type)), np.zeros(len(batch), np.int64))
    )
    start = 0
    while start < len(batch):
        before = ends[start - 1] if start else 0
        end = max(int(np.searchsorted(ends, before + _SLICE_BYTES, "right")), start + 1)
        yield batch.slice(start, end - start)
        start = end


def _text_bytes(column: pa.DictionaryArray) -> NDArray[np.int64]:
    """Bytes of the text that each row names; shape [rows]."""
    kind = column.type.value_type
    if not any(is_text(kind) for is_text in (pt.is_string, pt.is_large_string, pt.is_binary, pt.is_large_binary)):
        return np.zeros(len(column), np.int64)
    sizes: NDArray[np.int64] = pc.binary_length(column.dictionary).take(column.indices).fill_null(0).to_numpy(False).astype(np.int64)
    return sizes


def _judge_names(schema: pa.Schema) -> None:
    for name, times in Counter(schema.names).items():
        if times > 1 or "\0" in name:
            raise FileRefused("parquet_malformed", reason=f"the column name {name} occurs twice or holds U+0000")


def _slice(batch: pa.RecordBatch, geo: GeoColumn, rules: Rules) -> Columns:
    batch.validate(full=True)
    table = {name: batch.column(name) for name in batch.schema.names if name not in geo.not_properties}
    return columns_of_table(_decoded(_stored(batch.column(geo.name)), geo, rules), table, rules, geo.crs)


def _stored(column: pa.Array) -> Any:
    return column.storage if isinstance(column.type, pa.BaseExtensionType) else column


def _decoded(column: pa.Array, geo: GeoColumn, rules: Rules) -> Decoded:
    if geo.encoding != "WKB":
        return read_native(column, geo.encoding)
    if not (pt.is_binary(column.type) or pt.is_large_binary(column.type) or pt.is_binary_view(column.type)):
        raise FileRefused("geoparquet_metadata", reason=f"the column {geo.name} is declared as WKB but holds {column.type}")
    return read_degrees(column, geo.srid, rules) if geo.crs is None else read_wkb(column, geo.srid)
