"""Area of each plot by ranges of a band's value."""

from functools import partial
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from shared.zonal.block import Block
from shared.zonal.reductions.reduction import Reduction, is_known, known_cells, summed
from shared.zonal.spans import Spans


def histogram(source: str, edges: NDArray[np.float64]) -> Reduction:
    """Ground area in m2 below the first of the rising `edges`, in each range [edge, next), and from the last on.

    float64 [plots, edges + 1]; cells that are not known count nowhere. Raises ValueError for edges that do not rise.
    """
    rising = np.ascontiguousarray(edges, dtype=np.float64)
    if rising.ndim != 1 or len(rising) == 0 or not (np.diff(rising) > 0).all():
        raise ValueError("the edges of a histogram rise")
    return Reduction((source,), partial(_histogram, rising), summed)


def _histogram(edges: NDArray[np.float64], spans: Spans, blocks: tuple[Block, ...]) -> NDArray[np.float64]:
    areas = np.zeros((spans.pieces, len(edges) + 1))
    _add_to_bins(*spans.arrays, *known_cells(blocks[0]), blocks[0].scale, blocks[0].offset, edges, areas)
    return areas


@numba.njit(nogil=True, cache=True)
def _add_to_bins(
    piece: Any, start: Any, cells: Any, share: Any, weight_m2: Any, area_m2: Any,
    values: Any, mask: Any, has_nodata: bool, nodata: Any, scale: float, offset: float, edges: Any, areas: Any,
) -> None:  # fmt: skip
    uneven = len(area_m2) > 0
    for at in range(len(piece)):
        for cell in range(start[at], start[at] + cells[at]):
            if is_known(values, mask, has_nodata, nodata, cell):
                value = values[cell] * scale + offset
                areas[piece[at], np.searchsorted(edges, value, side="right")] += share[at] * area_m2[cell] if uneven else weight_m2[at]
