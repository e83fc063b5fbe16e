"""The ground of a collection: its outlines read page by page, and measured in a thread between two reads."""

import asyncio
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from services.tracker.ground import Covered, Places, TooManyOverlaps, candidates, overlapped_ha, own_ha
from shared.db import Database, plots
from shared.geo.discs import discs

PAGE: Final = 1000
"""Outlines that are read at once."""
HASH_DIGITS: Final = 16
"""Hexadecimal digits of a geometry hash that fit into 64 bits."""


async def ground_of(database: Database, collection_id: str, places: Places, first: NDArray[np.bool_]) -> NDArray[Any] | None:
    """Ground of each plot that no plot before it covers, the plots of `first` before all others; ha, [n], by plot number.

    Plots whose area is nan are left out. None when the plots lie on each other too often to be measured.
    """
    area_ha = places.area_ha
    rank = np.empty(len(area_ha), dtype=np.intp)
    rank[np.lexsort((np.arange(len(area_ha)), ~first))] = np.arange(len(area_ha))
    overlapped = np.zeros(len(area_ha))
    pairs_of_slices = candidates(places, rank)
    try:
        while (pairs := await asyncio.to_thread(next, pairs_of_slices, None)) is not None:
            rows, covered_ha = await asyncio.to_thread(_measured, pairs, await _outlines(database, collection_id, pairs), area_ha)
            overlapped[rows] = covered_ha
    except TooManyOverlaps:
        return None
    return own_ha(places, rank, overlapped)


async def places_of(database: Database, collection_id: str, area_ha: NDArray[np.float64]) -> Places:
    """Boxes and outlines of the n plots of a collection, by plot number; `area_ha` ([n]) is nan for a plot to be left out."""
    boxes, outline, after = np.zeros((len(area_ha), 4)), np.zeros(len(area_ha), dtype=np.uint64), -1
    while after + 1 < len(area_ha):
        async with database.read() as connection:
            page = await plots.outlines_after(connection, collection_id, after, PAGE)
        if not page:
            break
        numbers = np.array([row.plot_no for row in page])
        boxes[numbers] = shapely.bounds(with_discs(np.array([row.geom for row in page], dtype=object), area_ha[numbers]))
        outline[numbers] = [int(row.geometry_hash[:HASH_DIGITS], 16) for row in page]
        after = page[-1].plot_no
    return Places(boxes, area_ha, outline)


async def _outlines(database: Database, collection_id: str, pairs: Covered) -> dict[int, shapely.Geometry]:
    async with database.read() as connection:
        return await plots.outlines(connection, collection_id, [int(row) for row in pairs.rows])


def _measured(pairs: Covered, outline: dict[int, shapely.Geometry], area_ha: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[Any]]:
    numbers = list(outline)
    drawn = with_discs(np.array(list(outline.values()), dtype=object), area_ha[numbers])
    return overlapped_ha(pairs, dict(zip(numbers, drawn, strict=True)))


def with_discs(geometries: NDArray[np.object_], area_ha: NDArray[np.float64]) -> NDArray[np.object_]:
    """The geometries with each point whose area is known made the disc of that area."""
    drawn = geometries.copy()
    points = np.flatnonzero((shapely.get_type_id(geometries) == shapely.GeometryType.POINT) & (np.nan_to_num(area_ha) > 0))
    if len(points):
        drawn[points] = discs(shapely.get_x(geometries[points]), shapely.get_y(geometries[points]), area_ha[points])
    return drawn
