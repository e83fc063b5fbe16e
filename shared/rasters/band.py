"""What was read of one band on a grid, and from which files."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.v1.results.eudr_deforestation import LayerState


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """One file that was read, so that a result can be traced to bytes."""

    layer: str
    band: str
    name: str
    """File name or address of the tile."""
    version: str
    """Version of the layer by the catalogue; `local` for a file given in its place."""
    checksum: str
    """`sha256:<hex>`, `sampled-sha256:<hex>` (files over 1 GiB), or for an address `etag:<value>`, `modified:<date>`
    where the server gives no ETag, `none` where it gives neither."""


@dataclass(frozen=True, slots=True)
class LayerPin:
    """What a run pins of one layer."""

    version: str
    sources: tuple[Source, ...]
    """Files read so far by this process, sorted."""


@dataclass(frozen=True, slots=True)
class Band:
    """Values of one band at the cell centres of a grid.

    `state` is of the whole window: `failed` when a tile that is published is missing here, else `available` when
    a raster reaches any of its cells, else `not_covered` or `not_configured`. For one plot: `available` where it
    has a valid cell, else the `state` unless that is `available`, then `not_covered`.
    """

    values: NDArray[Any]
    """[height, width] in the type of the file; 0 where no raster reaches."""
    valid: NDArray[np.bool_]
    """[height, width]: a raster reaches the cell and its value is not nodata."""
    state: LayerState
    sources: tuple[Source, ...]
    """Files that were read for this window, sorted."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The part of a band that one raster gave, for the rows and columns of the grid that lie in it."""

    rows: slice
    columns: slice
    values: NDArray[Any]
    valid: NDArray[np.bool_]
    source: Source | None
    """None where the raster reaches no cell, or is missing."""
    failed: bool = False


def assembled(pieces: list[Piece], shape: tuple[int, int], dtype: str) -> Band:
    """The band of a grid of that shape from its pieces; `dtype` where there is none."""
    reached = [piece for piece in pieces if piece.source is not None]
    if len(reached) == len(pieces) == 1 and reached[0].values.shape == shape:
        return Band(reached[0].values, reached[0].valid, "available", (reached[0].source,) if reached[0].source else ())
    values = np.zeros(shape, dtype=np.result_type(*(piece.values.dtype for piece in reached)) if reached else dtype)
    valid = np.zeros(shape, dtype=np.bool_)
    for piece in reached:
        values[piece.rows, piece.columns] = piece.values
        valid[piece.rows, piece.columns] = piece.valid
    state: LayerState = "available" if reached else "not_covered"
    if any(piece.failed for piece in pieces):
        state = "failed"
    return Band(values, valid, state, tuple(sorted({piece.source for piece in reached if piece.source})))


def not_configured(shape: tuple[int, int], dtype: str) -> Band:
    """The band of a layer that has no source here."""
    return Band(np.zeros(shape, dtype=dtype), np.zeros(shape, dtype=np.bool_), "not_configured", ())
