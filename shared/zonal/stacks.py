"""Means of many bands over plots, for series in time: the plots are covered once for each grid, each band is read once."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shared.zonal.block import Source
from shared.zonal.coverage import LEAST_FRACTION
from shared.zonal.grid import Cells
from shared.zonal.passes import block_of
from shared.zonal.plan import Plan, Run
from shared.zonal.reductions.moments import Moments, moments
from shared.zonal.reductions.reduction import Sums
from shared.zonal.strips import Strips, strips_of

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
    A plot outside the reference system of a band has no cells of it. Blocks; raises what the sources raise.
    """
    covered: list[tuple[tuple[Cells, tuple[int, int]], _Covered]] = []
    means: list[Floats] = []
    known_m2: list[Floats] = []
    ground: _Covered | None = None
    for source in sources:
        key = (source.cells, source.unit)
        ground = next((held for of, held in covered if of == key), None)
        if ground is None:
            ground = _Covered.of(geometries, source)
            covered.append((key, ground))
        found = ground.moments(source)
        means.append(found.mean)
        known_m2.append(found.weight)
    cells = np.zeros(len(geometries), dtype=np.int64) if ground is None else ground.cells()
    shape = (len(means), len(geometries))
    return StackMeans(np.array(means).reshape(shape).T.copy(), np.array(known_m2).reshape(shape).T.copy(), cells)


@dataclass(frozen=True, slots=True)
class _Covered:
    """The plots on one grid."""

    plan: Plan
    runs: list[tuple[Run, list[Strips]]]
    plots: list[NDArray[np.int64]]
    """Plot of each piece, for each of the strips."""
    count: int

    @classmethod
    def of(cls, geometries: NDArray[np.object_], source: Source) -> "_Covered":
        """The plots on the grid of a source."""
        plan = Plan.of(geometries, source.cells, source.unit)
        runs: list[tuple[Run, list[Strips]]] = []
        for run in plan.runs():
            area_m2 = plan.areas_m2(run)
            runs.append((run, [strips_of(plan.outlines, plan.layout, part, run.before, area_m2, LEAST_FRACTION) for part in run.pieces]))
        return cls(plan, runs, [plan.plots[part.start : part.stop] for run, _ in runs for part in run.pieces], len(geometries))

    def moments(self, source: Source) -> Moments:
        """The moments of a band of the grid."""
        joining, plots = _MOMENTS.joining(self.count), iter(self.plots)
        for run, strips in self.runs:
            block = block_of(source, self.plan.reads(run))
            for one in strips:
                joining.add(_MOMENTS.of_block(one, (block,)), next(plots))
        found: Moments = joining.found()
        return found

    def cells(self) -> NDArray[np.int64]:
        """How many cells each plot touches, [n]."""
        joining, plots = Sums(self.count), iter(self.plots)
        for _, strips in self.runs:
            for one in strips:
                joining.add(_touched(one), next(plots))
        return joining.found()[:, 0].astype(np.int64)


def _touched(strips: Strips) -> Floats:
    """Cells of each piece, [pieces, 1]."""
    piece = np.repeat(strips.piece, strips.cells)[strips.share > 0]
    return np.bincount(piece, minlength=strips.pieces)[:, None].astype(np.float64)
