"""Windows the size of plots at random places of a region: seeded, uniform over its ground."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from shared.geo.areas import geodesic_area_ha
from shared.geo.discs import discs
from shared.reference.blocks import block_of

Floats = NDArray[np.float64]

COUNT: Final = 640
"""Windows drawn in a region: at least 500 are to be left when those near the plots have been dropped."""
LEAST: Final = 500
AWAY_M: Final = 1000.0
"""Windows nearer to one of the user's plots are dropped."""
SIZES_HA: Final = (0.25, 4096.0)
POLAR_DEG: Final = 85.0
_TRIES: Final = 200
"""Rounds of drawing after which a part of a region that is nearly a line is given up."""


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """n discs of one size, with the middle of each in degrees."""

    lon: Floats
    lat: Floats
    size_ha: float

    def __len__(self) -> int:
        return len(self.lon)

    @property
    def geometry(self) -> NDArray[np.object_]:
        """The discs; geodesic area `size_ha` each."""
        return discs(self.lon, self.lat, np.full(len(self), self.size_ha))

    @property
    def block(self) -> NDArray[np.int64]:
        """The 10 km block of each middle."""
        return block_of(self.lon, self.lat)


def size_class_ha(area_ha: Floats) -> float:
    """The power of two that is nearest to the median of the plots' areas (nan left out): one class serves many collections.

    4 ha without a known area.
    """
    known = area_ha[~np.isnan(area_ha) & (area_ha > 0)]
    if not len(known):
        return 4.0
    return float(np.clip(2.0 ** np.round(np.log2(np.median(known))), *SIZES_HA))


def draw(region: shapely.Geometry, size_ha: float, seed: str, count: int = COUNT) -> Windows:
    """`count` windows whose middles lie in the region (lon/lat, valid), each piece of its ground equally likely.

    Equal seeds give equal windows. Fewer where the region is too thin to be hit; none nearer to a pole than 5 degrees. A window
    near the border may reach over it.
    """
    rng = np.random.default_rng(int.from_bytes(sha256(seed.encode()).digest()[:8], "big"))
    parts = shapely.get_parts(region)
    parts = parts[shapely.get_dimensions(parts) == 2]
    area = geodesic_area_ha(parts)
    if not area.sum() > 0:
        return Windows(np.empty(0), np.empty(0), size_ha)
    of_part = rng.multinomial(count, area / area.sum())
    found = [_inside(part, int(wanted), rng) for part, wanted in zip(parts, of_part, strict=True) if wanted]
    lon, lat = np.concatenate(found).T
    kept = np.abs(lat) < POLAR_DEG
    return Windows(lon[kept], lat[kept], size_ha)


def _inside(part: shapely.Polygon, wanted: int, rng: np.random.Generator) -> Floats:
    """`wanted` places in a polygon: even in longitude and in the sine of latitude, kept when they lie inside; [wanted, 2]."""
    shapely.prepare(part)
    west, south, east, north = shapely.bounds(part)
    low, high = np.sin(np.radians([south, north]))
    found: list[Floats] = []
    missing = wanted
    for _ in range(_TRIES):
        lon = rng.uniform(west, east, 4 * wanted)
        lat = np.degrees(np.arcsin(rng.uniform(low, high, 4 * wanted)))
        hit = shapely.contains_xy(part, lon, lat)
        found.append(np.column_stack([lon[hit], lat[hit]])[:missing])
        missing -= len(found[-1])
        if missing == 0:
            break
    return np.concatenate(found)


def away_from(windows: Windows, boxes: Floats, distance_m: float = AWAY_M) -> NDArray[np.bool_]:
    """True for windows with no plot within `distance_m` of their edge; bool [n].

    `boxes` are those of the plots (west, south, east, north in degrees, [k, 4]), which may be a little larger than they.
    """
    if not len(windows) or not len(boxes):
        return np.ones(len(windows), dtype=bool)
    radius_m = np.sqrt(windows.size_ha * 10_000 / np.pi) + distance_m
    reach = discs(windows.lon, windows.lat, np.full(len(windows), np.pi * radius_m**2 / 10_000))
    near = shapely.STRtree(shapely.box(*boxes.T)).query(reach, predicate="intersects")[0]
    away = np.ones(len(windows), dtype=bool)
    away[near] = False
    return away
