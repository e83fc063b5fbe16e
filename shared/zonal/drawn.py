"""The rings of geometries in lon/lat as arrays: to walk over geometries costs more than to place the arrays in one more grid."""

from dataclasses import dataclass

import numba
import numpy as np
import shapely
from numpy.typing import NDArray

from shared.zonal.grid import Cells

TOGETHER = 256
"""Geometries that are read together: they lie far apart in memory, and the second look at each finds the first's in the caches."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Polygons and multipolygons in lon/lat, part by part."""

    parts: NDArray[np.object_]
    """Polygons, and multipolygons of one ring."""
    plot: Ints
    """Plot of each part, rising."""
    part: Ints
    """Part of each ring, rising."""
    rings: Ints
    """First vertex of each ring, and the end."""
    lonlat: Floats
    """[vertices, 2]."""

    @classmethod
    def of(cls, geometries: NDArray[np.object_], plot: Ints | None = None) -> "Drawn":
        """The parts of valid polygons and multipolygons, and of which `plot` each geometry is: without it, each is one."""
        starts, lonlat = _vertices(geometries)
        plot, alone = np.arange(len(geometries)) if plot is None else plot, np.empty(len(geometries), dtype=np.bool_)
        _find_alone(lonlat, starts, alone)
        if alone.all():
            return cls(geometries, plot, np.arange(len(geometries)), starts, lonlat)
        taken, owner = shapely.get_parts(geometries[~alone], return_index=True)
        rings, ring_owner = shapely.get_rings(taken, return_index=True)
        parts = _ones_but(~alone, np.bincount(owner, minlength=int((~alone).sum())))
        apart = np.repeat(~alone, parts)
        all_parts = np.repeat(geometries, parts)
        all_parts[apart] = taken
        rings_of = _ones_but(apart, np.bincount(ring_owner, minlength=len(taken)))
        vertices = np.repeat(np.repeat(np.diff(starts), parts), rings_of)
        vertices[np.repeat(apart, rings_of)] = shapely.get_num_coordinates(rings)
        return cls(all_parts, np.repeat(plot, parts), np.repeat(np.arange(len(all_parts)), rings_of), run_up(vertices), lonlat)

    def turned(self, cells: Cells) -> "Drawn":
        """With every part that lies in the cells 360 degrees further on, or back, once more there."""
        turn = cells.turn_deg
        if turn is None or not len(self.lonlat):
            return self
        west, east = self.lonlat[:, 0].min(), self.lonlat[:, 0].max()
        if east - turn <= cells.bounds[0] and west + turn >= cells.bounds[2]:
            return self
        west, _, east, _ = shapely.bounds(self.parts).T
        drawn = [(self.parts, self.plot)]
        for shift in (-turn, turn):
            again = (west + shift < cells.bounds[2]) & (east + shift > cells.bounds[0])
            if again.any():
                some = self.parts[again]
                moved = shapely.set_coordinates(some.copy(), np.add(shapely.get_coordinates(some), (shift, 0.0)))
                drawn.append((moved, self.plot[again]))
        return Drawn.of(*(np.concatenate(arrays) for arrays in zip(*drawn, strict=True)))

    def densified(self, cells: Cells) -> "Drawn":
        """With as many vertices as edges need to stay on their line in these cells."""
        parts = cells.densified(self.parts)
        return self if parts is self.parts else Drawn.of(parts, self.plot)

    def without(self, lost: NDArray[np.bool_]) -> tuple["Drawn", NDArray[np.bool_]]:
        """What has none of the vertices that are lost, and which parts these are."""
        shown = np.ones(len(self.parts), dtype=np.bool_)
        shown[self.part[np.searchsorted(self.rings, np.flatnonzero(lost), side="right") - 1]] = False
        return Drawn.of(self.parts[shown], self.plot[shown]), shown


def run_up(counts: NDArray[np.integer]) -> Ints:
    """What is counted before each entry, and in all."""
    before = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=before[1:])
    return before


def _vertices(geometries: NDArray[np.object_]) -> tuple[Ints, Floats]:
    """First vertex of each geometry, and the end; and all vertices, [n, 2]."""
    counts, lonlat = [np.empty(0, dtype=np.int64)], [np.empty((0, 2))]
    for first in range(0, len(geometries), TOGETHER):
        some = geometries[first : first + TOGETHER]
        counts.append(shapely.get_num_coordinates(some))
        lonlat.append(shapely.get_coordinates(some))
    return run_up(np.concatenate(counts)), np.concatenate(lonlat)


@numba.njit("void(float64[:,::1], int64[::1], boolean[::1])", nogil=True, cache=True)
def _find_alone(lonlat: Floats, starts: Ints, alone: NDArray[np.bool_]) -> None:
    """Write which geometries are one ring.

    A ring comes back to its first vertex at its end; if there are more rings, that is before the last vertex of all. What comes
    back early for any other reason, and what has no vertex, counts as not alone.
    """
    for at in range(len(alone)):
        first, last = starts[at], starts[at + 1] - 1
        back = last < first
        for vertex in range(first + 1, last):
            back |= (lonlat[vertex, 0] == lonlat[first, 0]) & (lonlat[vertex, 1] == lonlat[first, 1])
        alone[at] = not back


def _ones_but(other: NDArray[np.bool_], counts: NDArray[np.integer]) -> Ints:
    """1 for each entry, and the counts for the others."""
    found = np.ones(len(other), dtype=np.int64)
    found[other] = counts
    return found
