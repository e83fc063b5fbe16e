"""Plots whose surroundings are read together: neighbours ask for the same cells, and a read costs more than the cells in it."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from services.biodiversity.rules import Thresholds
from shared.zonal.block import Source
from shared.zonal.held import held, window_of

READ_CELLS = 65_536
"""A read costs as much as so many cells in it."""

Bounds = NDArray[np.float64]


def groups(bounds: Bounds, sources: Sequence[Source], rules: Thresholds) -> Iterator[range]:
    """Runs of windows (degrees, [n, 4]) that are read together: as long as the window is small and most of it is needed."""
    first = 0
    union, own = bounds[:1].copy(), 0.0
    for at, one in enumerate(bounds):
        joined = np.concatenate((np.minimum(union[0, :2], one[:2]), np.maximum(union[0, 2:], one[2:])))
        alone = max(_cells(one, sources), READ_CELLS)
        cells = _cells(joined, sources)
        if at > first and (cells > rules.max_group_cells or cells > rules.max_group_waste * (own + alone)):
            yield range(first, at)
            first, joined, own = at, one, 0.0
        union, own = joined[np.newaxis], own + alone
    if len(bounds):
        yield range(first, len(bounds))


def near(source: Source, bounds: Bounds) -> Source:
    """The band with the cells of a group read; of one plot they are read as they are asked for. Raises what the source raises."""
    if len(bounds) == 1:
        return source
    (west, south), (east, north) = bounds[:, :2].min(axis=0).tolist(), bounds[:, 2:].max(axis=0).tolist()
    return held(source, (west, south, east, north))


def _cells(bounds: Bounds, sources: Sequence[Source]) -> float:
    """Cells of the finer band within bounds."""
    windows = [window_of(source.cells, (bounds[0], bounds[1], bounds[2], bounds[3])) for source in sources]
    return float(max((window[2] * window[3] for window in windows if window is not None), default=0))
