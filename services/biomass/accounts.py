"""The account of each plot for a reporting year: what is known of its losses, their pools and gases, and how sure they are."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from services.biomass.allocation import charged
from services.biomass.carbon import Losses, Pools, biomass_of
from services.biomass.choice import Factors
from services.biomass.formulas import fire_ch4_tco2e, fire_n2o_tco2e
from services.biomass.kinds import AGB, SD, SD_SQUARED, SOC, Ground, Kind
from services.biomass.rules import FIRST_YEAR, Rules
from services.biomass.uncertainty import Parts, sd_of_mean, sd_of_total

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Gases:
    """t CO2e by gas; [plots] or [plots, years]."""

    co2: Floats
    ch4: Floats
    n2o: Floats

    @property
    def total(self) -> Floats:
        """All three."""
        return self.co2 + self.ch4 + self.n2o


@dataclass(frozen=True)
class Account:
    """Plots of one set of factors in one reporting year; t CO2e, [plots], nan where not known, unless said otherwise.

    A pool of which less than `Rules.known_min_share` of the converted area is known is not known; where nothing was
    converted every pool is known to be 0. Sums are never scaled up to an area that is not known.
    """

    losses: Losses
    pools: Pools
    factors: Factors
    reporting_year: int
    rules: Rules

    @cached_property
    def upto(self) -> Mask:
        """Years of loss up to the reporting year; [years]."""
        mask: Mask = np.arange(self.losses.years) <= self.reporting_year - FIRST_YEAR
        return mask

    @cached_property
    def weight(self) -> Floats:
        """Share of each year's loss that is charged to the reporting year; [years]."""
        return charged(self.rules.allocation, self.rules.look_back_years, self.reporting_year, FIRST_YEAR, self.losses.years)

    @cached_property
    def area_ha(self) -> Floats:
        """Forest converted up to the reporting year."""
        return self._sum(self.pools.area_ha)

    @cached_property
    def has_loss(self) -> Mask:
        """Plots with such forest."""
        mask: Mask = self.area_ha > 0
        return mask

    @cached_property
    def counted(self) -> Mask:
        """Entries of land-use change up to the reporting year."""
        mask: Mask = self.losses.is_conversion & (self.losses.year <= self.reporting_year - FIRST_YEAR + 1)
        return mask

    def _by_plot(self, amount: Floats, where: Mask) -> Floats:
        chosen = self.losses.plot[where]
        return np.bincount(chosen, amount[where], minlength=self.losses.plots).astype(np.float64)

    def _share(self, known: Floats, area: Floats, where: Mask) -> Floats:
        whole, part = self._by_plot(area, where), self._by_plot(known, where)
        return np.where(whole > 0, part / np.where(whole > 0, whole, 1.0), 1.0)

    @cached_property
    def stock_share(self) -> Floats:
        """Share of the converted area at which the stock before the loss is known; 1 where there is none."""
        return self._share(self.losses.known_ha[:, AGB], self.losses.area_ha, self.counted)

    @cached_property
    def soil_share(self) -> Floats:
        """The same of soil carbon, where the ground is not peat."""
        return self._share(self.losses.known_ha[:, SOC], self.losses.area_ha, self.counted & (self.losses.ground != Ground.PEAT))

    @cached_property
    def ground_share(self) -> Floats:
        """The same of whether the ground is peat."""
        known = np.where(self.losses.ground == Ground.NOT_KNOWN, 0.0, self.losses.area_ha)
        return self._share(known, self.losses.area_ha, self.counted)

    @cached_property
    def has_stock(self) -> Mask:
        """Whether the stock is known well enough; likewise the next ones."""
        mask: Mask = self.stock_share >= self.rules.known_min_share
        return mask

    @cached_property
    def has_soil(self) -> Mask:
        """Soil carbon and the factor of its new use."""
        mask: Mask = (self.soil_share >= self.rules.known_min_share) & ((self.factors.flu is not None) | ~self.has_loss)
        return mask

    @cached_property
    def has_dead(self) -> Mask:
        """Dead wood and litter."""
        mask: Mask = self.has_stock & ((self.factors.forest.dead_wood is not None) | ~self.has_loss)
        return mask

    @cached_property
    def has_ground(self) -> Mask:
        """Peat or not."""
        mask: Mask = self.ground_share >= self.rules.known_min_share
        return mask

    @cached_property
    def has_fire(self) -> Mask:
        """Whether the clearing burnt: only where the rules take it for granted, or nothing was cleared."""
        return self.has_stock & (self.rules.count_clearing_fires | ~self.has_loss)

    def pool(self, by_year: Floats, known: Mask) -> Floats:
        """Sum of a pool [plots, years] up to the reporting year."""
        return np.where(known, self._sum(by_year), np.nan)

    def _sum(self, by_year: Floats) -> Floats:
        return np.asarray(by_year[:, self.upto].sum(axis=1), dtype=np.float64)

    def fire(self, *, with_roots: bool) -> Gases:
        """What the clearing emits if all of it burns, peat with it; by year of loss. Its CO2 is that of peat only."""
        fuel = self.pools.fuel_with_roots_tdm if with_roots else self.pools.fuel_tdm
        peat, peat_ha = self.factors.peat, np.where(self.has_ground[:, np.newaxis], self.pools.peat_ha, 0.0)
        ch4 = np.asarray(fire_ch4_tco2e(fuel, self.factors.burning)) + peat_ha * peat.burn_ch4
        return Gases(peat_ha * peat.burn_co2, ch4, np.asarray(fire_n2o_tco2e(fuel, self.factors.burning)))

    @cached_property
    def committed(self) -> Gases:
        """E_y: all that the loss of a year commits, soil of twenty years included, without the drainage of peat; [plots, years]."""
        pools, soil = self.pools, self.has_soil[:, np.newaxis]
        fire = self.fire(with_roots=self.rules.fuel == "wri")
        burnt = float(self.rules.count_clearing_fires)
        co2 = pools.agb + pools.bgb + pools.dead_wood + pools.litter - pools.after + np.where(soil, pools.soil, 0.0) + burnt * fire.co2
        known = self.upto & self.has_stock[:, np.newaxis]
        n2o = np.where(soil, pools.som_n2o, 0.0) + burnt * fire.n2o
        return Gases(*(np.where(known, gas, 0.0) for gas in (co2, burnt * fire.ch4, n2o)))

    @cached_property
    def peat(self) -> Gases:
        """Drainage of converted peat in the reporting year."""
        ha = np.where(self.has_ground, self._sum(self.pools.peat_ha), np.nan)
        return Gases(ha * self.factors.peat.co2, ha * self.factors.peat.ch4, ha * self.factors.peat.n2o)

    @cached_property
    def total(self) -> Floats:
        """All that was committed up to the reporting year, not weighted."""
        return np.where(self.has_stock, self.committed.total.sum(axis=1), np.nan)

    @cached_property
    def charged(self) -> Gases:
        """In the reporting year: weighted losses, and the year's drainage of peat where that is known."""
        pairs = ((self.committed.co2, self.peat.co2), (self.committed.ch4, self.peat.ch4), (self.committed.n2o, self.peat.n2o))
        return Gases(*(np.where(self.has_stock, gas @ self.weight + np.nan_to_num(peat), np.nan) for gas, peat in pairs))

    @cached_property
    def deducted_charged(self) -> Floats:
        """What the deduction for the crop takes off `charged`."""
        return np.asarray(self.pools.after @ self.weight, dtype=np.float64)

    @cached_property
    def removals(self) -> Floats:
        """Uptake by mineral soils in the reporting year, at most 0: a twentieth of the gain of each conversion looked back on."""
        gain = self.pools.soil_gain @ (self.weight > 0).astype(np.float64)
        return np.where(self.has_soil, -gain / self.rules.look_back_years, np.nan)

    @cached_property
    def agb_before_tha(self) -> Floats:
        """Mean biomass above ground before the loss, t/ha of converted forest whose stock is known."""
        return self._mean(AGB)

    @cached_property
    def agb_sd_tha(self) -> Floats:
        """Standard deviation of that mean, t/ha; nan where under half of the area has an error."""
        where = self.counted
        known_ha = self._by_plot(self.losses.known_ha[:, SD], where)
        enough = known_ha >= self.rules.known_min_share * self.area_ha
        sd = sd_of_mean(self._mean(SD), self._mean(SD_SQUARED), known_ha, self.rules.correlation_km)
        return np.where(enough, sd, np.nan)

    def _mean(self, quantity: int) -> Floats:
        where = self.counted
        area = self._by_plot(self.losses.known_ha[:, quantity], where)
        return np.where(area > 0, self._by_plot(self.losses.total[:, quantity], where) / np.where(area > 0, area, 1.0), np.nan)

    def sd(self, pixel_ha: Floats) -> Floats:
        """Standard deviation of `total`; `pixel_ha` is a cell of the loss map at each plot."""
        pools, burnt = self.pools, float(self.rules.count_clearing_fires)
        soil = np.where(self.has_soil, self._sum(pools.soil + pools.som_n2o), 0.0)
        fire = burnt * self._sum(self.fire(with_roots=self.rules.fuel == "wri").total)
        above = self._sum(pools.agb + pools.dead_wood + pools.litter)
        parts = Parts(above, self._sum(pools.bgb), self._sum(pools.after), soil, fire, self.area_ha)
        return np.where(self.has_stock, sd_of_total(parts, self.agb_sd_tha / self.agb_before_tha, pixel_ha), np.nan)

    def apart_ha(self, kind: Kind) -> Floats:
        """Area of lost forest of a kind that is no land-use change."""
        return self._sum(self.losses.by_year(self.losses.area_ha, self.losses.kind == kind))

    @cached_property
    def apart(self) -> Floats:
        """Biomass of the losses that are no land-use change, off the mask of a region's crop left out; as far as it is known."""
        where = ~self.losses.is_conversion & (self.losses.kind != Kind.OUTSIDE_MASK)
        return self._sum(biomass_of(self.losses, self.factors, where))
