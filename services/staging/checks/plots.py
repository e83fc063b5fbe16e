"""The plots that checks look at: aligned arrays, one entry a plot."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Plots:
    """What plots (n of them) say of themselves."""

    area_ha: NDArray[np.float64]
    """Geodesic area of a polygon, declared area of a point; NaN where a point declares none."""
    is_point: NDArray[np.bool_]
    decimals: NDArray[np.int8]
    """Decimals of the coordinates as they were written, at most 6; -1 where the format does not say."""

    def __len__(self) -> int:
        return len(self.area_ha)


def in_proportion(geometries: Geometries) -> Geometries:
    """The geometries with longitudes shrunk by the cosine of their latitude: shapes, angles and shares are those on the ground.

    Off by the change of that cosine over the height of a plot: 1e-4 for one 1 km high at 10 degrees, 2e-4 at 50.
    """
    _, south, _, north = shapely.bounds(geometries).T
    shrink = np.cos(np.radians((south + north) / 2))
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    scaled: Geometries = shapely.set_coordinates(shapely.force_2d(geometries), np.column_stack([xy[:, 0] * shrink[owner], xy[:, 1]]))
    return scaled
