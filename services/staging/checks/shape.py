"""Checks of single outlines: strips, drawn figures, holes and parts."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from services.staging.checks.plots import Geometries, in_proportion
from services.staging.checks.thresholds import SHAPE
from services.staging.findings import Hits, hits

_SQUARE = 4


GRID, DRAWN = 1, 2
"""Signs of having been drawn: on a grid of 0.001 degrees, as a circle or square."""


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """How plots (n of them) look."""

    quotient: NDArray[np.float64]
    """Isoperimetric quotient of the largest part without its holes, on the ground; 1 for points."""
    signs: NDArray[np.uint8]
    holes: NDArray[np.int32]
    parts: NDArray[np.int32]


def shapes_of(geometries: Geometries) -> Shapes:
    """The shapes of valid points, polygons and multipolygons in longitude and latitude (shape [n])."""
    count = len(geometries)
    shells, owner = _shells(geometries)
    largest = _largest(shells, owner, count)
    quotient = np.ones(count)
    quotient[owner[largest]] = _quotients(in_proportion(shells[largest]))
    signs = np.where(on_grid(geometries), GRID, 0).astype(np.uint8)
    single = largest[np.bincount(owner, minlength=count)[owner[largest]] == 1]
    signs[owner[single][regular(shells[single])]] |= DRAWN
    parts = np.where(shapely.get_dimensions(geometries) == 0, 1, shapely.get_num_geometries(geometries))
    return Shapes(quotient, signs, _count_holes(geometries), parts.astype(np.int32))


def shape_hits(shapes: Shapes) -> list[Hits]:
    """SLIVER, ROUND, HOLE and MULTI of methods 6.2."""
    drawn = shapes.signs != 0
    figures = ["a perfect circle or square" if sign & DRAWN else "on a grid of 0.001 degrees" for sign in shapes.signs[drawn].tolist()]
    return [
        hits("sliver", shapes.quotient < SHAPE.sliver_below, quotient=np.round(shapes.quotient, 4)),
        Hits("synthetic_outline", np.flatnonzero(drawn), {"figure": figures}),
        hits("holes", shapes.holes > 0, holes=shapes.holes),
        hits("several_parts", shapes.parts > 1, parts=shapes.parts),
    ]


def on_grid(geometries: Geometries) -> NDArray[np.bool_]:
    """Whether every ordinate of each geometry (shape [n]) is a multiple of 0.001 degrees."""
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    off = np.abs(xy - np.rint(xy / SHAPE.grid_deg) * SHAPE.grid_deg).max(axis=1) > SHAPE.grid_tolerance_deg
    found = np.ones(len(geometries), dtype=bool)
    found[owner[off]] = False
    return found


def regular(polygons: Geometries) -> NDArray[np.bool_]:
    """Whether each polygon without holes (shape [n]) is a square or a circle, in degrees or on the ground."""
    return _regular(polygons) | _regular(in_proportion(polygons))


def _regular(polygons: Geometries) -> NDArray[np.bool_]:
    """Every vertex as far from the centroid as the others; four of them at equal distances, or many."""
    xy, owner = shapely.get_coordinates(polygons, return_index=True)
    centre = shapely.get_coordinates(shapely.centroid(polygons))
    radius = np.hypot(*(xy - centre[owner]).T)
    vertices = np.bincount(owner, minlength=len(polygons)) - 1
    round_ = _spread(radius, owner, len(polygons)) < SHAPE.regular_share
    step = np.hypot(*np.diff(xy, axis=0).T)
    inside = owner[1:] == owner[:-1]
    equal_sides = _spread(step[inside], owner[1:][inside], len(polygons)) < SHAPE.regular_share
    found: NDArray[np.bool_] = round_ & ((vertices >= SHAPE.circle_vertices) | ((vertices == _SQUARE) & equal_sides))
    return found


def _spread(values: NDArray[np.float64], owner: NDArray[np.intp], count: int) -> NDArray[np.float64]:
    """Largest less smallest value of each owner, as a share of the largest."""
    least, most = np.full(count, np.inf), np.zeros(count)
    np.minimum.at(least, owner, values)
    np.maximum.at(most, owner, values)
    share: NDArray[np.float64] = np.divide(most - least, most, out=np.ones(count), where=most > 0)
    return share


def _shells(geometries: Geometries) -> tuple[Geometries, NDArray[np.intp]]:
    """Polygons of all parts without their holes, and the plot of each."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    areas = shapely.get_dimensions(parts) == 2
    shells: Geometries = shapely.polygons(shapely.get_exterior_ring(parts[areas]))
    return shells, owner[areas]


def _largest(shells: Geometries, owner: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Positions of the largest shell of each plot that has one."""
    order = np.lexsort((shapely.area(shells), owner))
    last = np.full(count, -1, dtype=np.intp)
    last[owner[order]] = order  # the last one written stays
    return last[last >= 0]


def _quotients(polygons: Geometries) -> NDArray[np.float64]:
    quotients: NDArray[np.float64] = 4 * np.pi * shapely.area(polygons) / shapely.length(polygons) ** 2
    return quotients


def _count_holes(geometries: Geometries) -> NDArray[np.int32]:
    parts, owner = shapely.get_parts(geometries, return_index=True)
    return np.bincount(owner, weights=shapely.get_num_interior_rings(parts), minlength=len(geometries)).astype(np.int32)
