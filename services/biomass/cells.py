"""Lost forest cell by cell: what kind of loss it is, and the carbon that stood there in the last year before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.biomass.choice import Factors
from services.biomass.kinds import (
    AFTER,
    AGB,
    BGB,
    DRIVER,
    LANDCOVER,
    NO_STOCK,
    PEAT,
    PLANTATION,
    QUANTITIES,
    RATIO,
    SD,
    SD_SQUARED,
    SOC,
    TIER1,
    Ground,
    Kind,
    key_of,
)  # fmt: skip
from services.biomass.rules import FIRST_YEAR, Rules
from shared.zonal.block import Source
from shared.zonal.grid import Cells
from shared.zonal.joining import Spots
from shared.zonal.reductions.records import record

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


_KIND_OF_DRIVER = {2: Kind.OTHER_USE, 3: Kind.SHIFTING, 4: Kind.LOGGING, 5: Kind.FIRE, 6: Kind.OTHER_USE, 7: Kind.NATURAL}
"""By class of the drivers of forest loss; 1 is permanent agriculture, 0 and nodata are not known: conversion."""
PLANTATIONS_BEFORE = (81, 82, 83)
"""Subtypes of TMF that were plantations before the loss; 84 to 86 are forest that became one."""


_MANGROVES, _LANDCOVER_YEAR = 95, 2020


@dataclass(frozen=True, slots=True)
class Stock:
    """One map of biomass above ground, t/ha, and its standard deviation, where there is one."""

    year: int
    name: str
    agb: Source
    sd: Source | None = None


@dataclass(frozen=True, slots=True)
class LossLayers:
    """The bands that say what a loss is; None where one is not there."""

    lossyear: Source
    """Its grid is that of the analysis."""
    treecover: Source
    stocks: tuple[Stock, ...]
    """By year, rising."""
    root_shoot: Source | None = None
    """t below per t above ground, in the place of the table."""
    soil: Source | None = None
    """t C/ha, 0-30 cm."""
    peat: Source | None = None
    """Over 0 where there is peat."""
    driver: Source | None = None
    plantation: Source | None = None
    """Subtypes of TMF's transition map."""
    landcover_2020: Source | None = None
    """Classes of WorldCover."""
    crop_mask: Source | None = None
    """1 where the crop of a region grows."""


@dataclass(frozen=True, slots=True)
class LossCells:
    """The loss of forest as records (`shared.zonal.reductions.records`) on the grid of the loss years.

    Bands other than the loss years are read only where forest was lost; each at the centres of the cells.
    """

    layers: LossLayers
    factors: Factors
    rules: Rules
    nodata: None = None
    scale: float = 1.0
    offset: float = 0.0
    dtype: np.dtype[Any] = field(default_factory=lambda: record(QUANTITIES))

    @property
    def cells(self) -> Cells:
        """Those of the loss years."""
        return self.layers.lossyear.cells

    @property
    def unit(self) -> tuple[int, int]:
        """That of the loss years."""
        return self.layers.lossyear.unit

    def read(self, top: int, left: int, out: NDArray[Any]) -> None:
        """Fill `out` with records of the window. Raises what its bands raise."""
        lossyear = self.layers.lossyear
        raw = np.empty(out.shape, dtype=lossyear.dtype)
        year, known = measured(lossyear, raw, lossyear.read(top, left, raw))
        out["key"] = np.where(known, 0, -1)
        lost = known & (year >= 1)
        if not lost.any():
            return
        place = _Places.of(self.cells, top, left, lost)
        cover, cover_known = place.measured(self.layers.treecover)
        out["key"][lost] = np.where(cover_known, 0, -1)
        is_forest = cover_known & (cover > self.rules.forest_min_cover_pct)
        if not is_forest.any():
            return
        forest = lost.copy()
        forest[lost] = is_forest
        here = place.where(is_forest).measured
        key, quantity = _records(year[forest].astype(np.int64), self.layers, here, self.factors, self.rules)
        out["key"][forest], out["quantity"][forest] = key, quantity


@dataclass(frozen=True, slots=True)
class _Places:
    """Centres of cells in degrees, and where they lie in the grids that were asked so far; [n]."""

    lons: Floats
    lats: Floats
    _spots: dict[Cells, Spots] = field(default_factory=dict)

    @classmethod
    def of(cls, cells: Cells, top: int, left: int, where: Mask) -> "_Places":
        """The cells of a window where `where` is true."""
        lons, lats = cells.centres(top, left, *where.shape)
        rows, columns = np.nonzero(where)
        return cls(lons[columns], lats[rows]) if lons.ndim == 1 else cls(lons[where], lats[where])

    def where(self, chosen: Mask) -> "_Places":
        """Those of the places."""
        return _Places(self.lons[chosen], self.lats[chosen])

    def measured(self, source: Source) -> tuple[Floats, Mask]:
        """What a band measures at the places, and where it is known."""
        cells = source.cells
        if cells not in self._spots:
            self._spots[cells] = Spots.of(cells, self.lons, self.lats)
        return measured(source, *self._spots[cells].values(source))


