"""Which country each plot lies in, how sure that is, and how far land is."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from shared.geo.areas import geodesic_area_ha
from shared.geo.boundaries import Boundaries, metres_per_degree, to_metres

NEAR_KM: Final = 5.0
"""A plot outside every country belongs to the nearest within this; a second country within it makes a plot uncertain."""
_NONE: Final = -1
Pairs = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True, slots=True, eq=False)
class Countries:
    """The countries of n plots."""

    names: tuple[str, ...]
    """ISO 3166-1 alpha-2 (XK for Kosovo) by number."""
    number: NDArray[np.intp]
    """-1 where no country is within 5 km."""
    snapped: NDArray[np.bool_]
    """Outside every country: the nearest one within 5 km."""
    near_second: NDArray[np.bool_]
    """Another country is within 5 km, so the borders' own error may have decided."""

    @property
    def code(self) -> list[str | None]:
        """The code of each plot, None where it has none."""
        return [*np.array([*self.names, None], dtype=object)[self.number]]


def detect(boundaries: Boundaries, geometries: NDArray[np.object_]) -> Countries:
    """The country of each plot (points, polygons or multipolygons, lon/lat on WGS84, valid; shape [n]).

    A polygon belongs to the country with its largest geodesic overlap, a point to the one that holds it; what lies
    outside all of them to the nearest within 5 km (methods 6.1). Equal overlaps go to the first code in the alphabet.
    Distances are right to about 2 % below 60 degrees of latitude and do not cross the antimeridian.
    """
    country = _holding(boundaries, geometries)
    outside = country == _NONE
    plots, pieces = pairs_near(boundaries, geometries, NEAR_KM)
    foreign = boundaries.owner[pieces] != country[plots]
    plots, pieces = plots[foreign], pieces[foreign]
    in_frame = to_metres(geometries[plots], boundaries.frames[pieces])
    near = shapely.dwithin(boundaries.in_metres[pieces], in_frame, NEAR_KM * 1000)
    plots, pieces, in_frame = plots[near], pieces[near], in_frame[near]
    lost = outside[plots]
    distance_m = shapely.distance(boundaries.in_metres[pieces[lost]], in_frame[lost])
    country[outside] = _best(plots[lost], boundaries.owner[pieces[lost]], -distance_m, len(geometries))[outside]
    near_second = np.zeros(len(geometries), dtype=bool)
    near_second[plots[boundaries.owner[pieces] != country[plots]]] = True
    return Countries(boundaries.countries, country, outside & (country != _NONE), near_second)


def land_within(boundaries: Boundaries, geometries: NDArray[np.object_], distance_km: float) -> NDArray[np.bool_]:
    """Whether some country is within `distance_km` of each geometry (lon/lat, shape [n])."""
    land: NDArray[np.bool_] = _holding(boundaries, geometries) != _NONE
    sea = np.flatnonzero(~land)
    plots, pieces = pairs_near(boundaries, geometries[sea], distance_km)
    in_frame = to_metres(geometries[sea[plots]], boundaries.frames[pieces])
    land[sea[plots[shapely.dwithin(boundaries.in_metres[pieces], in_frame, distance_km * 1000)]]] = True
    return land


def _holding(boundaries: Boundaries, geometries: NDArray[np.object_]) -> NDArray[np.intp]:
    """The country that holds most of each plot, `_NONE` where none holds any of it."""
    plots, pieces = boundaries.tree.query(geometries)
    touching: NDArray[np.bool_] = shapely.intersects(boundaries.pieces[pieces], geometries[plots])
    plots, pieces = plots[touching], pieces[touching]
    owner = boundaries.owner[pieces]
    country = np.full(len(geometries), _NONE, dtype=np.intp)
    country[plots] = owner
    contested = np.zeros(len(geometries), dtype=bool)
    contested[plots[owner != country[plots]]] = True
    rows = contested[plots]
    shared_ha = geodesic_area_ha(shapely.intersection(geometries[plots[rows]], boundaries.pieces[pieces[rows]]))
    country[contested] = _best(*_summed(plots[rows], owner[rows], shared_ha), len(geometries))[contested]
    return country


def _summed(
    plots: NDArray[np.intp], owner: NDArray[np.intp], area_ha: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]:
    """Areas summed over the pieces of a country, for each plot and country."""
    pairs, group = np.unique(np.column_stack([plots, owner]), axis=0, return_inverse=True)
    summed = np.bincount(group.ravel(), weights=area_ha, minlength=len(pairs)).astype(np.float64)
    return pairs[:, 0], pairs[:, 1], summed


def _best(plots: NDArray[np.intp], owner: NDArray[np.intp], score: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """The owner with the highest score for each of `count` plots; `_NONE` for a plot that has no row."""
    best = np.full(count, _NONE, dtype=np.intp)
    order = np.lexsort((-owner, score))  # the last one written stays
    best[plots[order]] = owner[order]
    return best


def pairs_near(boundaries: Boundaries, geometries: NDArray[np.object_], distance_km: float) -> Pairs:
    """Positions of geometries (lon/lat, shape [n]) and of pieces whose boxes are within `distance_km`."""
    west, south, east, north = shapely.bounds(geometries).T
    metres = metres_per_degree(np.minimum(np.maximum(np.abs(south), np.abs(north)) + 0.1, 90.0))
    grow = 1.02 * distance_km * 1000 / metres
    boxes = shapely.box(west - grow[:, 0], south - grow[:, 1], east + grow[:, 0], north + grow[:, 1])
    plots, pieces = boundaries.tree.query(boxes)
    return plots, pieces
