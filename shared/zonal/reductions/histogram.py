"""Area of each plot by ranges of a band's value."""

from functools import partial
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from shared.zonal.block import Block
from shared.zonal.fetching import fetch_ahead
from shared.zonal.reductions.reduction import Reduction, Sums, is_known, known_cells
from shared.zonal.strips import Strips


def histogram(source: str, edges: NDArray[np.float64]) -> Reduction:
    """Ground area in m2 below the first of the rising `edges`, in each range [edge, next), and from the last on.

    float64 [plots, edges + 1]; cells that are not known count nowhere. Raises ValueError for edges that do not rise.
    """
    rising = np.ascontiguousarray(edges, dtype=np.float64)
    if rising.ndim != 1 or len(rising) == 0 or not (np.diff(rising) > 0).all():
        raise ValueError("the edges of a histogram rise")
    return Reduction((source,), partial(_histogram, rising), Sums)


def _histogram(edges: NDArray[np.float64], strips: Strips, blocks: tuple[Block, ...]) -> NDArray[np.float64]:
    areas = np.zeros((strips.pieces, len(edges) + 1))
    _add_to_bins(*strips.arrays, *known_cells(blocks[0]), blocks[0].scale, blocks[0].offset, edges, areas)
    return areas


@numba.njit(nogil=True, cache=True)
def _add_to_bins(
    piece: Any, start: Any, cells: Any, cell_m2: Any, share: Any, area_m2: Any,
    values: Any, mask: Any, has_nodata: bool, nodata: Any, scale: float, offset: float, edges: Any, areas: Any,
) -> None:  # fmt: skip
    uneven, at = len(area_m2) > 0, -1
    for strip in range(len(piece)):
        fetch_ahead(values, start, cells, strip)
        for cell in range(start[strip], start[strip] + cells[strip]):
            at += 1
            if share[at] > 0.0 and is_known(values[cell], mask, has_nodata, nodata, cell):
                bin_ = np.searchsorted(edges, values[cell] * scale + offset, side="right")
                areas[piece[strip], bin_] += share[at] * (area_m2[cell] if uneven else cell_m2[strip])
