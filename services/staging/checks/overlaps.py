"""Plots that lie on each other: one tree of boxes over the whole collection, outlines decoded for a slice at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from services.staging.ahead import ahead
from services.staging.checks.box_tree import box_tree, pairs_on_each_other
from services.staging.checks.common_ground import common_area, edges_of
from services.staging.checks.plots import Geometries
from services.staging.checks.thresholds import PAIRS

SLICE = 5000
"""Boxes that ask the tree at once, and pairs that are measured at once."""

_DIGITS = 9
"""Of a share: the rest is rounding, and shares that are equal on paper stay equal."""
Rows = NDArray[np.intp]
Boxes = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """Pairs of rows (k of them) that lie on each other, the lower row first, and rows whose pairs were not all measured."""

    one: Rows
    other: Rows
    share: NDArray[np.float64]
    """Common ground as a share of the smaller plot."""
    iou: NDArray[np.float64]
    """Common ground as a share of the ground of both."""
    unmeasured: Rows


def overlaps(boxes: Boxes, vertices: Rows, geometries_of: Callable[[Rows], Geometries], candidates: Rows) -> Overlaps:
    """Overlaps of more than 10 % of the smaller plot among the polygons `candidates` (rows of the n plots).

    `boxes` has shape [n, 4] (west, south, east, north in degrees), `vertices` shape [n]; `geometries_of(rows)` reads
    outlines. Work and memory are bounded (thresholds.toml): what is left out is in `unmeasured`. Shares are planar,
    in degrees: off by the change of the cosine of latitude over a plot.
    """
    crowded = _crowded(boxes, candidates)
    unmeasured = [candidates[crowded]]
    kept = candidates[~crowded]
    left = max(PAIRS.least_work, PAIRS.work_a_plot * len(candidates))
    found: list[tuple[Rows, Rows, NDArray[np.float64], NDArray[np.float64]]] = []
    for one, other in _near(boxes, kept):
        work = vertices[one] * vertices[other]
        done = (work <= PAIRS.pair_work) & (np.cumsum(np.minimum(work, PAIRS.pair_work)) <= left)
        left -= int(work[done].sum())
        unmeasured += [one[~done], other[~done]]
        share, iou = _measured(geometries_of, one[done], other[done])
        real = share > PAIRS.overlap_share
        found.append((one[done][real], other[done][real], share[real], iou[real]))
    none = (np.empty(0, np.intp), np.empty(0, np.intp), np.empty(0), np.empty(0))
    one, other, share, iou = (np.concatenate(column) for column in zip(none, *found, strict=True))
    return Overlaps(one, other, share, iou, np.unique(np.concatenate(unmeasured)))


def _crowded(boxes: Boxes, rows: Rows) -> NDArray[np.bool_]:
    """Those of `rows` beyond the first 20 whose boxes have about one size and one place: such boxes all touch each other.

    Without this, n copies of a plot that differ by a hair would be n^2 pairs.
    """
    west, south, east, north = boxes[rows].T
    size = np.maximum(np.maximum(east - west, north - south), 1e-9)
    level = np.floor(np.log2(size))
    cell = np.exp2(level)
    place = np.column_stack([level, np.floor((west + east) / 2 / cell), np.floor((south + north) / 2 / cell)]).astype(np.int64)
    order = np.lexsort((rows, *place.T))
    sorted_places = place[order]
    begins = np.concatenate(([True], (sorted_places[1:] != sorted_places[:-1]).any(axis=1))) if len(rows) else np.empty(0, bool)
    start = np.maximum.accumulate(np.where(begins, np.arange(len(rows)), 0))
    crowded = np.empty(len(rows), dtype=bool)
    crowded[order] = np.arange(len(rows)) - start >= PAIRS.most_at_a_place
    return crowded


def _near(boxes: Boxes, rows: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Pairs of rows whose boxes have ground in common, the lower row first, in their order, a slice at a time."""
    tree = box_tree(boxes[rows])
    starts = range(0, len(rows), SLICE)
    for one, other in ahead(lambda start: pairs_on_each_other(tree, start, min(start + SLICE, len(rows))), starts):
        yield rows[one], rows[other]


def _measured(geometries_of: Callable[[Rows], Geometries], one: Rows, other: Rows) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of the smaller and IoU of each pair."""
    share, iou = np.zeros(len(one)), np.zeros(len(one))
    for start in range(0, len(one), SLICE):
        span = slice(start, start + SLICE)
        rows, position = np.unique(np.concatenate([one[span], other[span]]), return_inverse=True)
        outlines = geometries_of(rows)
        a, b = np.split(position.ravel(), 2)
        area_a, area_b = np.split(shapely.area(outlines)[position.ravel()], 2)
        common = common_area(edges_of(outlines), a, b)
        share[span] = np.round(common / np.minimum(area_a, area_b), _DIGITS)
        iou[span] = np.round(common / (area_a + area_b - common), _DIGITS)
    return share, iou
