"""Emissions by the difference of biomass maps: for large regions only, and never without their standard deviation."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from services.biomass.formulas import co2_of

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class StockMaps:
    """Mean biomass above ground of one region by map, t/ha, and the standard deviation of each mean; nan where not known."""

    year: Sequence[int]
    """Rising."""
    agb_tha: Floats
    sd_tha: Floats

    @property
    def greatest_tha(self) -> float:
        """The largest of the means; 0 without any."""
        return float(max((mean for mean in self.agb_tha if not np.isnan(mean)), default=0.0))


def stock_change(maps: StockMaps, area_ha: float, tc_per_t: float, weight: Floats, first_year: int) -> tuple[float, float]:
    """t CO2e charged to the reporting year, and its standard deviation; nan for both with fewer than two maps.

    `tc_per_t`: t C of all pools of biomass per t above ground. `weight`: share of the loss of each year from `first_year` on. A loss
    between two maps is spread evenly over the years after the first, the last map's included; a gain counts as no loss and is
    not netted. Errors of maps are taken as independent of each other, so the map between two losses cancels out.
    """
    known = [index for index, mean in enumerate(maps.agb_tha) if not np.isnan(mean)]
    if len(known) < 2:
        return float("nan"), float("nan")
    share = np.zeros(len(maps.agb_tha))
    for one, next_one in pairwise(known):
        if maps.agb_tha[next_one] >= maps.agb_tha[one]:
            continue
        start, end = maps.year[one] + 1 - first_year, maps.year[next_one] + 1 - first_year
        a_year = float(weight[max(start, 0) : max(end, 0)].sum()) / (maps.year[next_one] - maps.year[one])
        share[one] += a_year
        share[next_one] -= a_year
    tco2_per_tha = float(np.asarray(co2_of(tc_per_t))) * area_ha
    amount = float(np.nansum(share * np.nan_to_num(maps.agb_tha))) * tco2_per_tha
    used = share != 0
    return amount, float(np.sqrt(np.sum((share[used] * maps.sd_tha[used]) ** 2))) * tco2_per_tha
