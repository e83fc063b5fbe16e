"""One polygon layer in memory, and what plots share with it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from shared.errors import Refused
from shared.geo.areas import M2_PER_HA, geodesic_area_ha

LARGE_VERTICES: Final = 500
"""Features with more are first cut to the surroundings of the plot: an intersection costs some 20 times what the cut does."""
_MARGIN_SHARE: Final = 0.1
_MARGIN_DEG: Final = 1e-6
Rows = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Overlaps:
    """Pairs of a plot and a feature that share ground (k of them), sorted by plot, then feature."""

    plot: Rows
    """[k] position of the plot in what was asked."""
    feature: Rows
    """[k] position of the feature in the layer."""
    area_m2: NDArray[np.float64]
    """[k] geodesic area that both cover, m2; 0 for a plot that is a point, which lies in the feature or on its edge."""


@dataclass(frozen=True, slots=True, eq=False)
class PolygonLayer:
    """The features of a layer (n of them); never changes, safe to use from several threads."""

    id: str
    version: str
    """By the catalogue or the name of the file; `local` for a file given in the layer's place."""
    checksum: str
    """`sha256:<hex>` of the file."""
    name: str
    """File name."""
    coverage: Literal["land", "sites"]
    geometry: NDArray[np.object_]
    """[n] valid polygons and multipolygons within +-180 degrees of longitude, WGS84; empty where the file has none."""
    columns: dict[str, NDArray[Any]]
    mended: int
    """Geometries that were changed when the file was read, to be valid and to end at the antimeridian."""
    tree: shapely.STRtree = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tree", shapely.STRtree(self.geometry))

    def __len__(self) -> int:
        return len(self.geometry)

    def column(self, name: str) -> NDArray[Any]:
        """A column of the catalogue by feature, [n]: int64, float64 with nan for null, or str and None.

        Raises Refused (`layer_unknown`) for another.
        """
        if name not in self.columns:
            raise Refused(f"layer {self.id} has no column {name}", code="layer_unknown")
        return self.columns[name]

    def overlaps(self, geometries: NDArray[np.object_]) -> Overlaps:
        """What each geometry (polygons, multipolygons or points; valid, lon/lat on WGS84, shape [m]) shares with each feature.

        A pair's area depends on its two geometries alone. Pairs that only touch are left out, but for points.
        """
        plot, feature = self._near(geometries)
        shared = self._shared(geometries, plot, feature)
        area_m2 = geodesic_area_ha(shared) * M2_PER_HA
        point_within = (shapely.get_dimensions(geometries[plot]) == 0) & ~shapely.is_empty(shared)
        kept = (area_m2 > 0) | point_within
        return Overlaps(plot[kept], feature[kept], area_m2[kept])

    def covered_m2(self, geometries: NDArray[np.object_], chosen: NDArray[np.bool_] | None = None) -> NDArray[np.float64]:
        """Area of each polygon (as in `overlaps`, shape [m]) that any feature covers, m2, overlapping features counted once.

        `chosen` ([n]) says which features count; all when None.
        """
        plot, feature = self._near(geometries)
        if chosen is not None:
            plot, feature = plot[chosen[feature]], feature[chosen[feature]]
        shared = self._shared(geometries, plot, feature)
        covered = np.full(len(geometries), shapely.Polygon(), dtype=object)
        for index, start, stop in _runs(plot):
            covered[index] = shapely.union_all(shared[start:stop]) if stop - start > 1 else shared[start]
        return geodesic_area_ha(covered) * M2_PER_HA

    def known(self, geometries: NDArray[np.object_], overlaps: Overlaps) -> NDArray[np.bool_]:
        """Whether the layer says anything of each geometry (shape [m]), of which `overlaps` are what they share with it.

        A layer of the land says nothing where it has no feature; one of sites nothing beyond the bounds of all its features.
        """
        known = np.zeros(len(geometries), dtype=bool)
        if self.coverage == "land":
            known[overlaps.plot] = True
        elif len(self):
            west, south, east, north = shapely.total_bounds(self.geometry)
            bounds = shapely.bounds(geometries)
            known = (bounds[:, 0] <= east) & (bounds[:, 2] >= west) & (bounds[:, 1] <= north) & (bounds[:, 3] >= south)
        return known

    def _near(self, geometries: NDArray[np.object_]) -> tuple[Rows, Rows]:
        """Plots and features whose boxes meet, by plot, then feature."""
        plot, feature = self.tree.query(geometries)
        order = np.lexsort((feature, plot))
        return plot[order], feature[order]

    def _shared(self, geometries: NDArray[np.object_], plot: Rows, feature: Rows) -> NDArray[np.object_]:
        plots, features = geometries[plot], self.geometry[feature]
        for at in np.flatnonzero(shapely.get_num_coordinates(features) > LARGE_VERTICES):
            features[at] = _around(features[at], shapely.bounds(plots[at]))
        shared: NDArray[np.object_] = shapely.intersection(plots, features)
        return shared


def _around(feature: shapely.Geometry, bounds: NDArray[np.float64]) -> shapely.Geometry:
    """The part of a feature near a plot of these bounds, the cut outside of the plot."""
    west, south, east, north = bounds
    margin = _MARGIN_DEG + _MARGIN_SHARE * max(east - west, north - south)
    clip: Callable[..., shapely.Geometry] = shapely.clip_by_rect
    part = clip(feature, west - margin, south - margin, east + margin, north + margin)
    # The cut is quick but may leave a ring that touches itself, such as where an edge runs along the cut.
    return part if shapely.is_valid(part) else feature


def _runs(rows: Rows) -> list[tuple[int, int, int]]:
    """Value, start and stop of each run of equal values in sorted rows."""
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    stops = [*starts.tolist(), len(rows)][1:]
    return [(int(rows[start]), int(start), stop) for start, stop in zip(starts, stops, strict=True)]
