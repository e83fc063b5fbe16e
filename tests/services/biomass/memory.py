"""Small landscapes in memory: bands as sources of the zonal engine, and losses as one would count them by hand."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from services.biomass.accounts import Account
from services.biomass.carbon import Losses, pools_of
from services.biomass.cells import LossCells, LossLayers, Stock
from services.biomass.choice import Factors, factors_of
from services.biomass.climate import Climate, Place, climate_of
from services.biomass.rules import Rules, rules_of, thresholds
from shared.zonal.grid import Grid
from shared.zonal.passes import zonal
from shared.zonal.reductions.records import record_sums

WEST, NORTH, STEP, SIDE = 0.0, 0.01, 0.00025, 20
CELLS = Grid(WEST, NORTH, STEP, STEP, SIDE, SIDE)
RULES = rules_of(thresholds())
WET = climate_of(Place(0.0, -60.0, ecozone=11), RULES)
"""Rainforest of the Americas: AGB 307.1, R 0.221, dead wood 0.06, litter 0.01."""
CELL_HA = CELLS.areas_m2(10, 0, 1, 1)[0, 0] / 1e4


@dataclass(frozen=True)
class Held:
    """A band in memory."""

    values: NDArray[Any]
    nodata: float | None = None
    scale: float = 1.0
    offset: float = 0.0
    cells: Grid = CELLS
    unit: tuple[int, int] = (64, 64)

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.values.dtype

    def read(self, top: int, left: int, out: NDArray[Any]) -> None:
        out[:] = self.values[top : top + out.shape[0], left : left + out.shape[1]]


def full(value: float, dtype: str = "float32", nodata: float | None = None) -> Held:
    """The same value everywhere."""
    return Held(np.full((SIDE, SIDE), value, dtype=dtype), nodata)


def rules(**changed: Any) -> Rules:
    return rules_of(thresholds(changed))


def factors(climate: Climate = WET, kind: Any = "annual", is_palm: bool = False) -> Factors:
    return factors_of(climate, kind, is_palm)


def landscape(**bands: Any) -> LossLayers:
    """Forest of 90 % cover with 200 ± 40 t/ha in 2000, all lost in 2010, unless `bands` say otherwise."""
    held = {"lossyear": full(10, "uint8"), "treecover": full(90, "uint8"), "stocks": (Stock(2000, "old", full(200.0), full(40.0)),)}
    return LossLayers(**(held | bands))


def square(cells: float = 4.0, at: float = 8.0) -> NDArray[np.object_]:
    """One square plot of `cells` cells on a side."""
    west, north = WEST + at * STEP, NORTH - at * STEP
    return np.array([shapely.box(west, north - cells * STEP, west + cells * STEP, north)], dtype=object)


def account(layers: LossLayers, of: Factors | None = None, by: Rules = RULES, year: int = 2020, plots: Any = None) -> Account:
    """The account of the plots (a square of 16 cells) in a reporting year."""
    chosen = of or factors()
    shapes = square() if plots is None else plots
    losses = Losses.of(zonal(shapes, {"c": LossCells(layers, chosen, by)}, {"s": record_sums("c")})["s"], 25)
    return Account(losses, pools_of(losses, chosen), chosen, year, by)
