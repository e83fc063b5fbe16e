"""Protected areas and Key Biodiversity Areas at plots: what they cover, how strict they are, and how far the nearest is."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Proj

from shared.vectors.layer import PolygonLayer

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
COUNTED_STATUS = ("Designated", "Inscribed", "Established")
"""Sites that are proposed, adopted or not reported are not protected yet (wdpar's defaults, methods 3.3)."""
LEFT_OUT_DESIGNATION = "UNESCO-MAB"
"""Biosphere reserves hold much ground that is not protected (the same)."""
STRICTEST_FIRST = ("Ia", "Ib", "II", "III", "IV", "V", "VI")
NO_CATEGORY = "Not Reported"
M_PER_DEG = 110_000.0
"""Less than a degree of latitude has anywhere: boxes come out a little too large."""


@dataclass(frozen=True, slots=True)
class Sites:
    """What one layer of sites says of each plot."""

    known: Mask
    """Whether the layer reaches there."""
    overlap_m2: Floats
    """Ground of the plot within any site, each place once; 0 for points."""
    within: Mask
    """Whether the plot shares ground with a site; of a point, whether it lies in one."""
    distance_m: Floats
    """To the nearest site, 0 where the plot shares ground with one; nan where there is none near enough."""
    category: tuple[str | None, ...]
    """Strictest management category; None outside sites, and for layers without."""


def sites_at(geometries: NDArray[np.object_], layer: PolygonLayer, search_m: float) -> Sites:
    """What a layer of sites says of each polygon or point (lon/lat, [n]); the nearest is looked for up to `search_m`."""
    chosen = counted(layer)
    pairs = layer.overlaps(geometries)
    own = chosen[pairs.feature]
    within = np.zeros(len(geometries), dtype=np.bool_)
    within[pairs.plot[own]] = True
    distance = np.array(
        [0.0 if inside else _distance_m(one, layer, chosen, search_m) for one, inside in zip(geometries, within, strict=True)]
    )
    categories: list[str | None] = [None] * len(geometries)
    if "IUCN_CAT" in layer.columns:
        stated = layer.column("IUCN_CAT")
        for plot in np.flatnonzero(within).tolist():
            categories[plot] = strictest([stated[at] for at in pairs.feature[own & (pairs.plot == plot)]])
    known = layer.known(geometries, pairs)
    return Sites(known, layer.covered_m2(geometries, chosen), within, distance, tuple(categories))


def counted(layer: PolygonLayer) -> Mask:
    """Which features of a layer count: all but for the World Database on Protected Areas, which is cleaned."""
    chosen: Mask = ~shapely.is_empty(layer.geometry)
    if "STATUS" in layer.columns:
        chosen &= np.isin(layer.column("STATUS").astype(str), COUNTED_STATUS)
    if "DESIG_ENG" in layer.columns:
        chosen &= np.array([LEFT_OUT_DESIGNATION not in str(name) for name in layer.column("DESIG_ENG")], dtype=np.bool_)
    return chosen


def strictest(categories: list[str | None]) -> str:
    """The strictest of the categories of sites; `Not Reported` where none has one."""
    return next((one for one in STRICTEST_FIRST if one in categories), NO_CATEGORY)


def _distance_m(geometry: shapely.Geometry, layer: PolygonLayer, chosen: Mask, search_m: float) -> float:
    """From the plot to the nearest chosen feature, m; nan beyond `search_m`. In a plane round the plot, true to a thousandth."""
    west, south, east, north = shapely.bounds(geometry)
    up = search_m / M_PER_DEG
    aside = up / max(0.01, np.cos(np.radians(min(89.0, max(abs(south), abs(north)) + up))))
    box = (west - aside, south - up, east + aside, north + up)
    near = layer.tree.query(shapely.box(*box))
    parts = [shapely.clip_by_rect(layer.geometry[at], *box) for at in sorted(near.tolist()) if chosen[at]]
    if not parts:
        return np.nan
    plane = Proj(proj="aeqd", lon_0=(west + east) / 2, lat_0=(south + north) / 2, ellps="WGS84")
    flat = shapely.transform(np.array([geometry, *parts], dtype=object), lambda xy: np.column_stack(plane(xy[:, 0], xy[:, 1])))
    nearest = float(np.nanmin(np.append(shapely.distance(flat[0], flat[1:]), np.inf)))
    return nearest if nearest <= search_m else np.nan
