"""From sums of lost forest to emissions: by plot, year of loss, pool and gas, t CO2e."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.biomass.cells import carbon_tc
from services.biomass.choice import Factors
from services.biomass.factors import CARBON
from services.biomass.formulas import Number, co2_of, soil_loss_tc, som_n2o_tco2e
from services.biomass.kinds import AFTER, AGB, BGB, SOC, Ground, Kind, parts_of
from shared.geo.areas import M2_PER_HA
from shared.zonal.reductions.records import RecordSums

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Losses:
    """Lost forest, one entry for each plot, kind, year, stock and ground; sums over its cells."""

    plots: int
    years: int
    """Years of loss from 2001 on."""
    plot: Ints
    kind: Ints
    year: Ints
    """1 is 2001."""
    stock: Ints
    ground: Ints
    area_ha: Floats
    known_ha: Floats
    """Area where each quantity is known; [entries, quantities]."""
    total: Floats
    """Quantity times area in ha; [entries, quantities]."""
    lost_ha: Floats
    """Forest of each plot that was lost, whatever became of it; [plots]."""
    observed_ha: Floats
    """Area of each plot in which the loss is known; [plots]."""

    @classmethod
    def of(cls, sums: RecordSums, years: int) -> "Losses":
        """The entries of the records' sums."""
        kind, year, stock, ground = parts_of(sums.key)
        plot, plots = sums.plots(), len(sums.plain_m2)
        lost = np.bincount(plot, sums.area_m2, minlength=plots)
        scaled = (amount / M2_PER_HA for amount in (sums.area_m2, sums.known_m2, sums.total, lost, sums.plain_m2 + lost))
        return cls(plots, years, plot, kind, year, stock, ground, *scaled)

    def told_ha(self, quantity: int) -> Floats:
        """Lost forest of each plot at which a quantity is known; [plots]."""
        return np.bincount(self.plot, self.known_ha[:, quantity], minlength=self.plots).astype(np.float64)

    @property
    def is_conversion(self) -> NDArray[np.bool_]:
        """Entries that are land-use change."""
        mask: NDArray[np.bool_] = (self.kind == Kind.CONVERSION) | (self.kind == Kind.SHIFTING)
        return mask

    def by_year(self, amount: Floats, where: NDArray[np.bool_]) -> Floats:
        """Sums of the entries `where` by plot and year of loss; [plots, years]."""
        inside = where & (self.year <= self.years)
        slot = self.plot[inside] * self.years + self.year[inside] - 1
        found = np.bincount(slot, amount[inside], minlength=self.plots * self.years)
        return found.astype(np.float64).reshape(self.plots, self.years)


@dataclass(frozen=True, slots=True)
class Pools:
    """Emissions of land-use change by plot and year of loss, t CO2e, all committed at once; [plots, years].

    Where what a pool needs is known for a part of the area only, the sum is over that part: `Losses.known_ha` says how much.
    """

    area_ha: Floats
    agb: Floats
    bgb: Floats
    dead_wood: Floats
    litter: Floats
    after: Floats
    """Carbon of the crop a year later, at most what was lost: it is deducted."""
    soil: Floats
    soil_gain: Floats
    """CO2 that mineral soils take up; in no emission."""
    som_n2o: Floats
    fuel_tdm: Floats
    """Dry matter above ground, which may burn; and with roots, as WRI counts it."""
    fuel_with_roots_tdm: Floats
    peat_ha: Floats
    """Converted peat."""


def pools_of(losses: Losses, factors: Factors) -> Pools:
    """The pools of land-use change; all plots have the same factors. What a factor that is not known would give is 0 here."""
    where, agb, bgb = losses.is_conversion, losses.total[:, AGB], losses.total[:, BGB]
    woods = [(wood.carbon_fraction, wood.dead_wood or 0.0, wood.litter or 0.0) for wood in (factors.mangrove, factors.forest)]
    fraction, dead, litter = (np.where(losses.ground == Ground.MANGROVE, *pair) for pair in zip(*woods, strict=True))
    dead_tdm, litter_tc = agb * dead, agb * litter * CARBON["carbon_fraction_litter"]
    flu = np.where(losses.kind == Kind.SHIFTING, factors.flu_shifting, 1.0 if factors.flu is None else factors.flu)
    soil_tc = np.where(losses.ground == Ground.PEAT, 0.0, soil_loss_tc(losses.total[:, SOC], flu))
    above_tdm = agb + dead_tdm + litter_tc / fraction

    def by_year(amount: Number) -> Floats:
        return losses.by_year(np.asarray(amount), where)

    return Pools(
        area_ha=by_year(losses.area_ha),
        agb=by_year(co2_of(agb * fraction)),
        bgb=by_year(co2_of(bgb * fraction)),
        dead_wood=by_year(co2_of(dead_tdm * fraction)),
        litter=by_year(co2_of(litter_tc)),
        after=by_year(co2_of(losses.total[:, AFTER])),
        soil=by_year(co2_of(np.maximum(soil_tc, 0.0))),
        soil_gain=by_year(co2_of(np.maximum(-soil_tc, 0.0))),
        som_n2o=by_year(som_n2o_tco2e(soil_tc)),
        fuel_tdm=by_year(above_tdm),
        fuel_with_roots_tdm=by_year(above_tdm + bgb),
        peat_ha=losses.by_year(losses.area_ha, where & (losses.ground == Ground.PEAT)),
    )


def biomass_of(losses: Losses, factors: Factors, where: NDArray[np.bool_]) -> Floats:
    """t CO2e of the biomass that stood on the entries `where`, nothing deducted; [plots, years]."""
    tc = carbon_tc(losses.total[:, AGB], losses.total[:, BGB], losses.ground == Ground.MANGROVE, factors)
    return losses.by_year(np.asarray(co2_of(tc)), where)
