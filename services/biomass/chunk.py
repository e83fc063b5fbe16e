"""The passes over the layers for one chunk of plots, and what each layer was worth to each plot."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from services.biomass.accounts import Account
from services.biomass.allocation import charged
from services.biomass.bands import LOSSYEAR, Bands, mask_of
from services.biomass.carbon import Losses, pools_of
from services.biomass.cells import LossCells, LossLayers
from services.biomass.choice import Factors, factors_of
from services.biomass.climate import Climate, climate_of
from services.biomass.columns import Columns, columns_of
from services.biomass.kinds import QUANTITIES
from services.biomass.maps import Maps, Places, maps_of, mask_ha, places_of, stock_maps
from services.biomass.request import Asked
from services.biomass.rules import FIRST_YEAR, Rules
from services.biomass.stock_change import stock_change
from shared.errors import Unavailable
from shared.geo.areas import M2_PER_HA
from shared.zonal.passes import zonal
from shared.zonal.reductions.records import RecordSums, record_sums

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Period:
    """The years of the loss layer and of the account."""

    last_observed: int
    reporting_year: int

    @property
    def years(self) -> int:
        """Years of loss that the layer has, from 2001 on; at least one, lest arrays vanish."""
        return max(1, self.last_observed - FIRST_YEAR + 1)


@dataclass(frozen=True, slots=True)
class Group:
    """Plots that share their factors and whether they are reckoned within the mask of a region."""

    plots: Ints
    """Their places in the chunk."""
    columns: Columns
    """Aligned with them."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Plots of one chunk that have an outline, and what the layers say of them; aligned by plot."""

    area_ha: Floats
    is_region: Mask
    climate: tuple[Climate, ...]
    bands: Bands
    places: Places
    maps: Maps
    mask: str | None
    """Band of the mask of the crop, where there are regions and it is configured."""
    mask_ha: Floats
    """Of regions, nan for others and where not known."""
    annual: list[tuple[float | None, ...] | None]
    """CO2 in the mean biomass by year."""
    change: Floats
    """By the difference of maps and its error, [plots, 2]; nan for plots that are no region."""
    groups: tuple[Group, ...]
    """Each plot is in one."""
    stock_names: tuple[str, ...]
    """Maps of biomass by their place among the stocks."""
    failed: frozenset[str]
    """Layers that failed while loss and climate were reckoned, but for the cross-check and the errors of maps."""


def period_of(rasters: Any, window_end_year: int, give_up: bool) -> Period:
    """The years; none observed where the loss layer is away. Raises Unavailable unless `give_up`."""
    try:
        last = rasters.last_year(*LOSSYEAR.split(".")) or 0
    except Unavailable:
        if not give_up:
            raise
        last = 0
    return Period(last, min(last, window_end_year))


def read_chunk(asked: Asked, placed: Ints, rasters: Any, window_end_year: int, rules: Rules, give_up: bool) -> Chunk:
    """All passes for the plots `placed`. Raises Unavailable unless `give_up`."""
    geometry, area_ha = asked.geometry[placed], asked.area_ha[placed]
    is_region = (area_ha > rules.region_min_ha) & ~asked.is_point[placed]
    mask = mask_of(asked.crop) if is_region.any() else None
    west, south, east, north = shapely.total_bounds(geometry).tolist()
    bands = Bands.near(rasters, (west, south, east, north), mask, give_up)
    period = period_of(rasters, window_end_year, give_up)
    places = places_of(geometry, area_ha, tuple(asked.country[index] for index in placed), bands)
    climate = tuple(climate_of(place, rules) for place in places.place)
    kind = None if asked.crop is None else asked.crop.kind
    is_palm = asked.crop is not None and asked.crop.name == "oil palm"
    factors = tuple(factors_of(one, kind, is_palm) for one in climate)
    regions = np.flatnonzero(is_region)
    masked_ha = np.full(len(placed), np.nan)
    if mask is not None and bands.source(mask) is not None:
        masked_ha[regions] = mask_ha(geometry[regions], mask, bands)
    is_masked = ~np.isnan(masked_ha)
    layers = bands.loss_layers(mask)
    names = () if layers is None else tuple(stock.name for stock in layers.stocks)
    groups = _groups(geometry, factors, is_masked, layers, period, rules)
    failed = bands.failed_for_loss()
    maps = maps_of(geometry, area_ha, bands, rules.known_min_share)
    return Chunk(
        area_ha=area_ha,
        is_region=is_region,
        climate=climate,
        bands=bands,
        places=places,
        maps=maps,
        mask=None if mask is None or bands.opened[mask].state == "not_configured" else mask,
        mask_ha=masked_ha,
        annual=maps.annual_tco2eha(),
        change=_changes(geometry, area_ha, is_region, factors, maps, bands, period, rules),
        groups=groups,
        stock_names=names,
        failed=failed,
    )


