"""Country borders as small pieces that are quick to search: the packaged Natural Earth set, or another one."""

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

RESOURCE: Final = "countries.parquet"
COLUMN: Final = "country"
"""Column of ISO 3166-1 alpha-2 codes in a file of pieces."""
MAX_VERTICES: Final = 256
MAX_SIDE_DEG: Final = 2.0
"""A piece is no wider and no higher, so that one scale of metres serves all of it."""
Geometries = NDArray[np.object_]
_M_PER_DEG_LAT: Final = 110_574.0
_M_PER_DEG_LON: Final = 111_320.0


@dataclass(frozen=True, slots=True, eq=False)
class Boundaries:
    """Pieces of countries (n of them): closed sets that cover each country without a gap."""

    countries: tuple[str, ...]
    """ISO 3166-1 alpha-2 codes (XK for Kosovo), sorted."""
    owner: NDArray[np.intp]
    """Position in `countries`, for each piece."""
    pieces: NDArray[np.object_]
    """Prepared polygons, longitude and latitude on WGS84."""
    tree: shapely.STRtree
    frames: NDArray[np.float64]
    """For each piece: longitude and latitude of its middle, metres a degree east and north; shape [n, 4]."""
    in_metres: NDArray[np.object_] = field(repr=False)
    """The pieces in their own frames, prepared."""


@cache
def natural_earth() -> Boundaries:
    """Natural Earth 1:10m as `README.md` beside this file describes it."""
    with as_file(files(__package__) / RESOURCE) as path:
        return read_boundaries(path)


def read_boundaries(path: Path) -> Boundaries:
    """Boundaries from a file of pieces: GeoParquet with the column `country`, as `python -m deploy.boundaries` writes it."""
    import pyarrow.parquet as pq

    table = pq.read_table(path, columns=[COLUMN, "geometry"])
    return boundaries_of(table[COLUMN].to_pylist(), shapely.from_wkb(table["geometry"].to_pylist()))


def boundaries_of(codes: list[str], geometries: NDArray[np.object_]) -> Boundaries:
    """Boundaries from country codes and their valid polygons or multipolygons (shape [m] each); a country may have many."""
    pieces, source = subdivided(geometries)
    countries = tuple(sorted(set(codes)))
    number = {code: position for position, code in enumerate(countries)}
    owner = np.array([number[code] for code in codes], dtype=np.intp)[source]
    frames = _frames(pieces)
    in_metres = to_metres(pieces, frames)
    shapely.prepare(pieces)
    shapely.prepare(in_metres)
    return Boundaries(countries, owner, pieces, shapely.STRtree(pieces), frames, in_metres)


def subdivided(geometries: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    """The geometries cut along meridians and parallels into small polygons, and the position each came from."""
    done: list[NDArray[np.object_]] = []
    sources: list[NDArray[np.intp]] = []
    pieces, source = shapely.get_parts(geometries, return_index=True)
    while len(pieces):
        width, height = _sides(pieces)
        large = (shapely.get_num_coordinates(pieces) > MAX_VERTICES) & (np.maximum(width, height) > 1e-3)
        large |= np.maximum(width, height) > MAX_SIDE_DEG
        done.append(pieces[~large])
        sources.append(source[~large])
        pieces, source = _halved(pieces[large], source[large])
    return np.concatenate(done), np.concatenate(sources)


def to_metres(geometries: NDArray[np.object_], frames: NDArray[np.float64]) -> NDArray[np.object_]:
    """Each geometry (degrees, shape [n]) in the frame (shape [n, 4]) beside it."""
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    moved: NDArray[np.object_] = shapely.set_coordinates(geometries.copy(), (xy - frames[owner, :2]) * frames[owner, 2:])
    return moved


def metres_per_degree(lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres a degree of longitude and of latitude at `lat` (shape [n]) as shape [n, 2], right to 0.6 %."""
    east = _M_PER_DEG_LON * np.maximum(np.cos(np.radians(lat)), 1e-3)
    return np.column_stack([east, np.full_like(east, _M_PER_DEG_LAT)])


def _frames(pieces: NDArray[np.object_]) -> NDArray[np.float64]:
    west, south, east, north = shapely.bounds(pieces).T
    lat = (south + north) / 2
    return np.column_stack([(west + east) / 2, lat, metres_per_degree(lat)])


def _sides(pieces: NDArray[np.object_]) -> tuple[Any, Any]:
    west, south, east, north = shapely.bounds(pieces).T
    return east - west, north - south


def _halved(pieces: NDArray[np.object_], source: NDArray[np.intp]) -> tuple[NDArray[np.object_], NDArray[np.intp]]:
    west, south, east, north = shapely.bounds(pieces).T
    wide = east - west >= north - south
    middle_x, middle_y = np.where(wide, (west + east) / 2, east), np.where(wide, north, (south + north) / 2)
    first = shapely.box(west, south, middle_x, middle_y)
    second = shapely.box(np.where(wide, middle_x, west), np.where(wide, south, middle_y), east, north)
    halves = np.concatenate([shapely.intersection(pieces, first), shapely.intersection(pieces, second)])
    parts, half = shapely.get_parts(halves, return_index=True)
    is_area = (shapely.get_dimensions(parts) == 2) & ~shapely.is_empty(parts)
    return parts[is_area], np.concatenate([source, source])[half[is_area]]
