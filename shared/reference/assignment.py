"""The region of each plot: that with most of it, or else the one that holds its middle."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from shared.geo.areas import M2_PER_HA, geodesic_area_ha
from shared.vectors.layer import PolygonLayer

ROUNDING = 1e-9
"""A plot that lies in a region as a whole may measure a little less there."""


@dataclass(frozen=True, slots=True, eq=False)
class Assigned:
    """Of n plots: the region of each (position in the layer, -1 for none), the share of the plot in it, and what decided."""

    feature: NDArray[np.intp]
    fraction: NDArray[np.float64]
    """nan for a point, which has no ground."""
    by_overlap: NDArray[np.bool_]
    """False: the plot's middle lies in the region, whose share is below the threshold."""


def assign(layer: PolygonLayer, geometries: NDArray[np.object_], threshold: float) -> Assigned:
    """The region of each plot (valid, lon/lat, shape [n]): the largest share if it is at least `threshold`, else that of the centroid.

    Equal shares: the region that stands first in the layer.
    """
    n = len(geometries)
    feature, fraction = np.full(n, -1, dtype=np.intp), np.where(shapely.get_dimensions(geometries) == 0, np.nan, 0.0)
    area_m2 = geodesic_area_ha(geometries) * M2_PER_HA
    shared = layer.overlaps(geometries)
    order = np.lexsort((shared.feature, -shared.area_m2, shared.plot))
    plot, first = np.unique(shared.plot[order], return_index=True)
    best, most_m2 = shared.feature[order][first], shared.area_m2[order][first]
    with np.errstate(invalid="ignore"):
        share = np.minimum(most_m2 / area_m2[plot], 1.0)
    enough = share >= threshold * (1 - ROUNDING)
    feature[plot[enough]], fraction[plot[enough]] = best[enough], share[enough]
    by_overlap = feature >= 0
    _by_middle(layer, geometries, feature, fraction, area_m2)
    return Assigned(feature, fraction, by_overlap)


def _by_middle(
    layer: PolygonLayer,
    geometries: NDArray[np.object_],
    feature: NDArray[np.intp],
    fraction: NDArray[np.float64],
    area_m2: NDArray[np.float64],
) -> None:
    """Give the plots without a region that of their centroid, with the share that it has of them."""
    left = np.flatnonzero(feature < 0)
    at, found = layer.tree.query(shapely.centroid(geometries[left]), predicate="intersects")
    order = np.lexsort((found, at))
    at, first = np.unique(at[order], return_index=True)
    plots, regions = left[at], found[order][first]
    feature[plots] = regions
    within = shapely.intersection(geometries[plots], layer.geometry[regions])
    has_ground = area_m2[plots] > 0
    fraction[plots[has_ground]] = geodesic_area_ha(within)[has_ground] * M2_PER_HA / area_m2[plots[has_ground]]