def measured(source: Source, raw: NDArray[Any], mask: Mask | None) -> tuple[Floats, Mask]:
    """What raw values of a band measure, and where they are known (no mask, nodata or NaN there)."""
    values = raw.astype(np.float64)
    known = ~np.isnan(values) if mask is None else mask & ~np.isnan(values)
    if source.nodata is not None:
        known &= values != source.nodata
    return values * source.scale + source.offset, known


_AtCells = Callable[[Source], tuple[Floats, Mask]]


def _records(year: Ints, layers: LossLayers, at: _AtCells, factors: Factors, rules: Rules) -> tuple[Ints, Floats]:
    """Keys [cells] and quantities [cells, QUANTITIES] of lost forest."""
    quantity = np.full((len(year), QUANTITIES), np.nan)
    for column, source in _bands(layers):
        if source is not None:
            values, known = at(source)
            quantity[:, column] = np.where(known, values, np.nan)
    agb, sd, stock = stock_before(year, layers.stocks, at, factors.tier1_agb_tha)
    ground = grounds(year, quantity[:, PEAT], quantity[:, LANDCOVER])
    is_mangrove = ground == Ground.MANGROVE
    woods = [np.where(agb > rules.high_agb_tha, wood.root_shoot_high, wood.root_shoot_low) for wood in (factors.mangrove, factors.forest)]
    ratio = np.where(quantity[:, RATIO] > 0, quantity[:, RATIO], np.where(is_mangrove, *woods))
    quantity[:, AGB], quantity[:, BGB] = agb, agb * ratio
    quantity[:, AFTER] = np.minimum(factors.after_tc_ha, carbon_tc(agb, agb * ratio, is_mangrove, factors))
    quantity[:, SD], quantity[:, SD_SQUARED] = sd, sd**2
    kind = kinds(quantity[:, DRIVER], quantity[:, PLANTATION], rules)
    if layers.crop_mask is not None:
        mask, known = at(layers.crop_mask)
        kind[~(known & (mask == 1))] = Kind.OUTSIDE_MASK
    return key_of(kind, year, stock, ground), quantity


def _bands(layers: LossLayers) -> tuple[tuple[int, Source | None], ...]:
    """Bands that are kept as they are."""
    return (
        (SOC, layers.soil), (RATIO, layers.root_shoot), (PEAT, layers.peat), (LANDCOVER, layers.landcover_2020),
        (DRIVER, layers.driver), (PLANTATION, layers.plantation),
    )  # fmt: skip


def carbon_tc(agb: Floats, bgb: Floats, is_mangrove: Mask, factors: Factors) -> Floats:
    """t C of biomass above and below ground (t) with the dead wood and litter that go with it, as far as these are known."""
    forest, mangrove = factors.forest, factors.mangrove
    fraction = np.where(is_mangrove, mangrove.carbon_fraction, forest.carbon_fraction)
    return fraction * (agb + bgb) + np.where(is_mangrove, mangrove.dead_tc, forest.dead_tc) * agb


def grounds(year: Ints, peat: Floats, landcover: Floats) -> Ints:
    """The ground of each cell, from its depth of peat and its land cover of 2020; nan where not known."""
    ground = np.where(np.isnan(peat), Ground.NOT_KNOWN, np.where(peat > 0, Ground.PEAT, Ground.MINERAL)).astype(np.int64)
    ground[(year + FIRST_YEAR - 1 > _LANDCOVER_YEAR) & (landcover == _MANGROVES)] = Ground.MANGROVE
    return ground


def stock_before(year: Ints, stocks: Sequence[Stock], at: _AtCells, tier1: float | None) -> tuple[Floats, Floats, Ints]:
    """Biomass and its error (t/ha, nan where not known) of the newest map before each loss that knows the cell, and its place.

    A map's 0 on forest is not knowledge: it says none or unknown. `TIER1` where no map knows, `NO_STOCK` where that is not known.
    """
    agb, sd = np.full(len(year), np.nan), np.full(len(year), np.nan)
    place = np.full(len(year), NO_STOCK, dtype=np.int64)
    for index in reversed(range(len(stocks))):
        wanted = np.isnan(agb) & (stocks[index].year < year + FIRST_YEAR - 1)
        if not wanted.any():
            continue
        values, known = at(stocks[index].agb)
        taken = wanted & known & (values > 0)
        agb[taken], place[taken] = values[taken], index
        error = stocks[index].sd
        if error is not None and taken.any():
            errors, errors_known = at(error)
            sd[taken & errors_known] = errors[taken & errors_known]
    if tier1 is not None:
        place[np.isnan(agb)] = TIER1
        agb[np.isnan(agb)] = tier1
    return agb, sd, place


def kinds(driver: Floats, subtype: Floats, rules: Rules) -> Ints:
    """The kind of each loss, from the class of its driver and its subtype of TMF; nan where not known. A plantation goes before."""
    kind = np.full(len(driver), Kind.CONVERSION, dtype=np.int64)
    for code, of_driver in _KIND_OF_DRIVER.items():
        if of_driver is Kind.SHIFTING or code in rules.apart_drivers:
            kind[driver == code] = of_driver
    kind[np.isin(subtype, PLANTATIONS_BEFORE)] = Kind.REPLANTING
    return kind
