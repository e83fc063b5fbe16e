"""Run every check over all plots of a collection; outlines are decoded where measures do not decide, a slice at a time."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from contracts.v1.batch import BatchParameters
from services.staging.checks.pairs import pair_hits
from services.staging.checks.places import Places, may_be_swapped, place_hits
from services.staging.checks.plots import Geometries, Plots
from services.staging.checks.shape import Shapes, shape_hits
from services.staging.checks.size import size_hits
from services.staging.checks.thresholds import PLACES
from services.staging.findings import Hits, hits
from shared.geo.boundaries import Boundaries
from shared.geo.countries import land_within
from shared.geo.country_cells import located

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
    """Check `plots` (n of them, columns of `plot_table`), whose rows are called by their rank in `order`.

    Ranks follow space, so that what is found does not depend on the order of the file. `declared` is the country
    that the user named (ISO 3166-1 alpha-2). Without `boundaries` nothing is said about locations.
    """

    def column(name: str) -> NDArray[Any]:
        values: NDArray[Any] = plots[name].to_numpy()[order]
        return values

    done = Survey(column("lon"), column("lat"))
    is_point = column("is_point")
    shapes = Shapes(column("quotient"), column("signs"), column("holes"), column("parts"))
    found = [*shape_hits(shapes), *size_hits(Plots(column("area_ha"), is_point, column("decimals")), parameters)]
    if boundaries is not None:
        boxes = np.column_stack([column(name) for name in ("west", "south", "east", "north")])
        outlines = _Column(plots["geometry"], order).geometries
        ids = _Texts(plots["plot_id"], order)
        with ThreadPoolExecutor(1) as beside:
            placed = beside.submit(_Ground, boundaries, declared, done, boxes, outlines)
            found += pair_hits(boxes, column("vertices").astype(np.intp), is_point, outlines, ids)
            ground = placed.result()
        found += ground.hits()
        done.country = ground.country
    done.found = merged(found)
    return done


def merged(found: Iterable[Hits]) -> list[Hits]:
    """One entry for each code that has rows, by code, its rows ascending."""
    by_code: dict[str, list[Hits]] = defaultdict(list)
    for each in found:
        if len(each.rows):
            by_code[each.code].append(each)
    return [_joined(code, by_code[code]) for code in sorted(by_code)]


def _joined(code: str, parts: Sequence[Hits]) -> Hits:
    if len(parts) == 1 and (np.diff(parts[0].rows) >= 0).all():
        return parts[0]
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(rows, kind="stable")
    values: dict[str, list[Any]] = {name: [value for part in parts for value in part.values[name]] for name in parts[0].values}
    return Hits(code, rows[order], {name: [column[at] for at in order] for name, column in values.items()})


class _Column:
    """Outlines of a table by rank."""

    def __init__(self, wkb: pa.ChunkedArray, order: Rows) -> None:
        self._wkb = wkb.chunk(0) if wkb.num_chunks == 1 else wkb.combine_chunks()  # which would copy it
        self._order = order

    def geometries(self, rows: Rows) -> Geometries:
        some: Geometries = shapely.from_wkb(self._wkb.take(pa.array(self._order[rows])).to_numpy(zero_copy_only=False))
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
    """Where n plots lie: what the checks of places need."""

    def __init__(
        self,
        boundaries: Boundaries,
        declared: str | None,
        plots: Survey,
        boxes: NDArray[np.float64],
        outlines: Callable[[Rows], Geometries],
    ) -> None:
        self._boundaries = boundaries
        self._declared = declared
        self._plots = plots
        self._countries, inland = located(boundaries, boxes, outlines)
        self.country = self._countries.code
        self._near_land = inland
        coast = np.flatnonzero(~inland)
        self._near_land[coast] = land_within(boundaries, shapely.points(plots.lon[coast], plots.lat[coast]), PLACES.sea_km)

    def hits(self) -> list[Hits]:
        """Findings about places."""
        places = Places(self._plots.lon, self._plots.lat, self._near_land, self.country, self._swapped())
        return [
            *place_hits(places, self._declared),
            hits("near_second_country", self._countries.near_second, country=self.country),
            hits("snapped_to_country", self._countries.snapped, country=self.country),
        ]

    def _swapped(self) -> list[str | None]:
        """Countries of the centroids with their axes swapped; of none when the declared country holds enough as they are."""
        lon, lat = self._plots.lon, self._plots.lat
        if self._declared is None or not may_be_swapped(np.array(self.country, dtype=object) == self._declared):
            return [None] * len(lon)
        possible = np.abs(lon) <= _SWAPPABLE_DEG
        points = np.column_stack([lat, np.clip(lon, -_SWAPPABLE_DEG, _SWAPPABLE_DEG)])
        found, _ = located(self._boundaries, np.hstack([points, points]), lambda rows: shapely.points(points[rows]))
        return [code if there else None for code, there in zip(found.code, possible.tolist(), strict=True)]
