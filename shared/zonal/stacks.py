"""Means of many bands over plots, for series in time: the plots are covered once for each grid, each band is read once."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.zonal.block import Source
from shared.zonal.coverage import LEAST_FRACTION
from shared.zonal.grid import Cells
from shared.zonal.passes import block_of
from shared.zonal.plan import Plan
from shared.zonal.reductions.moments import Moments, moments
from shared.zonal.reductions.reduction import summed
from shared.zonal.spans import Spans, spans_of

Floats = NDArray[np.float64]
_MOMENTS = moments("band")


@dataclass(frozen=True, slots=True)
class StackMeans:
    """Of n plots over k bands."""

    mean: Floats
    """[n, k] by ground area of what is known; nan where nothing is."""
    known_m2: Floats
    """[n, k] ground area of the known cells."""
    cells: NDArray[np.int64]
    """[n] cells of the last band's grid that the plot touches, known or not; those that two parts of it touch count twice."""


def stack_means(geometries: NDArray[np.object_], sources: Iterable[Source]) -> StackMeans:
    """The bands over each polygon (lon/lat, valid, shape [n]).

    As `zonal` with `moments` of each band: the same bits, whatever other plots there are. The next source is asked for when
    the one before is read, so that files may be opened one by one, and values of one band at a time are held.
    Blocks; raises what the sources raise, and Refused (`outside_projection`).
    """
    covered: list[tuple[tuple[Cells, tuple[int, int]], _Covered]] = []
    means: list[Floats] = []
    known_m2: list[Floats] = []
    cells = np.zeros(len(geometries), dtype=np.int64)
    for source in sources:
        key = (source.cells, source.unit)
        ground = next((held for of, held in covered if of == key), None)
        if ground is None:
            ground = _Covered.of(geometries, source)
            covered.append((key, ground))
        found = ground.moments(source)
        means.append(found.mean)
        known_m2.append(found.weight)
        cells = ground.cells()
    shape = (len(means), len(geometries))
    return StackMeans(np.array(means).reshape(shape).T.copy(), np.array(known_m2).reshape(shape).T.copy(), cells)


@dataclass(frozen=True, slots=True)
class _Covered:
    """The plots on one grid."""

    plan: Plan
    runs: list[range]
    spans: list[Spans]
    plots: list[NDArray[np.int64]]
    count: int

    @classmethod
    def of(cls, geometries: NDArray[np.object_], source: Source) -> "_Covered":
        """The plots on the grid of a source."""
        plan = Plan.of(geometries, source.cells, source.unit)
        runs = plan.runs()
        spans = [spans_of(plan.outlines, plan.layout(run), LEAST_FRACTION) for run in runs]
        return cls(plan, runs, spans, [plan.plots(run) for run in runs], len(geometries))

    def moments(self, source: Source) -> Moments:
        """The moments of a band of the grid."""
        partials = []
        for run, spans in zip(self.runs, self.spans, strict=True):
            partials.append(_MOMENTS.of_block(spans, (block_of(source, self.plan.reads(run)),)))
        found: Moments = _MOMENTS.joined(partials, self.plots, self.count)
        return found

    def cells(self) -> NDArray[np.int64]:
        """How many cells each plot touches, [n]."""
        touched = [np.bincount(one.piece, weights=one.cells, minlength=one.pieces)[:, None].astype(np.float64) for one in self.spans]
        return summed(touched, self.plots, self.count)[:, 0].astype(np.int64)
