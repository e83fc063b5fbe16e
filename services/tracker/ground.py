"""Ground that plots cover, each piece once: which plots lie on earlier ones, and how much of each does; pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from shared.geo.areas import geodesic_area_ha

SLICE: Final = 2000
"""Plots that ask the tree at once, and whose outlines are in memory at once (with those that they lie on)."""
PAIRS_A_PLOT: Final = 32
LEAST_PAIRS: Final = 200_000
"""A collection may have so many pairs of boxes on each other; with more, its union is not reckoned: n copies would be n^2 pairs."""

Rows = NDArray[np.intp]
Floats = NDArray[np.float64]


class TooManyOverlaps(Exception):
    """The plots lie on each other so often that the ground is not measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """n plots: the box of each (west, south, east, north in degrees, [n, 4]), its area (ha, [n]), and what its outline is ([n])."""

    boxes: Floats
    area_ha: Floats
    """nan: not known, the plot is left out of the ground."""
    outline: NDArray[np.uint64]
    """Equal for equal outlines."""


@dataclass(frozen=True, slots=True, eq=False)
class Covered:
    """Some plots that may lie on earlier ones: pairs of rows, sorted by the later row."""

    later: Rows
    earlier: Rows

    @property
    def rows(self) -> Rows:
        """Every row whose outline is needed."""
        return np.unique(np.concatenate([self.later, self.earlier]))


def repeated(places: Places, rank: Rows) -> NDArray[np.bool_]:
    """True for a plot whose outline an earlier one (by `rank`, [n]) has too: it covers no ground of its own; bool [n]."""
    keys = np.column_stack([places.outline, places.boxes.view(np.uint64).reshape(-1, 4)])
    _, group = np.unique(keys, axis=0, return_inverse=True)
    first = np.full(group.max(initial=-1) + 1, np.iinfo(np.intp).max)
    np.minimum.at(first, group, rank)
    return np.asarray(rank > first[group])


def candidates(places: Places, rank: Rows) -> Iterator[Covered]:
    """Pairs of plots whose boxes touch, the later one by `rank` first, a slice of later plots at a time.

    Plots without an area and repeated ones are not among them. Raises `TooManyOverlaps`.
    """
    rows = np.flatnonzero(~np.isnan(places.area_ha) & ~repeated(places, rank))
    west, south, east, north = places.boxes[rows].T
    # A diagonal has the box of its plot and two vertices.
    diagonals = shapely.linestrings(np.stack([np.column_stack([west, south]), np.column_stack([east, north])], axis=1))
    tree = shapely.STRtree(diagonals)
    left = max(LEAST_PAIRS, PAIRS_A_PLOT * len(rows))
    for start in range(0, len(rows), SLICE):
        asking, found = tree.query(diagonals[start : start + SLICE])
        left -= len(asking)
        if left < 0:
            raise TooManyOverlaps
        one, other = rows[asking + start], rows[found]
        later = rank[other] < rank[one]
        order = np.lexsort((rank[other[later]], one[later]))
        if len(order):
            yield Covered(one[later][order], other[later][order])


def overlapped_ha(pairs: Covered, outline: dict[int, shapely.Geometry]) -> tuple[Rows, Floats]:
    """The later rows of `pairs` that lie on earlier ones, and how much of each does; ha.

    `outline` has the geometry of every row of `pairs.rows`, valid, longitude and latitude.
    """
    one = np.array([outline[row] for row in pairs.later], dtype=object)
    other = np.array([outline[row] for row in pairs.earlier], dtype=object)
    shapely.prepare(one)
    meets = shapely.intersects(one, other)
    later, common = pairs.later[meets], shapely.intersection(one[meets], other[meets])
    rows, begins = np.unique(later, return_index=True)
    ends = np.append(begins, len(later))[1:]  # none where boxes meet and no outlines do
    joined = [common[a] if b - a == 1 else shapely.union_all(_areas(common[a:b])) for a, b in zip(begins, ends, strict=True)]
    return rows, geodesic_area_ha(np.array(joined, dtype=object))


def _areas(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """The polygons among the parts: common borders are lines."""
    parts = shapely.get_parts(geometries)
    polygons: NDArray[np.object_] = parts[shapely.get_dimensions(parts) == 2]
    return polygons


def own_ha(places: Places, rank: Rows, overlapped: Floats) -> Floats:
    """Ground of each plot that no earlier one covers; ha, nan where the area is not known.

    `overlapped` ([n]) is what `overlapped_ha` found. The sum over all plots is the area of their union; the sum over the first
    plots by `rank` that of theirs.
    """
    own = np.where(repeated(places, rank), 0.0, np.maximum(places.area_ha - overlapped, 0.0))
    return np.where(np.isnan(places.area_ha), np.nan, own)
