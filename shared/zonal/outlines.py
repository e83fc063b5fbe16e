"""The rings of plots in the cells of a grid, as the coverage kernel reads them."""

from dataclasses import dataclass

import numba
import numpy as np
import shapely
from numpy.typing import NDArray

from shared.errors import Refused
from shared.zonal.drawn import Drawn
from shared.zonal.grid import Cells
from shared.zonal.kernel import measure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Outlines:
    """Rings of n shapes: a shape is a plot, or one part of it."""

    xy: Floats
    """[vertices, 2]: columns from the first column, rows from the first row."""
    rings: Ints
    """First vertex of each ring, and the end."""
    signs: Floats
    """By ring, see `kernel.measure`."""
    shapes: Ints
    """First ring of each shape, and the end; [n + 1]."""
    plot: Ints
    """Plot of each shape; [n]."""
    bounds: Floats
    """[n, 4]: left, top, right, bottom in cells; nan for an empty shape."""

    @classmethod
    def of_plots(cls, geometries: NDArray[np.object_], cells: Cells) -> "Outlines":
        """One shape a plot: valid polygons and multipolygons in lon/lat."""
        drawn = Drawn.of(geometries)
        return _outlines(drawn.densified(cells), drawn.plot, np.arange(len(geometries)), cells)

    @classmethod
    def of_parts(cls, drawn: Drawn, cells: Cells) -> "Outlines":
        """One shape a part, so that parts on both sides of the antimeridian have no window round the globe.

        On a lon/lat grid a part is drawn again 360 degrees further on where the grid goes on there (0 to 360, or past 180).
        """
        turned = drawn.turned(cells)
        return _outlines(turned.densified(cells), np.arange(len(turned.parts)), turned.plot, cells)

    def windows(self, width: int, height: int) -> Ints:
        """[m, 5]: shape, left, top, columns and rows of the cells that each shape may touch; shapes outside have none."""
        found = np.empty((len(self.bounds), 5), dtype=np.int64)
        return found[: _windows(self.bounds, width, height, found)]


def require_usable(geometries: NDArray[np.object_]) -> None:
    """Raises Refused (`invalid_geometry`) for a geometry that is not a valid polygon or multipolygon."""
    areal = np.isin(shapely.get_type_id(geometries), [shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON])
    broken = np.flatnonzero(~(areal & shapely.is_valid(geometries)))
    if broken.size:
        reason = shapely.is_valid_reason(geometries[broken[0]])
        raise Refused(f"geometry {broken[0]} is not a valid polygon or multipolygon: {reason}", code="invalid_geometry")


def _outlines(drawn: Drawn, shape: Ints, plot: Ints, cells: Cells) -> Outlines:
    """`shape` of each part, rising, and `plot` of each shape.

    A part that the reference system of the cells does not show whole (far from a UTM zone, over a gap of Homolosine) is left
    out, as one that lies beside them: nothing is known of it there, and other plots need not suffer for it.
    """
    part, rings = drawn.part, drawn.rings
    xy = np.ascontiguousarray(cells.located(drawn.lonlat))
    lost = cells.lost(drawn.lonlat, xy, rings)
    if lost.any():
        whole, shown = drawn.without(lost)
        return _outlines(whole, shape[shown], plot, cells)
    hole = np.ones(len(part), dtype=np.bool_)
    first = _starts(part, len(drawn.parts))
    hole[first[:-1][np.diff(first) > 0]] = False
    shapes = _starts(shape[part], len(plot))
    signs, bounds = np.empty(len(part)), np.full((len(plot), 4), np.nan)
    measure(xy, rings, hole, shapes, signs, bounds)
    return Outlines(xy, rings, signs, shapes, plot.astype(np.int64), bounds)


@numba.njit(inline="always")
def _within(border: float, size: int) -> int:
    """A border between cells, or the end of the grid where it lies beyond."""
    return int(min(max(border, 0.0), float(size)))


@numba.njit("int64(float64[:,::1], int64, int64, int64[:,::1])", nogil=True, cache=True)
def _windows(bounds: Floats, width: int, height: int, found: Ints) -> int:
    """Write what `Outlines.windows` answers; how many there are."""
    count = 0
    for shape in range(len(bounds)):
        if np.isnan(bounds[shape, 0]):
            continue
        left, right = _within(np.floor(bounds[shape, 0]), width), _within(np.ceil(bounds[shape, 2]), width)
        top, bottom = _within(np.floor(bounds[shape, 1]), height), _within(np.ceil(bounds[shape, 3]), height)
        if left < right and top < bottom:
            found[count] = shape, left, top, right - left, bottom - top
            count += 1
    return count


def _starts(owner: NDArray[np.integer], count: int) -> Ints:
    """Where each of `count` owners begins in a sorted array of owners, and the end."""
    return np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=count)))).astype(np.int64)
