"""Run every check over all plots of a collection, a slice of outlines in memory at a time."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from contracts.v1.batch import BatchParameters
from services.staging.checks.duplicates import digests
from services.staging.checks.pairs import pair_hits
from services.staging.checks.places import Places, place_hits
from services.staging.checks.plots import Geometries, Plots
from services.staging.checks.shape import shape_hits
from services.staging.checks.size import size_hits
from services.staging.checks.thresholds import PLACES
from services.staging.findings import Hits, hits
from services.staging.rules import SLICE
from shared.geo.boundaries import Boundaries
from shared.geo.countries import detect, land_within

Rows = NDArray[np.intp]
_SWAPPABLE_DEG: Final = 90.0
"""A longitude beyond this is no latitude."""


@dataclass(slots=True)
class Survey:
    """What the checks found in n plots."""

    lon: NDArray[np.float64]
    """Centroids; degrees."""
    lat: NDArray[np.float64]
    found: list[Hits] = field(default_factory=list)
    """At most one entry for each code."""
    country: list[str | None] = field(default_factory=list)
    """ISO 3166-1 alpha-2 of each plot, None outside any country; empty when locations are not validated."""


def survey(plots: pa.Table, order: Rows, parameters: BatchParameters, boundaries: Boundaries | None, declared: str | None) -> Survey:
    """Check `plots` (n of them, columns of the staged file and `decimals`), whose rows are called by their rank in `order`.

    Ranks follow space, so that what is found does not depend on the order of the file. `declared` is the country
    that the user named (ISO 3166-1 alpha-2). Without `boundaries` nothing is said about locations.
    """
    column = _Column(plots["geometry"], order)
    area_ha = plots["area_ha"].to_numpy()[order]
    is_point = plots["is_point"].to_numpy()[order]
    decimals = plots["decimals"].to_numpy()[order]
    count = len(order)
    done = Survey(np.empty(count), np.empty(count))
    slices: list[Hits] = []
    ground = _Ground(count)
    for start in range(0, count, SLICE):
        rows = np.arange(start, min(start + SLICE, count))
        some = Plots(column.geometries(rows), area_ha[rows], is_point[rows], decimals[rows])
        slices += [_moved(each, start) for each in (*shape_hits(some), *size_hits(some, parameters))]
        centroid = shapely.centroid(some.geometry)
        done.lon[rows], done.lat[rows] = shapely.get_x(centroid), shapely.get_y(centroid)
        if boundaries is not None:
            ground.add(rows, some.geometry, centroid, boundaries, declared)
    if boundaries is not None:
        ids = _Texts(plots["plot_id"], order)
        slices += pair_hits(ground.digest, ground.boxes, ground.vertices, is_point, column.geometries, ids)
        slices += place_hits(Places(done.lon, done.lat, ground.near_land, ground.country, ground.swapped_country), declared)
        slices += ground.doubts()
        done.country = ground.country
    done.found = merged(slices)
    return done


def merged(found: Iterable[Hits]) -> list[Hits]:
    """One entry for each code that has rows, by code, its rows ascending."""
    by_code: dict[str, list[Hits]] = defaultdict(list)
    for each in found:
        if len(each.rows):
            by_code[each.code].append(each)
    return [_joined(code, by_code[code]) for code in sorted(by_code)]


def _joined(code: str, parts: Sequence[Hits]) -> Hits:
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(rows, kind="stable")
    values: dict[str, list[Any]] = {name: [value for part in parts for value in part.values[name]] for name in parts[0].values}
    return Hits(code, rows[order], {name: [column[at] for at in order] for name, column in values.items()})


def _moved(each: Hits, by: int) -> Hits:
    return Hits(each.code, each.rows + by, each.values)


class _Column:
    """Outlines of a table by rank."""

    def __init__(self, wkb: pa.ChunkedArray, order: Rows) -> None:
        self._wkb = wkb
        self._order = order

    def geometries(self, rows: Rows) -> Geometries:
        some: Geometries = shapely.from_wkb(self._wkb.take(pa.array(self._order[rows])).to_numpy())
        return some


class _Texts(Sequence[str]):
    """Texts of a table by rank, read one by one: few of them are named."""

    def __init__(self, texts: pa.ChunkedArray, order: Rows) -> None:
        self._texts = texts
        self._order = order

    def __getitem__(self, row: Any) -> Any:
        return self._texts[int(self._order[row])].as_py()

    def __len__(self) -> int:
        return len(self._order)


class _Ground:
    """What the checks of places and of pairs need of all plots at once."""

    def __init__(self, count: int) -> None:
        self.digest = np.empty((count, 2), dtype=np.uint64)
        self.boxes = np.empty((count, 4))
        self.vertices = np.empty(count, dtype=np.intp)
        self.near_land = np.empty(count, dtype=bool)
        self.snapped = np.empty(count, dtype=bool)
        self.near_second = np.empty(count, dtype=bool)
        self.country: list[str | None] = []
        self.swapped_country: list[str | None] = []

    def add(self, rows: Rows, geometry: Geometries, centroid: Geometries, boundaries: Boundaries, declared: str | None) -> None:
        """Take in the next plots."""
        self.digest[rows] = digests(geometry)
        self.boxes[rows] = shapely.bounds(geometry)
        self.vertices[rows] = shapely.get_num_coordinates(geometry)
        countries = detect(boundaries, geometry)
        self.country += countries.code
        self.snapped[rows], self.near_second[rows] = countries.snapped, countries.near_second
        self.near_land[rows] = land_within(boundaries, centroid, PLACES.sea_km)
        self.swapped_country += [None] * len(rows) if declared is None else _swapped(boundaries, centroid)

    def doubts(self) -> list[Hits]:
        """Plots whose country is not certain."""
        near = hits("near_second_country", self.near_second, country=self.country)
        return [near, hits("snapped_to_country", self.snapped, country=self.country)]


def _swapped(boundaries: Boundaries, centroid: Geometries) -> list[str | None]:
    lon, lat = shapely.get_x(centroid), shapely.get_y(centroid)
    possible = np.abs(lon) <= _SWAPPABLE_DEG
    codes = detect(boundaries, shapely.points(lat, np.clip(lon, -_SWAPPABLE_DEG, _SWAPPABLE_DEG))).code
    return [code if there else None for code, there in zip(codes, possible.tolist(), strict=True)]
