"""Checks of plots against each other: the same, nearly the same, overlapping."""

from collections.abc import Callable, Sequence

import numpy as np

from services.staging.checks.duplicates import same_outlines
from services.staging.checks.overlaps import Boxes, Rows, overlaps
from services.staging.checks.plots import Geometries
from services.staging.checks.thresholds import PAIRS
from services.staging.findings import Hits


def pair_hits(
    boxes: Boxes,
    vertices: Rows,
    is_point: np.ndarray[tuple[int], np.dtype[np.bool_]],
    geometries_of: Callable[[Rows], Geometries],
    plot_ids: Sequence[str],
) -> list[Hits]:
    """DUP_EXACT, DUP_NEAR and OVERLAP of methods 6.2 for n plots, whose arrays are those of `overlaps`.

    Copies of an outline are compared once: what overlaps the first of them is named for that one. Each plot gets one
    finding of a kind, which names the plot that it has most in common with.
    """
    first, same = same_outlines(boxes, vertices, geometries_of)
    copies = np.flatnonzero(same >= 0)
    alone = np.flatnonzero((first == np.arange(len(first))) & ~is_point)
    found = overlaps(boxes, vertices, geometries_of, alone)
    near = found.iou > PAIRS.near_duplicate_iou
    return [
        Hits("duplicate_geometry", copies, {"other": [plot_ids[row] for row in same[copies]]}),
        _named("near_duplicate_geometry", found.one[near], found.other[near], found.iou[near], plot_ids),
        _named("overlap", found.one[~near], found.other[~near], found.share[~near], plot_ids),
        Hits("overlaps_not_measured", found.unmeasured),
    ]


def _named(code: str, one: Rows, other: Rows, share: np.ndarray[tuple[int], np.dtype[np.float64]], plot_ids: Sequence[str]) -> Hits:
    """Both plots of each pair, each with the partner of its largest share (the lowest row of equal ones)."""
    rows, partners, shares = np.concatenate([one, other]), np.concatenate([other, one]), np.concatenate([share, share])
    order = np.lexsort((partners, -shares, rows))
    rows, partners, shares = rows[order], partners[order], shares[order]
    best = np.concatenate(([True], rows[1:] != rows[:-1])) if len(rows) else np.empty(0, bool)
    values = {"other": [plot_ids[row] for row in partners[best]], "share": [f"{100 * value:.1f}" for value in shares[best]]}
    return Hits(code, rows[best], values)
