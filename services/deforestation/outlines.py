"""The outlines of a plot that are judged beside it: without holes, eroded and dilated by its position error."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from shared.geo.metric import buffer_m, outer_rings

M_PER_DEG = 111_320.0
"""Metres in a degree of the equator."""
_LEAST_MARGIN = 1.1
"""Room for the flat measure of perimeters below."""

Geometries = NDArray[np.object_]
Owners = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Outlines:
    """Outlines and whose they are (position in the group); -1 in `mid`, `outer`, `lo`, `hi` where a plot has none."""

    geometry: Geometries
    owner: Owners
    mid: Owners
    outer: Owners
    lo: Owners
    hi: Owners

    def __len__(self) -> int:
        return len(self.owner)


def with_outer_rings(plots: Geometries) -> Outlines:
    """The plots, and behind them the plots with holes once more without these (TRACES reads the outer ring only)."""
    n = len(plots)
    holed = np.flatnonzero(_hole_count(plots) > 0)
    none = np.full(n, -1, dtype=np.int64)
    outer = none.copy()
    outer[holed] = n + np.arange(len(holed))
    everyone = np.arange(n, dtype=np.int64)
    return Outlines(np.concatenate([plots, outer_rings(plots[holed])]), np.concatenate([everyone, holed]), everyone, outer, none, none)


def with_bounds(outlines: Outlines, chosen: NDArray[np.bool_], error_m: NDArray[np.float64]) -> tuple[Outlines, NDArray[np.bool_]]:
    """The outlines with the `chosen` plots (bool [n]) eroded and dilated by `error_m` (m, [n]) behind them; and which plots vanish.

    Whether a plot that is not chosen vanishes is said as well, without a bound for it.
    """
    n = len(outlines.mid)
    plots = outlines.geometry[:n]
    doubtful = np.flatnonzero(chosen | ~_surely_wider(plots, error_m))
    eroded = buffer_m(plots[doubtful], -error_m[doubtful])
    vanishes = np.zeros(n, dtype=bool)
    vanishes[doubtful] = shapely.is_empty(eroded)
    shrunk = np.full(n, None, dtype=object)
    shrunk[doubtful] = eroded
    has_lo, has_hi = np.flatnonzero(chosen & ~vanishes), np.flatnonzero(chosen)
    dilated = buffer_m(plots[has_hi], error_m[has_hi])
    lo, hi = outlines.lo.copy(), outlines.hi.copy()
    lo[has_lo] = len(outlines) + np.arange(len(has_lo))
    hi[has_hi] = len(outlines) + len(has_lo) + np.arange(len(has_hi))
    geometry = np.concatenate([outlines.geometry, shrunk[has_lo], dilated])
    owner = np.concatenate([outlines.owner, has_lo, has_hi])
    return Outlines(geometry, owner, outlines.mid, outlines.outer, lo, hi), vanishes


def _hole_count(plots: Geometries) -> NDArray[np.int64]:
    parts, owner = shapely.get_parts(plots, return_index=True)
    return np.bincount(owner, weights=shapely.get_num_interior_rings(parts), minlength=len(plots)).astype(np.int64)


def _surely_wider(plots: Geometries, error_m: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Plots of one part without holes whose area is more than perimeter times error: some disc of that radius fits in."""
    lonlat, owner = shapely.get_coordinates(plots, return_index=True)
    lat = np.radians(shapely.bounds(plots)[:, [1, 3]].mean(axis=1))[owner]
    flat = shapely.set_coordinates(plots.copy(), lonlat * M_PER_DEG * np.column_stack([np.cos(lat), np.ones(len(lat))]))
    simple = (shapely.get_num_geometries(plots) == 1) & (_hole_count(plots) == 0)
    wide: NDArray[np.bool_] = simple & (shapely.area(flat) > _LEAST_MARGIN * shapely.length(flat) * error_m)
    return wide
