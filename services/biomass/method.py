"""From columns to published results, flags and reasons: what is reckoned is reckoned once for all plots of a set of factors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.v1.results.cft import Cft
from contracts.v1.results.eudr_deforestation import LayerState
from contracts.v1.results.luc_emissions import LucEmissions
from services.biomass.climate import Climate
from services.biomass.columns import SIGNED, Columns, all_rounded, source_names
from services.biomass.rules import FIRST_YEAR, Rules
from shared.crops import Crop

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
_KINDS = frozenset({"hansen_gfc", "drivers_1km", "jrc_tmf", "crop_mask"})
"""Layers that tell how much forest was converted; the others tell only what stood there."""
_OF_LOSSES_ONLY = ("co2_tco2eyear", "ch4_tco2eyear", "n2o_tco2eyear", "luc_no_crop_carbon_tco2eyear")
_POOLS_BY_CHANGE = ("agb", "bgb", "dw", "litter")
_APART = ("replanting_ha", "logging_ha", "fire_loss_ha", "natural_loss_ha", "other_use_ha")
_EXPLAINS = {
    "cci_agb": ("annual_agb_tco2eha", "luc_total_tco2e"),
    "soilgrids_ocs": ("soc_tco2e",),
    "peatgrids": ("peat_tco2e",),
    "gfw_flux": ("gfw_gross_emissions_tco2e",),
    "hansen_gfc": ("luc_total_tco2e",),
}
"""Numbers that are null because of a layer."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What is known of the plots beside their columns; aligned by plot."""

    area_ha: Floats
    is_point: Mask
    is_region: Mask
    crop: Crop | None
    climate: Sequence[Climate]
    crop_area_ha: Floats
    """Mask of the crop; nan unless the region was reckoned within it."""
    annual_agb_tco2eha: Sequence[tuple[float | None, ...] | None]
    gross_emissions_tco2e: Floats
    """nan where not known."""
    stock_change: Floats
    """t CO2e charged to the reporting year and its sd, [plots, 2]; nan for plots that are no region."""
    states: Sequence[Mapping[str, LayerState]]
    failed: frozenset[str]
    """Layers that failed while the loss was reckoned, but for those that it does not hang on."""
    stock_names: tuple[str, ...]
    """Maps of biomass by their place among the stocks."""
    window_end_year: int
    cft: Sequence[Cft | None]
    """Emissions beside biomass, where they were asked for."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What may be said of each plot."""

    loss: Mask
    """How much forest was lost."""
    stock: Mask
    """And what stood there."""
    by_change: Mask
    """Whether emissions are those by the difference of maps."""


def results_of(columns: Columns, seen: Observed, rules: Rules) -> list[tuple[LucEmissions, tuple[str, ...]]]:
    """The result of each plot of the columns, and the sorted reasons for what could not be known."""
    account = columns.account
    loss = (account.losses.observed_ha >= rules.known_min_share * seen.area_ha) & (not seen.failed & _KINDS)
    stock = loss & account.has_stock & ~((account.losses.lost_ha > 0) & bool(seen.failed - _KINDS))
    by_change = seen.is_region & np.isnan(seen.crop_area_ha) & (rules.approach == "stock_change")
    known = _Known(loss, stock, by_change)
    numbers = {name: all_rounded(column, signed=name in SIGNED) for name, column in _numbers(columns, seen, known).items()}
    words = _words(columns, seen, known, rules)
    whole = _labels(columns, seen, rules)
    rows = [
        whole | dict(zip((*numbers, *words), (*number, *word), strict=True))
        for number, word in zip(zip(*numbers.values(), strict=True), zip(*words.values(), strict=True), strict=True)
    ]
    unknown = _unknown(columns, seen, known, rows)
    told = zip(rows, seen.states, unknown, strict=True)
    return [(LucEmissions.model_validate(row), _reasons(row, states, codes)) for row, states, codes in told]


def _numbers(columns: Columns, seen: Observed, known: _Known) -> dict[str, Floats]:
    """By the name of their field; [plots], nan where not known."""
    numbers = {name: np.where(known.stock, column, np.nan) for name, column in columns.of_loss.items()}
    numbers |= {name: np.where(known.loss, column, np.nan) for name, column in columns.of_area.items()}
    change, change_sd = seen.stock_change.T
    numbers["luc_tco2eyear"] = np.where(known.by_change, change, numbers["luc_tco2eyear"])
    numbers |= {name: np.where(known.by_change, np.nan, numbers[name]) for name in _OF_LOSSES_ONLY}
    base_ha = np.where(np.isnan(seen.crop_area_ha), seen.area_ha, seen.crop_area_ha)
    return numbers | {
        "luc_tco2ehayear": np.where(base_ha > 0, numbers["luc_tco2eyear"] / np.where(base_ha > 0, base_ha, 1.0), np.nan),
        "stock_change_tco2eyear": change,
        "stock_change_sd_tco2eyear": change_sd,
        "gfw_gross_emissions_tco2e": seen.gross_emissions_tco2e,
        "observed_fraction": columns.account.losses.observed_ha / seen.area_ha,
        "crop_area_ha": seen.crop_area_ha,
        "plot_area_ha": seen.area_ha,
    }


