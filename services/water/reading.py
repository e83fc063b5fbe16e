"""Bands in time round the plots of a chunk, read as stacks and made months."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from contracts.v1.results.eudr_deforestation import LayerState
from services.water.calendar import YEAR_MONTHS, Floats, Monthly, Span, by_month, month_end, month_number, month_start
from services.water.rules import GAPS, Series, Thresholds
from shared.geo.areas import M2_PER_HA
from shared.rasters.catalogue import BandSpec, layer_of
from shared.rasters.opening import Opened, open_band, state_of
from shared.zonal.block import Source
from shared.zonal.grid import Cells
from shared.zonal.passes import zonal
from shared.zonal.reductions.classes import Classes, area_by_class
from shared.zonal.stacks import stack_means


@dataclass(frozen=True, slots=True)
class Chunk:
    """The plots of a chunk, points made discs; aligned arrays of shape [n], at least one."""

    geometry: NDArray[np.object_]
    area_m2: Floats
    rasters: Any
    give_up: bool
    latest: int
    """Number of the last month that counts."""
    rules: Thresholds

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Of all plots: west, south, east, north in degrees."""
        west, south, east, north = (float(edge) for edge in shapely.total_bounds(self.geometry))
        return west, south, east, north


@dataclass(frozen=True, slots=True)
class ReadSeries:
    """One series under every plot."""

    states: tuple[LayerState, ...]
    """[n] of what was read of the layer."""
    monthly: Monthly | None = None
    """None when no band was read."""
    newest: Source | None = None
    """The last band that was read."""
    cells: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    """[n] cells of that band that the plot touches; empty without bands."""


def read_series(wanted: Series, chunk: Chunk) -> ReadSeries:
    """The series as months. Raises Unavailable when a band does not read now, unless the chunk gives up."""
    opened: list[Opened] = []
    held: list[tuple[BandSpec, Source]] = []

    def sources() -> Iterator[Source]:
        """Each band is opened when the one before it was read: a process keeps few files open."""
        for band in _bands(wanted, chunk):
            one = open_band(chunk.rasters, f"{wanted.layer}.{band.name}", chunk.bounds, chunk.give_up)
            opened.append(one)
            if one.source is not None:
                held.append((band, one.source))
                yield one.source

    found = stack_means(chunk.geometry, sources())
    states = _states(opened, found.known_m2)
    if not held:
        return ReadSeries(states)
    enough = found.known_m2 >= chunk.rules.known_min_share * chunk.area_m2[:, None]
    spans = [Span(band.start, band.end) for band, _ in held if band.start and band.end]
    monthly = by_month(np.where(enough, found.mean, np.nan), spans, wanted.kind, chunk.rules.level_min_share)
    return ReadSeries(states, monthly, held[-1][1], found.cells)


def _bands(wanted: Series, chunk: Chunk) -> list[BandSpec]:
    """The configured bands that the series needs, in order of time."""
    layer, rules = layer_of(wanted.layer), chunk.rules
    months = (wanted.earlier_years + 1) * YEAR_MONTHS + rules.max_lag_months
    first_day, last_day = month_start(chunk.latest - months + 1), month_end(chunk.latest)
    in_time = (band for band in layer.bands.values() if band.variable == wanted.variable and band.start and band.end)
    near = [band for band in in_time if band.start and band.end and band.start <= last_day and band.end >= first_day]
    bands = [band for band in near if chunk.rasters.state(layer.id, band.name) == "configured"]
    bands.sort(key=lambda band: str(band.start))
    if wanted.same_months and bands:
        newest = month_number(bands[-1].end or last_day)
        asked = {(newest - back) % YEAR_MONTHS for back in range(wanted.same_months)}
        bands = [band for band in bands if band.end and month_number(band.end) % YEAR_MONTHS in asked]
    return bands


def _states(opened: Sequence[Opened], known_m2: Floats) -> tuple[LayerState, ...]:
    """State under each plot, [n, bands read]: failed when any band failed, available where any knows something."""
    everywhere: LayerState = "failed" if any(state_of(one, 0.0) == "failed" for one in opened) else "not_configured"
    if everywhere == "failed" or not opened:
        return (everywhere,) * len(known_m2)
    seen = [bool(row.any()) for row in known_m2 > 0]
    return tuple("available" if one else "not_covered" for one in seen)


def pixel_ha(cells: Cells, geometry: NDArray[np.object_]) -> Floats:
    """Ground area of the cell under the middle of each plot, ha; nan beyond the grid."""
    lonlat = shapely.get_coordinates(shapely.point_on_surface(geometry))
    at = cells.located(lonlat)
    found = np.full(len(geometry), np.nan)
    for index, (column, row) in enumerate(at.tolist()):
        if 0 <= column < cells.width and 0 <= row < cells.height:
            found[index] = float(cells.areas_m2(int(row), int(column), 1, 1)[0, 0]) / M2_PER_HA
    return found


@dataclass(frozen=True, slots=True)
class _Gaps:
    """A band whose known cells are those that hold a code of `GAPS`."""

    source: Source
    cells: Cells
    unit: tuple[int, int]
    dtype: np.dtype[Any]
    nodata: None = None
    scale: float = 1.0
    offset: float = 0.0

    def read(self, top: int, left: int, out: NDArray[Any]) -> NDArray[np.bool_]:
        """Fill `out` with the window; where it holds a code."""
        self.source.read(top, left, out)
        coded: NDArray[np.bool_] = (out >= min(GAPS)) & (out <= max(GAPS))
        return coded


def gap_shares(source: Source, chunk: Chunk) -> list[dict[str, float]]:
    """Share of each plot that a band of MOD16 leaves out, by cause; causes of more than 0."""
    gaps = _Gaps(source, source.cells, source.unit, source.dtype)
    found = zonal(chunk.geometry, {"et": gaps}, {"gaps": area_by_class("et", Classes.of(*GAPS))}, checked=True)["gaps"]
    shares = np.minimum(1.0, found[:, : len(GAPS)] / chunk.area_m2[:, None])
    return [{cause: float(share) for cause, share in zip(GAPS.values(), row, strict=True) if share > 0} for row in shares]
