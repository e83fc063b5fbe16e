"""From the columns of one plot to its published result, its flags and its reasons."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from contracts.v1.results.cft import Cft
from contracts.v1.results.eudr_deforestation import LayerState
from contracts.v1.results.luc_emissions import LucEmissions
from services.biomass.climate import Climate
from services.biomass.columns import SIGNED, Columns, at_least_0, rounded, source_names
from services.biomass.rules import FIRST_YEAR, Rules
from shared.crops import Crop

_NAN = float("nan")
_KINDS = frozenset({"hansen_gfc", "drivers_1km", "jrc_tmf", "crop_mask"})
"""Layers that tell how much forest was converted; the others tell only what stood there."""


@dataclass(frozen=True, slots=True)
class Observed:
    """What is known of one plot beside its columns."""

    area_ha: float
    is_point: bool
    is_region: bool
    crop: Crop | None
    climate: Climate
    crop_area_ha: float | None
    """Mask of the crop; None unless the region was reckoned within it."""
    annual_agb_tco2eha: tuple[float | None, ...] | None
    gross_emissions_tco2e: float
    """nan where not known."""
    stock_change: tuple[float, float] | None
    """t CO2e charged to the reporting year and its sd; None for plots that are no region."""
    states: Mapping[str, LayerState]
    failed: frozenset[str]
    """Layers that failed while the loss was reckoned, but for those that it does not hang on."""
    stock_names: tuple[str, ...]
    """Maps of biomass by their place among the stocks."""
    window_end_year: int
    cft: Cft | None = None
    """Emissions beside biomass, where they were asked for."""


def result_of(columns: Columns, row: int, seen: Observed, rules: Rules) -> tuple[LucEmissions, tuple[str, ...]]:
    """The result of the plot at `row` of the columns, and the sorted reasons for what could not be known."""
    account = columns.account
    loss_known = bool(account.losses.observed_ha[row] >= rules.known_min_share * seen.area_ha) and not (seen.failed & _KINDS)
    known = loss_known and bool(account.has_stock[row]) and not (account.losses.lost_ha[row] > 0 and seen.failed - _KINDS)
    numbers = {name: column[row] if known else _NAN for name, column in columns.of_loss.items()}
    numbers |= {name: column[row] if loss_known else _NAN for name, column in columns.of_area.items()}
    by_change = rules.approach == "stock_change" and seen.stock_change is not None and seen.crop_area_ha is None
    change = seen.stock_change or (_NAN, _NAN)
    if by_change:
        numbers |= {"luc_tco2eyear": change[0]} | dict.fromkeys(_OF_LOSSES_ONLY, _NAN)
    base_ha = seen.area_ha if seen.crop_area_ha is None else seen.crop_area_ha
    numbers |= {
        "luc_tco2ehayear": numbers["luc_tco2eyear"] / base_ha if base_ha > 0 else _NAN,
        "stock_change_tco2eyear": change[0],
        "stock_change_sd_tco2eyear": change[1],
        "gfw_gross_emissions_tco2e": seen.gross_emissions_tco2e,
        "observed_fraction": account.losses.observed_ha[row] / seen.area_ha,
        "crop_area_ha": _NAN if seen.crop_area_ha is None else seen.crop_area_ha,
        "plot_area_ha": seen.area_ha,
    }
    values: dict[str, Any] = {name: rounded(value if name in SIGNED else at_least_0(float(value))) for name, value in numbers.items()}
    values |= {
        "annual_agb_tco2eha": seen.annual_agb_tco2eha,
        "committed_tco2e_by_year": columns.committed[row] if known else None,
        "conversion_ha_by_year": columns.conversion[row] if loss_known else None,
        "ef_source": source_names(columns.stocks[row], seen.stock_names) if known else None,
        "luc_approach": "stock_change" if by_change else "loss_x_stock",
        "pools_included": _POOLS_BY_CHANGE if by_change else _included(columns, row) if known else (),
        "flags": _flags(columns, row, seen, rules),
        **_labels(columns, seen, rules),
    }
    return LucEmissions.model_validate(values), _reasons(columns, row, seen, loss_known, values)


_OF_LOSSES_ONLY = ("co2_tco2eyear", "ch4_tco2eyear", "n2o_tco2eyear", "luc_no_crop_carbon_tco2eyear")
_POOLS_BY_CHANGE = ("agb", "bgb", "dw", "litter")


def _labels(columns: Columns, seen: Observed, rules: Rules) -> dict[str, Any]:
    year = columns.account.reporting_year
    return {
        "luc_method": "dLUC" if seen.crop_area_ha is None else "jdLUC",
        "luc_basis": "point_buffer" if seen.is_point else "polygon" if seen.crop_area_ha is None else "region",
        "allocation": rules.allocation,
        "reporting_year": year,
        "first_loss_year": max(FIRST_YEAR, year - rules.look_back_years + 1),
        "crop_kind": None if seen.crop is None else seen.crop.kind,
        "climate_domain": seen.climate.domain,
        "climate_zone": seen.climate.zone,
        "climate_source": seen.climate.told_by,
        "layer_states": dict(seen.states),
        "cft": seen.cft,
    }


def _included(columns: Columns, row: int) -> tuple[str, ...]:
    account = columns.account
    pools = {
        "agb": True,
        "bgb": True,
        "dw": account.has_dead[row],
        "litter": account.has_dead[row],
        "soc": account.has_soil[row],
        "peat": account.has_ground[row],
        "fire": account.has_fire[row],
    }
    return tuple(name for name, is_in in pools.items() if is_in)


def _flags(columns: Columns, row: int, seen: Observed, rules: Rules) -> tuple[str, ...]:
    account = columns.account
    lost = bool(account.has_loss[row])
    told = {
        "point_buffer": seen.is_point,
        "not_observed_after": account.reporting_year < seen.window_end_year,
        "look_back_incomplete": account.reporting_year - rules.look_back_years + 1 < FIRST_YEAR,
        "partial_cover:hansen_gfc": account.losses.observed_ha[row] < rules.covered_min_share * seen.area_ha,
        "partial_stock": lost and rules.known_min_share <= account.stock_share[row] < 1 - 1e-9,
        "partial_soil": lost and account.has_soil[row] and account.soil_share[row] < 1 - 1e-9,
        "region_without_crop_mask": seen.is_region and seen.crop_area_ha is None,
        "losses_apart": any(columns.of_area[name][row] > 0 for name in _APART),
    }
    remarks = account.factors.remarks if lost else ()
    return tuple(sorted({*(code for code, is_so in told.items() if is_so), *remarks}))


_APART = ("replanting_ha", "logging_ha", "fire_loss_ha", "natural_loss_ha", "other_use_ha")


def _reasons(columns: Columns, row: int, seen: Observed, loss_known: bool, values: Mapping[str, Any]) -> tuple[str, ...]:
    account = columns.account
    told = {f"layer_failed:{layer}" for layer, state in seen.states.items() if state == "failed"}
    if not loss_known and not (seen.failed & _KINDS):
        told.add(f"layer_{seen.states['hansen_gfc']}:hansen_gfc" if seen.states["hansen_gfc"] != "available" else "loss_not_known")
    if loss_known:
        unknown = {
            "stock_not_known": not account.has_stock[row],
            "dead_wood_not_known": not account.has_dead[row],
            "soil_not_known": not account.has_soil[row],
            "peat_not_known": not account.has_ground[row],
            "burning_not_known": not account.has_fire[row],
            "stock_error_not_known": values["uncertainty_hi_tco2e"] is None,
        }
        told |= {code for code, is_so in unknown.items() if is_so}
    told |= {f"layer_{state}:{layer}" for layer, state in seen.states.items() if state != "available" and _explains(layer, values)}
    return tuple(sorted(told))


def _explains(layer: str, values: Mapping[str, Any]) -> bool:
    """Whether a null of the result is because of this layer."""
    columns = {
        "cci_agb": ("annual_agb_tco2eha", "luc_total_tco2e"),
        "soilgrids_ocs": ("soc_tco2e",),
        "peatgrids": ("peat_tco2e",),
        "gfw_flux": ("gfw_gross_emissions_tco2e",),
        "hansen_gfc": ("luc_total_tco2e",),
    }
    return any(values.get(name) is None for name in columns.get(layer, ()))
