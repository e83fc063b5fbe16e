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
ROUNDS: Final = 12
"""So many plots are taken away from one that lies on them, the others joined before: what is left of it grows intricate."""
LEAST_SHARE: Final = 1e-9
"""What less than this share of a plot lies on another is rounding: neighbours have a border in common."""
PAIRS_A_PLOT: Final = 100
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

    Plots without an area and repeated ones are not among them. Raises `TooManyOverlaps`, before the first slice.
    """
    rows = np.flatnonzero(~np.isnan(places.area_ha) & ~repeated(places, rank))
    west, south, east, north = places.boxes[rows].T
    # A diagonal has the box of its plot and two vertices.
    diagonals = shapely.linestrings(np.stack([np.column_stack([west, south]), np.column_stack([east, north])], axis=1))
    tree = shapely.STRtree(diagonals)
    slices = [diagonals[start : start + SLICE] for start in range(0, len(rows), SLICE)]
    left = max(LEAST_PAIRS, PAIRS_A_PLOT * len(rows))
    for each in slices:
        left -= len(tree.query(each)[0])
        if left < 0:
            raise TooManyOverlaps
    for at, each in enumerate(slices):
        asking, found = tree.query(each)
        one, other = rows[asking + at * SLICE], rows[found]
        later = rank[other] < rank[one]
        order = np.lexsort((rank[other[later]], one[later]))
        if len(order):
            yield Covered(one[later][order], other[later][order])


def overlapped_ha(pairs: Covered, outline: dict[int, shapely.Geometry]) -> tuple[Rows, Floats]:
    """The later rows of `pairs` that meet earlier ones, and how much of each lies on those; ha.

    `outline` has the geometry of every row of `pairs.rows`, valid, longitude and latitude. The earlier plots are taken away
    from each later one, those that may share most with it first: of a plot that lies on many, little is left after a few.
    """
    later = np.unique(pairs.later)
    of = np.searchsorted(later, pairs.later)
    whole, other = (np.array([outline[row] for row in rows], dtype=object) for rows in (later, pairs.earlier))
    shapely.prepare(whole)
    rest = whole.copy()
    hidden = np.unique(of[shapely.covered_by(whole[of], other)])
    rest[hidden] = shapely.Polygon()
    of, other = _meeting(rest, of, other)
    met = np.union1d(hidden, of)
    order = np.lexsort((-_common_box(whole[of], other), of))
    of, other = of[order], other[order]
    for _ in range(ROUNDS):
        of, other = _meeting(rest, of, other)
        first = np.append(True, of[1:] != of[:-1])[: len(of)]
        _take_away(rest, of[first], other[first])
        of, other = of[~first], other[~first]
    covered = geodesic_area_ha(whole) - geodesic_area_ha(rest) + _covered_ha(rest, *_meeting(rest, of, other))
    return later[met], covered[met]


def _meeting(rest: NDArray[np.object_], of: Rows, other: NDArray[np.object_]) -> tuple[Rows, NDArray[np.object_]]:
    """Those of the pairs (`rest[of]`, `other`) that meet."""
    there = ~shapely.is_empty(rest)[of]
    of, other = of[there], other[there]
    shapely.prepare(rest[np.unique(of)])
    meets = shapely.intersects(rest[of], other)
    return of[meets], other[meets]


def _common_box(one: NDArray[np.object_], other: NDArray[np.object_]) -> Floats:
    """Area of the box that the boxes of each pair have in common; square degrees."""
    a, b = shapely.bounds(one), shapely.bounds(other)
    sides = np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2])
    area: Floats = np.maximum(sides, 0.0).prod(axis=1)
    return area


def _take_away(rest: NDArray[np.object_], of: Rows, other: NDArray[np.object_]) -> None:
    """Leave of each `rest[of]` what `other` does not cover; one that it only touches stays as it is, to the bit."""
    left = shapely.difference(rest[of], other)
    before = shapely.area(rest[of])
    real = before - shapely.area(left) > LEAST_SHARE * before
    rest[of[real]] = left[real]


def _covered_ha(rest: NDArray[np.object_], of: Rows, other: NDArray[np.object_]) -> Floats:
    """How much of each `rest` the union of its `other` covers; ha."""
    covered = np.full(len(rest), shapely.Polygon(), dtype=object)
    common = shapely.intersection(rest[of], other)
    rows, begins = np.unique(of, return_index=True)
    for row, begin, end in zip(rows, begins, np.append(begins, len(of))[1:], strict=True):
        covered[row] = shapely.union_all(_areas(common[begin:end]))
    return geodesic_area_ha(covered)


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
