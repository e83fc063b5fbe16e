"""Plots whose landscapes hang together: those of others lie so far off that no patch of habitat reaches from one to the other."""

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from services.biodiversity.rules import Thresholds
from services.biodiversity.subjects import reached

SLACK_CELLS = 4
"""Cells lie up to so many further out than the ground that they are made of, on both sides of a gap."""


def neighbourhoods(geometry: NDArray[np.object_], rules: Thresholds) -> list[NDArray[np.intp]]:
    """The plots (polygons or points in lon/lat, [n]) of each neighbourhood, rising, in the order of the first.

    Landscapes of two neighbourhoods are more than `max_link_m` apart; those of one need not be near.
    """
    parts, owner = shapely.get_parts(geometry, return_index=True)
    reach_m = rules.habitat_buffer_m + rules.max_link_m / 2 + SLACK_CELLS * rules.landscape_cell_m
    bounds = reached(parts, reach_m)
    past = [
        (bounds[over] + (turn, 0.0, turn, 0.0), owner[over]) for turn, over in ((-360.0, bounds[:, 2] > 180), (360.0, bounds[:, 0] < -180))
    ]
    bounds, owner = (np.concatenate(arrays) for arrays in zip((bounds, owner), *past, strict=True))
    boxes = shapely.box(*bounds.T)
    fields = shapely.get_parts(shapely.union_all(boxes))
    field, box = shapely.STRtree(shapely.points((bounds[:, :2] + bounds[:, 2:]) / 2)).query(fields, predicate="intersects")
    size = len(geometry) + len(fields)
    links = coo_array((np.ones(len(box)), (owner[box], len(geometry) + field)), shape=(size, size))
    label = connected_components(links, directed=False)[1][: len(geometry)]
    _, first, number = np.unique(label, return_index=True, return_inverse=True)
    order = np.argsort(first[number], kind="stable")
    return np.split(order, np.flatnonzero(np.diff(first[number][order])) + 1)
