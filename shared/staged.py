"""Read the staged file of a collection: GeoParquet whose row groups are the chunks that workers compute."""

from collections import OrderedDict
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

STAGED_FILE: Final = "plots.parquet"
"""Name of the staged file among the blobs of a collection."""
COLUMNS: Final = (
    pa.field("plot_no", pa.int32(), nullable=False),
    pa.field("plot_id", pa.string(), nullable=False),
    pa.field("feature_index", pa.int32(), nullable=False),
    pa.field("geometry", pa.binary(), nullable=False),
    pa.field("properties", pa.string(), nullable=False),
    pa.field("area_ha", pa.float64()),
    pa.field("is_point", pa.bool_(), nullable=False),
    pa.field("geometry_hash", pa.string(), nullable=False),
    pa.field("notes", pa.list_(pa.string()), nullable=False),
    pa.field("country", pa.string()),
    pa.field("locations_confidence", pa.string()),
)
"""Columns of a staged file, in its order."""
SLICE: Final = 1000
"""Geometries that are decoded at once: shapely holds the interpreter meanwhile."""
_FOOTERS: Final = 32

Source = Path | RawIOBase | BinaryIO
"""A file, or something that is read like one."""


@dataclass(frozen=True, slots=True)
class StagedPlots:
    """One chunk of plots (n of them), in the order of `plot_no`."""

    plot_no: NDArray[np.int32]
    """Rank along the space-filling curve, from 0."""
    plot_id: list[str]
    """The id that the user gave."""
    feature_index: NDArray[np.int32]
    """Position in the user's file, from 0."""
    geometry: NDArray[np.object_]
    """Valid shapely points, polygons and multipolygons, longitude and latitude on WGS84."""
    wkb: list[bytes]
    """The same as 2-D little-endian WKB."""
    properties: list[str]
    """JSON text of the user's properties, values as they were written."""
    area_ha: NDArray[np.float64]
    """Geodesic area of a polygon, declared area of a point; NaN where a point declares none."""
    is_point: NDArray[np.bool_]
    geometry_hash: list[str]
    notes: list[list[str]]
    """Codes of what was mended."""
    country: list[str | None]
    """ISO 3166-1 alpha-2 (XK for Kosovo); None outside every country, and where locations were not validated."""
    locations_confidence: list[str | None]
    """`high`, `medium` or `low`; None where locations were not validated."""

    def __len__(self) -> int:
        return len(self.plot_no)


_footers: OrderedDict[str, pq.FileMetaData] = OrderedDict()
_lock: Final = Lock()


def read_chunk(source: Source, part: int, name: str | None = None) -> StagedPlots:
    """Row group `part` (from 0) of a staged file, given by its path or as a seekable binary file.

    A staged file never changes, so its footer is kept: under `name`, its blob key, or for a path under what the
    directory says of it. A file without a name is read with its footer each time. Raises IndexError beyond the last part.
    """
    file = pq.ParquetFile(source, metadata=_footer(source, name))
    if not 0 <= part < file.num_row_groups:
        raise IndexError(f"part {part} of {file.num_row_groups}")
    return _plots(file.read_row_group(part, columns=[field.name for field in COLUMNS], use_threads=False))


def chunk_sizes(source: Source, name: str | None = None) -> list[int]:
    """Number of plots in each row group of a staged file."""
    footer = _footer(source, name)
    return [footer.row_group(part).num_rows for part in range(footer.num_row_groups)]


def _footer(source: Source, name: str | None) -> pq.FileMetaData:
    key = name if name is not None else _file_key(source)
    if key is None:
        return pq.read_metadata(source)
    with _lock:
        if key in _footers:
            _footers.move_to_end(key)
            return _footers[key]
    footer = pq.read_metadata(source)
    with _lock:
        _footers[key] = footer
        while len(_footers) > _FOOTERS:
            _footers.popitem(last=False)
    return footer


def _file_key(source: Source) -> str | None:
    if not isinstance(source, Path):
        return None
    status = source.stat()
    return f"{source}:{status.st_ino}:{status.st_mtime_ns}:{status.st_size}"


def _plots(table: pa.Table) -> StagedPlots:
    wkb: list[bytes] = table["geometry"].to_pylist()

    def text(column: str) -> list[Any]:
        return list(table[column].to_pylist())

    return StagedPlots(
        plot_no=table["plot_no"].to_numpy(),
        plot_id=text("plot_id"),
        feature_index=table["feature_index"].to_numpy(),
        geometry=_decoded(wkb),
        wkb=wkb,
        properties=text("properties"),
        area_ha=table["area_ha"].to_numpy(),
        is_point=table["is_point"].to_numpy(),
        geometry_hash=text("geometry_hash"),
        notes=text("notes"),
        country=text("country") if "country" in table.column_names else [None] * table.num_rows,  # files of version 0.1.0 have none
        locations_confidence=text("locations_confidence") if "locations_confidence" in table.column_names else [None] * table.num_rows,
    )


def _decoded(wkb: list[bytes]) -> NDArray[np.object_]:
    slices = [shapely.from_wkb(wkb[start : start + SLICE]) for start in range(0, len(wkb), SLICE)]
    return np.concatenate(slices) if slices else np.empty(0, dtype=object)