def _words(columns: Columns, seen: Observed, known: _Known, rules: Rules) -> dict[str, Sequence[Any]]:
    """What is no number, by the name of its field; [plots]."""
    stock, loss, by_change = known.stock.tolist(), known.loss.tolist(), known.by_change.tolist()
    in_mask = (~np.isnan(seen.crop_area_ha)).tolist()
    sources = [source_names(stocks, seen.stock_names) if is_so else None for stocks, is_so in zip(columns.stocks, stock, strict=True)]
    pools = [
        _POOLS_BY_CHANGE if by_maps else pools if is_so else ()
        for pools, is_so, by_maps in zip(_included(columns), stock, by_change, strict=True)
    ]
    return {
        "annual_agb_tco2eha": seen.annual_agb_tco2eha,
        "committed_tco2e_by_year": [row if is_so else None for row, is_so in zip(columns.committed, stock, strict=True)],
        "conversion_ha_by_year": [row if is_so else None for row, is_so in zip(columns.conversion, loss, strict=True)],
        "ef_source": sources,
        "luc_approach": ["stock_change" if by_maps else "loss_x_stock" for by_maps in by_change],
        "luc_method": ["jdLUC" if is_so else "dLUC" for is_so in in_mask],
        "luc_basis": [
            "point_buffer" if is_point else "region" if is_so else "polygon"
            for is_point, is_so in zip(seen.is_point.tolist(), in_mask, strict=True)
        ],
        "pools_included": pools,
        "flags": _flags(columns, seen, rules),
        "climate_domain": [one.domain for one in seen.climate],
        "climate_zone": [one.zone for one in seen.climate],
        "climate_source": [one.told_by for one in seen.climate],
        "layer_states": seen.states,
        "cft": seen.cft,
    }


def _labels(columns: Columns, seen: Observed, rules: Rules) -> dict[str, Any]:
    """What all plots have in common."""
    year = columns.account.reporting_year
    return {
        "allocation": rules.allocation,
        "reporting_year": year,
        "first_loss_year": max(FIRST_YEAR, year - rules.look_back_years + 1),
        "crop_kind": None if seen.crop is None else seen.crop.kind,
    }


def _named(told: Mapping[str, Mask | bool], plots: int) -> list[tuple[str, ...]]:
    """The names that are true of each plot, in their order."""
    rows = zip(*(np.broadcast_to(is_so, plots).tolist() for is_so in told.values()), strict=True)
    return [tuple(compress(told, row)) for row in rows]


def _included(columns: Columns) -> list[tuple[str, ...]]:
    """Pools that are in the emissions of each plot."""
    account = columns.account
    pools: dict[str, Mask | bool] = {"agb": True, "bgb": True, "dw": account.has_dead, "litter": account.has_dead}
    pools |= {"soc": account.has_soil, "peat": account.has_ground, "fire": account.has_fire}
    return _named(pools, account.losses.plots)


def _flags(columns: Columns, seen: Observed, rules: Rules) -> list[tuple[str, ...]]:
    account = columns.account
    lost = account.has_loss
    told: dict[str, Mask | bool] = {
        "point_buffer": seen.is_point,
        "not_observed_after": account.reporting_year < seen.window_end_year,
        "look_back_incomplete": account.reporting_year - rules.look_back_years + 1 < FIRST_YEAR,
        "partial_cover:hansen_gfc": account.losses.observed_ha < rules.covered_min_share * seen.area_ha,
        "partial_stock": lost & (account.stock_share >= rules.known_min_share) & (account.stock_share < 1 - 1e-9),
        "partial_soil": lost & account.has_soil & (account.soil_share < 1 - 1e-9),
        "region_without_crop_mask": seen.is_region & np.isnan(seen.crop_area_ha),
        "losses_apart": np.any([columns.of_area[name] > 0 for name in _APART], axis=0),
    }
    told |= dict.fromkeys(account.factors.remarks, lost)
    return _named(dict(sorted(told.items())), account.losses.plots)


def _unknown(columns: Columns, seen: Observed, known: _Known, rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """What of the account of each plot is not known, where its loss is; and where that is not, though nothing failed."""
    account = columns.account
    unbounded = np.array([row["uncertainty_hi_tco2e"] is None for row in rows])
    told = {
        "stock_not_known": ~account.has_stock,
        "dead_wood_not_known": ~account.has_dead,
        "soil_not_known": ~account.has_soil,
        "peat_not_known": ~account.has_ground,
        "burning_not_known": ~account.has_fire,
        "stock_error_not_known": unbounded,
    }
    away = {"loss_not_known": ~known.loss & (not seen.failed & _KINDS)}
    return _named({name: is_so & known.loss for name, is_so in told.items()} | away, account.losses.plots)


def _reasons(row: Mapping[str, Any], states: Mapping[str, LayerState], codes: tuple[str, ...]) -> tuple[str, ...]:
    told = set(codes)
    if "loss_not_known" in told and states["hansen_gfc"] != "available":
        told = told - {"loss_not_known"} | {f"layer_{states['hansen_gfc']}:hansen_gfc"}
    told |= {f"layer_failed:{layer}" for layer, state in states.items() if state == "failed"}
    for layer, names in _EXPLAINS.items():
        state = states.get(layer, "available")
        if state != "available" and any(row[name] is None for name in names):
            told.add(f"layer_{state}:{layer}")
    return tuple(sorted(told))