def _changes(
    geometry: NDArray[np.object_], area_ha: Floats, is_region: Mask, factors: tuple[Factors, ...], maps: Maps, bands: Bands,
    period: Period, rules: Rules,
) -> Floats:  # fmt: skip
    """The difference of maps of each region, charged to the reporting year, and its error; nan for other plots."""
    change = np.full((len(geometry), 2), np.nan)
    regions = np.flatnonzero(is_region)
    if len(regions):
        weight = charged(rules.allocation, rules.look_back_years, period.reporting_year, FIRST_YEAR, period.years)
        told = stock_maps(geometry[regions], area_ha[regions], maps.agb_tha[regions], bands, rules.correlation_km)
        for row, one in zip(regions.tolist(), told, strict=True):
            tc_per_t = factors[row].forest.tc_per_t(one.greatest_tha, rules.high_agb_tha)
            change[row] = stock_change(one, float(area_ha[row]), tc_per_t, weight, FIRST_YEAR)
    return change


def _groups(
    geometry: NDArray[np.object_], factors: tuple[Factors, ...], is_masked: Mask, layers: LossLayers | None, period: Period, rules: Rules
) -> tuple[Group, ...]:
    """One pass for the plots that share their factors and the mask of a region."""
    members: dict[tuple[Factors, bool], list[int]] = {}
    for index, key in enumerate(zip(factors, is_masked.tolist(), strict=True)):
        members.setdefault(key, []).append(index)
    groups: list[Group] = []
    for (one, masked), plots in members.items():
        shapes = geometry[plots]
        sums = _nothing(len(plots))
        pixel_ha = np.full(len(plots), np.nan)
        if layers is not None and period.reporting_year >= FIRST_YEAR:
            here = layers if masked else replace(layers, crop_mask=None)
            sums = zonal(shapes, {"cells": LossCells(here, one, rules)}, {"loss": record_sums("cells")}, checked=True)["loss"]
            pixel_ha = _pixel_ha(layers, shapes)
        losses = Losses.of(sums, period.years)
        columns = columns_of(Account(losses, pools_of(losses, one), one, period.reporting_year, rules), pixel_ha)
        groups.append(Group(np.array(plots), columns))
    return tuple(groups)


def _nothing(plots: int) -> RecordSums:
    """Of plots of which no cell is known."""
    none = np.empty((0, QUANTITIES))
    return RecordSums(np.zeros(plots), np.zeros(plots + 1, np.int64), np.empty(0, np.int64), np.empty(0), none, none)


def _pixel_ha(layers: LossLayers, shapes: NDArray[np.object_]) -> Floats:
    """A cell of the loss map at the middle of each plot."""
    cells = layers.lossyear.cells
    west, south, east, north = shapely.bounds(shapes).T
    at = np.floor(cells.located(np.column_stack(((west + east) / 2, (south + north) / 2)))).astype(np.int64)
    rows = np.clip(at[:, 1], 0, cells.height - 1)
    columns = np.clip(at[:, 0], 0, cells.width - 1)
    place, of_plot = np.unique(np.column_stack((rows, np.zeros_like(columns) if cells.even_rows else columns)), axis=0, return_inverse=True)
    return np.array([cells.areas_m2(row, column, 1, 1)[0, 0] for row, column in place.tolist()])[of_plot] / M2_PER_HA
