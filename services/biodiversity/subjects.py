"""What is looked at of each plot: its outline, the disc that stands for a point, and the ground that its landscape lies round."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from services.biodiversity.rules import Thresholds
from shared.errors import Refused
from shared.geo.areas import M2_PER_HA, geodesic_area_ha
from shared.geo.discs import discs
from shared.outcome import Plots

M_PER_DEG = 110_000.0
"""Less than a degree of latitude has anywhere."""
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Subjects:
    """Aligned arrays of the plots of one chunk that can be looked at; [n]."""

    plot_no: NDArray[np.int64]
    outline: NDArray[np.object_]
    """Polygons: the plot, the disc of its declared area, or a disc under a pixel for a point without one."""
    outline_m2: NDArray[np.float64]
    place: NDArray[np.object_]
    """What the landscape lies round: the outline, or a point without an area itself."""
    area_ha: NDArray[np.float64]
    """Of the plot; 0 for a point without a declared area."""
    is_point: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.plot_no)

    @property
    def samples(self) -> NDArray[np.bool_]:
        """Points without a declared area: the pixel under them is all that is known."""
        without: NDArray[np.bool_] = self.area_ha == 0.0
        return without


def subjects_of(plots: Plots, rules: Thresholds) -> tuple[Subjects, NDArray[np.bool_]]:
    """The plots as they are looked at, and which of them could not be drawn: those are left out; bool [plots]."""
    outline, place = plots.geometry.copy(), plots.geometry.copy()
    area_ha = np.where(plots.is_point & np.isnan(plots.area_ha), 0.0, plots.area_ha).astype(np.float64)
    lost = np.zeros(len(plots), dtype=np.bool_)
    for at in np.flatnonzero(plots.is_point).tolist():
        lonlat = np.array([shapely.get_x(outline[at])]), np.array([shapely.get_y(outline[at])])
        drawn_ha = area_ha[at] if area_ha[at] > 0 else rules.point_sample_ha
        try:
            outline[at] = discs(*lonlat, np.array([drawn_ha]))[0]
        except Refused:
            lost[at], outline[at] = True, None
            continue
        if area_ha[at] > 0:
            place[at] = outline[at]
    kept, outline_m2 = ~lost, geodesic_area_ha(outline) * M2_PER_HA
    plot_no, is_point = plots.plot_no.astype(np.int64), plots.is_point
    return Subjects(plot_no[kept], outline[kept], outline_m2[kept], place[kept], area_ha[kept], is_point[kept]), lost


def widened(geometry: NDArray[np.object_], reach_m: float) -> NDArray[np.float64]:
    """Bounds of each geometry with `reach_m` on every side, degrees, within the Earth; [n, 4]: west, south, east, north."""
    west, south, east, north = reached(geometry, reach_m).T
    return np.column_stack((np.maximum(west, -180.0), np.maximum(south, -90.0), np.minimum(east, 180.0), np.minimum(north, 90.0)))


def reached(geometry: NDArray[np.object_], reach_m: float) -> NDArray[np.float64]:
    """Bounds of each geometry with `reach_m` on every side, degrees, past 180 too; [n, 4]: west, south, east, north."""
    west, south, east, north = shapely.bounds(geometry).T
    up = reach_m / M_PER_DEG
    far = np.minimum(np.maximum(np.abs(south), np.abs(north)) + up, 89.0)
    aside = up / np.cos(np.radians(far))
    return np.column_stack((west - aside, south - up, east + aside, north + up))
