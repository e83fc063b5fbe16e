"""What a tonne of product emits over a whole supply base: sums over sums, never a mean of plots' ratios; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.v1.results.cft import Cft
from services.tracker.weight import DIGITS, LEAST_VALID_SHARE, PARTIAL_BELOW_SHARE, TOO_LITTLE, Weight

LEAST_PRODUCT_SHARE: Final = 0.8
"""A ratio per product is null when plots that know theirs hold less than this share of the area (methods, part 10)."""
TOO_LITTLE_PRODUCT: Final = "product_known_below_80_pct"
PRODUCT_T: Final = "product_t"
TOTAL: Final = "non_biomass_kgco2e_total"
PER_T: Final = "non_biomass_kgco2e_per_t_product"
FINISHED_PER_T: Final = "product_kgco2e_per_t"
AMOUNTS: Final = (*(name for name in Cft.model_fields if name.startswith("non_biomass_kgco2e_") and name != PER_T), PRODUCT_T)
"""kg CO2e and t of the plots: they add up."""


@dataclass
class _Sum:
    known: Weight = field(default_factory=Weight)
    total: float = 0.0

    def add(self, amount: float, area_ha: float | None) -> None:
        self.known.add(area_ha)
        self.total += amount


class Products:
    """Running sums of the emissions beside biomass; feed it every plot, in plot order."""

    def __init__(self) -> None:
        self._amounts = {name: _Sum() for name in AMOUNTS}
        self._emitted = {PER_T: _Sum(), FINISHED_PER_T: _Sum()}
        """kg CO2e of the plots whose ratio is known; of the finished product for each tonne of the farm's."""
        self._product_t = dict.fromkeys(self._emitted, 0.0)
        self._asked_for = False

    def add(self, cft: Mapping[str, Any] | None, area_ha: float | None) -> None:
        """Take in one plot: its `cft`."""
        if cft is None:
            return
        self._asked_for = True
        for name, gathered in self._amounts.items():
            if cft.get(name) is not None:
                gathered.add(cft[name], area_ha)
        product_t = cft.get(PRODUCT_T)
        for name, emitted in self._emitted.items():
            if product_t and cft.get(name) is not None:
                # The finished product is the same share of the harvest on all plots of a run, so harvests weigh it as well.
                emitted.add(cft[TOTAL] if name == PER_T else cft[name] * product_t, area_ha)
                self._product_t[name] += product_t

    def row(self, share: Callable[[Weight], float]) -> dict[str, Any] | None:
        """The `cft` of the supply base; None when no plot has one. `share` is that of all asked plots."""
        if not self._asked_for:
            return None
        shares = {name: share(gathered.known) for name, gathered in (self._amounts | self._emitted).items()}
        missing = {name: TOO_LITTLE for name in AMOUNTS if shares[name] < LEAST_VALID_SHARE}
        missing |= {name: TOO_LITTLE_PRODUCT for name in self._emitted if shares[name] < LEAST_PRODUCT_SHARE}
        values = {name: gathered.total for name, gathered in self._amounts.items()}
        values |= {name: gathered.total / self._product_t[name] for name, gathered in self._emitted.items() if self._product_t[name]}
        whole = {name: 1.0 if name in self._emitted else PARTIAL_BELOW_SHARE for name in shares}
        return {
            **{name: None if name in missing else round(values[name], DIGITS) for name in shares},
            "valid_share": {name: round(one, DIGITS) for name, one in shares.items()},
            "missing": missing,
            "partial_fields": [name for name, one in shares.items() if name not in missing and one < whole[name]],
        }
