"""The numbers of an account as columns of the result, reckoned once for all its plots."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.biomass.accounts import Account
from services.biomass.kinds import DRIVER, LANDCOVER, NO_STOCK, PEAT, PLANTATION, RATIO, SOC, TIER1, Kind
from shared.rounding import all_rounded

Floats = NDArray[np.float64]
SIGNED = ("removals_tco2eyear",)
"""Columns that may be under 0."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Numbers by the name of their field; [plots], nan where not known."""

    account: Account
    of_loss: dict[str, Floats]
    """What stands or falls with the stock before the loss."""
    of_area: dict[str, Floats]
    """What the loss layer alone tells."""
    stocks: tuple[tuple[int, ...], ...]
    """Places of the stocks that the lost forest of each plot had, rising."""
    committed: tuple[tuple[float | None, ...], ...]
    """What the loss of each year commits, by plot; None after the reporting year."""
    conversion: tuple[tuple[float | None, ...], ...]
    """The same of the area that was converted."""
    told_ha: dict[str, Floats]
    """Lost forest at which a layer says something, by layer."""


def columns_of(account: Account, pixel_ha: Floats) -> Columns:
    """The columns; `pixel_ha` is a cell of the loss map at each plot."""
    of_loss = {**_charged(account), **_pools(account), **_errors(account, pixel_ha)}
    told_ha = {layer: account.losses.told_ha(quantity) for layer, quantity in _TELLS.items()}
    by_year = (by_years(account.committed.total, account), by_years(account.pools.area_ha, account))
    return Columns(account, of_loss, _areas(account), _stocks(account), *by_year, told_ha)


def by_years(amounts: Floats, account: Account) -> tuple[tuple[float | None, ...], ...]:
    """Rounded amounts [plots, years] as rows, None after the reporting year; what only rounding made negative is 0."""
    nothing = tuple(0.0 if asked else None for asked in account.upto.tolist())
    rows = [nothing] * len(amounts)
    some = np.flatnonzero((amounts != 0).any(axis=1))
    told = all_rounded(np.where(account.upto, np.maximum(amounts[some], 0.0), np.nan))
    for plot, row in zip(some.tolist(), told, strict=True):
        rows[plot] = tuple(row)
    return tuple(rows)


_TELLS = {
    "soilgrids_ocs": SOC,
    "peatgrids": PEAT,
    "worldcover_2020": LANDCOVER,
    "drivers_1km": DRIVER,
    "jrc_tmf": PLANTATION,
    "root_shoot": RATIO,
}


def _charged(account: Account) -> dict[str, Floats]:
    gases = account.charged
    return {
        "luc_tco2eyear": gases.total,
        "co2_tco2eyear": gases.co2,
        "ch4_tco2eyear": gases.ch4,
        "n2o_tco2eyear": gases.n2o,
        "luc_no_crop_carbon_tco2eyear": gases.total + account.deducted_charged,
        "luc_total_tco2e": account.total,
        "removals_tco2eyear": account.removals,
    }


def _pools(account: Account) -> dict[str, Floats]:
    pools, fire = account.pools, account.fire(with_roots=account.rules.fuel == "wri")
    return {
        "agb_tco2e": account.pool(pools.agb, account.has_stock),
        "bgb_tco2e": account.pool(pools.bgb, account.has_stock),
        "dw_tco2e": account.pool(pools.dead_wood, account.has_dead),
        "litter_tco2e": account.pool(pools.litter, account.has_dead),
        "soc_tco2e": account.pool(pools.soil, account.has_soil),
        "som_n2o_tco2e": account.pool(pools.som_n2o, account.has_soil),
        "peat_tco2e": account.peat.total,
        "fire_tco2e": account.pool(fire.total, account.has_fire),
        "fire_if_burnt_tco2e": account.pool(account.fire(with_roots=False).total, account.has_stock),
        "fire_if_burnt_with_roots_tco2e": account.pool(account.fire(with_roots=True).total, account.has_stock),
        "crop_carbon_tco2e": account.pool(pools.after, account.has_stock),
    }


def _errors(account: Account, pixel_ha: Floats) -> dict[str, Floats]:
    total, sd = account.total, account.sd(pixel_ha)
    away = account.rules.bounds_sd * sd
    return {
        "agb_before_tha": account.agb_before_tha,
        "agb_sd_tha": account.agb_sd_tha,
        "uncertainty_lo_tco2e": total - away,
        "uncertainty_hi_tco2e": total + away,
        "luc_relative_sd": np.where(total > 0, sd / np.where(total > 0, total, 1.0), np.nan),
    }


def _areas(account: Account) -> dict[str, Floats]:
    return {
        "conversion_ha": account.area_ha,
        "peat_drained_ha": account.pool(account.pools.peat_ha, account.has_ground),
        "replanting_ha": account.apart_ha(Kind.REPLANTING),
        "logging_ha": account.apart_ha(Kind.LOGGING),
        "fire_loss_ha": account.apart_ha(Kind.FIRE),
        "natural_loss_ha": account.apart_ha(Kind.NATURAL),
        "other_use_ha": account.apart_ha(Kind.OTHER_USE),
        "apart_tco2e": account.apart,
        "stock_known_fraction": np.minimum(account.stock_share, 1.0),
    }


def _stocks(account: Account) -> tuple[tuple[int, ...], ...]:
    losses = account.losses
    counted = account.counted & (losses.stock != NO_STOCK)
    found: list[set[int]] = [set() for _ in range(losses.plots)]
    for plot, stock in zip(losses.plot[counted].tolist(), losses.stock[counted].tolist(), strict=True):
        found[plot].add(stock)
    return tuple(tuple(sorted(one)) for one in found)


def source_names(stocks: tuple[int, ...], names: tuple[str, ...]) -> str | None:
    """What the stock of a plot was told by, joined by ` + `; None where nothing was lost."""
    told = ["ipcc_2019_tier1" if stock == TIER1 else names[stock] for stock in stocks]
    return " + ".join(told) or None
