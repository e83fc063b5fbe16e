"""Means of many bands of one grid over plots: covered once, each band read once, for series in time."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.zonal.block import Source
from shared.zonal.coverage import LEAST_FRACTION
from shared.zonal.passes import block_of
from shared.zonal.plan import Plan
from shared.zonal.reductions.moments import moments
from shared.zonal.reductions.reduction import summed
from shared.zonal.spans import Spans, spans_of

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StackMeans:
    """Of n plots over k bands."""

    mean: Floats
    """[n, k] by ground area of what is known; nan where nothing is."""
    known_m2: Floats
    """[n, k] ground area of the known cells."""
    cells: NDArray[np.int64]
    """[n] cells of the grid that the plot touches, known or not."""


def stack_means(geometries: NDArray[np.object_], sources: Sequence[Source]) -> StackMeans:
    """The bands over each polygon (lon/lat, valid, shape [n]); all on one grid, at least one, else ValueError.

    As `zonal` with `moments` of each band: the same bits, whatever other plots there are. It holds one band at a time, not all.
    Blocks; raises what the sources raise, and Refused (`outside_projection`).
    """
    if len({id(source.cells) for source in sources}) > 1 and any(source.cells != sources[0].cells for source in sources):
        raise ValueError("the bands of a stack lie on one grid")
    plan = Plan.of(geometries, sources[0].cells, sources[0].unit)
    runs = plan.runs()
    spans = [spans_of(plan.outlines, plan.layout(run), LEAST_FRACTION) for run in runs]
    plots = [plan.plots(run) for run in runs]
    reduction = moments("band")
    mean, known_m2 = np.empty((len(geometries), len(sources))), np.empty((len(geometries), len(sources)))
    for at, source in enumerate(sources):
        blocks = (block_of(source, plan.reads(run)) for run in runs)
        found = reduction.joined(
            [reduction.of_block(one, (block,)) for one, block in zip(spans, blocks, strict=True)], plots, len(geometries)
        )
        mean[:, at], known_m2[:, at] = found.mean, found.weight
    touched = summed([_cells(one) for one in spans], plots, len(geometries))
    return StackMeans(mean, known_m2, touched[:, 0].astype(np.int64))


def _cells(spans: Spans) -> Floats:
    """Cells of each piece, [pieces, 1]."""
    return np.bincount(spans.piece, weights=spans.cells, minlength=spans.pieces)[:, None].astype(np.float64)
