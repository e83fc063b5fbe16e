"""From columns to published results, flags and reasons: what is reckoned is reckoned once for all plots of a set of factors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from contracts.v1.results.cft import Cft
from contracts.v1.results.eudr_deforestation import LayerState
from contracts.v1.results.luc_emissions import LucEmissions
from services.biomass.climate import Climate
from services.biomass.columns import SIGNED, Columns, source_names
from services.biomass.rules import FIRST_YEAR, Rules
from shared.columns import alike, named
from shared.crops import Crop
from shared.rounding import all_rounded

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
_EXPLAINED = {name for names in _EXPLAINS.values() for name in names} | {"uncertainty_hi_tco2e"}


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
    states: Mapping[str, Sequence[LayerState | None]]
    """By layer; None where a plot did not ask it."""
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
    reckoned = _numbers(columns, seen, known)
    told: dict[str, Sequence[Any]] = {name: all_rounded(values) for name, values in reckoned.items()}
    told |= _words(columns, seen, known, rules)
    told |= {name: [value] * len(seen.area_ha) for name, value in _labels(columns, seen, rules).items()}
    rows = (dict(zip(told, row, strict=True)) for row in zip(*told.values(), strict=True))
    results = map(LucEmissions.model_validate, rows)
    return list(zip(results, _reasons(columns, seen, known, told), strict=True))


def _numbers(columns: Columns, seen: Observed, known: _Known) -> dict[str, Floats]:
    """By the name of their field; [plots], nan where not known. Amounts that only rounding made negative are 0."""
    numbers = {name: np.where(known.stock, column, np.nan) for name, column in columns.of_loss.items()}
    numbers |= {name: np.where(known.loss, column, np.nan) for name, column in columns.of_area.items()}
    change, change_sd = seen.stock_change.T
    numbers["luc_tco2eyear"] = np.where(known.by_change, change, numbers["luc_tco2eyear"])
    numbers |= {name: np.where(known.by_change, np.nan, numbers[name]) for name in _OF_LOSSES_ONLY}
    base_ha = np.where(np.isnan(seen.crop_area_ha), seen.area_ha, seen.crop_area_ha)
    numbers |= {
        "luc_tco2ehayear": np.where(base_ha > 0, numbers["luc_tco2eyear"] / np.where(base_ha > 0, base_ha, 1.0), np.nan),
        "stock_change_tco2eyear": change,
        "stock_change_sd_tco2eyear": change_sd,
        "gfw_gross_emissions_tco2e": seen.gross_emissions_tco2e,
        "observed_fraction": columns.account.losses.observed_ha / seen.area_ha,
        "crop_area_ha": seen.crop_area_ha,
        "plot_area_ha": seen.area_ha,
    }
    return {name: values if name in SIGNED else np.maximum(values, 0.0) for name, values in numbers.items()}


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
        "layer_states": alike(list(zip(*seen.states.values(), strict=True)), partial(_states, tuple(seen.states))),
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


def _states(layers: tuple[str, ...], row: tuple[LayerState | None, ...]) -> dict[str, LayerState]:
    return {layer: state for layer, state in zip(layers, row, strict=True) if state is not None}


def _included(columns: Columns) -> list[tuple[str, ...]]:
    """Pools that are in the emissions of each plot."""
    account = columns.account
    pools: dict[str, Mask | bool] = {"agb": True, "bgb": True, "dw": account.has_dead, "litter": account.has_dead}
    pools |= {"soc": account.has_soil, "peat": account.has_ground, "fire": account.has_fire}
    return named(pools, account.losses.plots)


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
    return named(dict(sorted(told.items())), account.losses.plots)


def _reasons(columns: Columns, seen: Observed, known: _Known, values: Mapping[str, Sequence[Any]]) -> list[tuple[str, ...]]:
    """Why what is null is so, of each plot."""
    account = columns.account
    nothing = {name: np.array([value is None for value in values[name]]) for name in _EXPLAINED}
    unknown = {
        "stock_not_known": ~account.has_stock,
        "dead_wood_not_known": ~account.has_dead,
        "soil_not_known": ~account.has_soil,
        "peat_not_known": ~account.has_ground,
        "burning_not_known": ~account.has_fire,
        "stock_error_not_known": nothing["uncertainty_hi_tco2e"],
    }
    told = {code: is_so & known.loss for code, is_so in unknown.items()}
    loss_away = ~known.loss & (not seen.failed & _KINDS)
    told["loss_not_known"] = loss_away & np.array([state == "available" for state in seen.states["hansen_gfc"]])
    for layer, states in seen.states.items():
        null = [nothing[name] for name in _EXPLAINS.get(layer, ())]
        wanted = np.any([*null, loss_away & (layer == "hansen_gfc")], axis=0)
        for state in set(states) - {None, "available"}:
            told[f"layer_{state}:{layer}"] = np.array([one == state for one in states]) & (wanted | (state == "failed"))
    return named(dict(sorted(told.items())), account.losses.plots)
