"""From a payload as users write it to the emissions of a plot: by hand, with gaps listed and never taken for zero."""

from typing import Any

import pytest

from contracts.v1.payload import InputPayload
from contracts.v1.results.cft import Cft
from services.biomass.nonbiomass.factors import Climate, factors
from services.biomass.nonbiomass.footprint import cft_of, per_hectare

CATEGORIES = ("fertiliser", "lime", "urea", "residue", "energy", "rice", "pesticide", "processing", "transport")


def found(cft: dict[str, Any] | None, area_ha: float = 2.0, climate: Climate = "aggregated", lca: dict[str, Any] | None = None) -> Cft:
    payload = InputPayload.model_validate({"cft_payload": cft, "lca_payload": lca})
    return cft_of(per_hectare(payload, climate, factors()), area_ha, climate, "none", factors().version)


def amount(result: Cft, category: str) -> float | None:
    value: float | None = getattr(result, f"non_biomass_kgco2e_{category}")
    return value


def q(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit}


def test_nothing_given_is_nothing_computed() -> None:
    result = found(None)
    assert [amount(result, category) for category in (*CATEGORIES, "total")] == [None] * 10
    assert result.non_biomass_kgco2e_per_t_product is None
    assert "cft_payload.fertilisers: absent" in result.not_computed
    assert any(line.startswith("cft_payload.crop: needs yield") for line in result.not_computed)


def test_urea_counts_for_its_nitrogen_and_its_carbon() -> None:
    result = found({"fertilisers": [{"type": "Urea", "application_rate": q(100, "kg/ha")}]})
    # 46 kg N: direct 46 x 0.010, volatilised 46 x 0.15 x 0.010, leached 46 x 0.24 x 0.011; x 44/28 x 273; two hectares
    per_ha = (46 * 0.010 + 46 * 0.15 * 0.010 + 46 * 0.24 * 0.011) * 44 / 28 * 273
    assert amount(result, "fertiliser") == pytest.approx(2 * per_ha)
    assert amount(result, "urea") == pytest.approx(2 * 73.333, abs=1e-2)
    assert result.non_biomass_kgco2e_total == pytest.approx(2 * (per_ha + 73.3333), abs=1e-2)


def test_the_grade_of_a_compound_says_its_nitrogen() -> None:
    named = found({"fertilisers": [{"type": "NPK 15-15-15", "application_rate": q(200, "kg/ha")}]})
    stated = found({"fertilisers": [{"type": "NPK", "n_pct": 15, "application_rate": q(0.2, "t/ha")}]})
    assert amount(named, "fertiliser") == pytest.approx(amount(stated, "fertiliser"))


def test_a_compound_without_grade_is_listed_and_its_category_is_null() -> None:
    result = found(
        {"fertilisers": [{"type": "NPK", "application_rate": q(200, "kg/ha")}, {"type": "urea", "application_rate": q(9, "kg/ha")}]}
    )
    assert amount(result, "fertiliser") is None
    assert "cft_payload.fertilisers[0]: needs n_pct" in result.not_computed
    assert amount(result, "urea") == pytest.approx(2 * 9 * 0.2 * 44 / 12)


def test_an_amount_of_the_whole_farm_is_spread_over_its_size() -> None:
    whole = {"farm": {"size": q(10, "ha")}, "fertilisers": [{"type": "limestone", "application_rate": q(1, "t")}]}
    assert amount(found(whole), "lime") == pytest.approx(440.0 / 10 * 2)
    without = found({"fertilisers": [{"type": "limestone", "application_rate": q(1, "t")}]})
    assert amount(without, "lime") is None
    assert "cft_payload.fertilisers[0].application_rate: needs farm.size" in without.not_computed


def test_a_stated_reduction_is_taken_off() -> None:
    lime = {"type": "dolomite", "application_rate": q(100, "kg/ha"), "emission_reduction_pct": 25}
    assert amount(found({"fertilisers": [lime]}), "lime") == pytest.approx(2 * 100 * 0.13 * 44 / 12 * 0.75)


def test_machines_burn_litres_and_the_grid_needs_its_factor() -> None:
    fuel = {"machinery": [{"fuel_type": "diesel", "fuel_consumption": q(50, "L/ha")}]}
    assert amount(found(fuel), "energy") == pytest.approx(2 * 50 * 0.84 * 43.0 * 0.0741)
    power = fuel | {"electricity": [{"amount": q(100, "kWh/ha")}]}
    assert amount(found(power), "energy") is None
    assert amount(found(power | {"grid_ef": q(400, "gCO2e/kWh")}), "energy") == pytest.approx(2 * (50 * 0.84 * 43.0 * 0.0741 + 40))


def test_burnt_residues_and_those_that_stay() -> None:
    burnt = {"land_management": {"residue_management": "burnt", "residue": q(5, "t/ha")}}
    assert amount(found(burnt), "residue") == pytest.approx(2 * 5000 * 0.8 * (2.7 * 27 + 0.07 * 273) / 1000)
    kept = {"land_management": {"residue_management": "incorporated", "residue": q(5, "t/ha"), "residue_n_pct": 0.6}}
    assert amount(found(kept), "residue") == pytest.approx(2 * 30 * (0.010 + 0.24 * 0.011) * 44 / 28 * 273)
    assert amount(found({"land_management": {"residue_management": "removed"}}), "residue") == 0
    assert amount(found({"land_management": {"residue_management": "burnt"}}), "residue") is None


def test_rice_by_hand() -> None:
    rice = {"water_regime": "continuous", "season_days": 120, "amendments": [{"type": "straw_under_30_days", "amount": q(3, "t/ha")}]}
    assert amount(found({"rice": rice}), "rice") == pytest.approx(2 * 142.8 * 4**0.59 * 27)
    assert amount(found({"rice": rice | {"region": "atlantis"}}), "rice") is None


def test_pesticides_need_a_factor_in_the_unit_of_their_rate() -> None:
    spray = {"type": "herbicide", "active_ingredient": "glyphosate", "application_rate": q(2, "L/ha")}
    assert amount(found({"pesticides": [spray]}), "pesticide") is None
    assert amount(found({"pesticides": [spray | {"production_ef": q(10, "kgCO2e/l")}]}), "pesticide") == pytest.approx(40)
    assert amount(found({"pesticides": [spray | {"production_ef": q(10, "kgCO2e/kg")}]}), "pesticide") is None


def test_transport_and_processing_are_per_tonne_of_the_yield() -> None:
    way = {
        "crop": {"type": "cocoa", "yield": q(500, "kg/ha")},
        "transport": [{"type": "truck", "distance": q(50, "km"), "load_factor": 0.8}, {"type": "sea", "distance": q(5000, "km")}],
        "processing": [{"type": "fermentation", "duration": q(5, "days"), "energy": q(10, "kWh/t"), "energy_source": "electricity"}],
        "grid_ef": q(0.5, "kgCO2e/kWh"),
    }
    result = found(way)
    assert result.product_t == pytest.approx(1.0)
    assert amount(result, "transport") == pytest.approx(50 * 0.086 + 5000 * 0.012)
    assert amount(result, "processing") == pytest.approx(5.0)
    assert result.non_biomass_kgco2e_per_t_product == pytest.approx(50 * 0.086 + 60 + 5)


def test_the_product_bears_its_share_of_the_farm_and_all_of_its_way() -> None:
    cft = {"crop": {"yield": q(1, "t/ha")}, "machinery": [{"fuel_type": "natural gas", "fuel_consumption": q(1000, "MJ/ha")}]}
    lca = {
        "yield_ratio": 0.8,
        "allocation_share": 0.9,
        "allocation_method": "mass",
        "processing": [{"type": "roasting", "energy": q(100, "kWh/t"), "energy_source": "electricity"}],
        "transport": [{"type": "truck", "distance": q(100, "km")}],
    }
    result = found(cft | {"grid_ef": q(0.5, "kgCO2e/kWh")}, lca=lca)
    assert result.product_kgco2e_per_t == pytest.approx((56.1 / 0.8 + 50) * 0.9 + 8.6)
    assert found(cft, lca=lca).product_kgco2e_per_t is None  # no factor of the grid
    short = found(cft | {"grid_ef": q(0.5, "kgCO2e/kWh")}, lca=lca | {"allocation_method": None})
    assert short.product_kgco2e_per_t is None
    assert "lca_payload: needs allocation_method" in short.not_computed


def test_emissions_grow_with_the_area_and_the_intensity_does_not() -> None:
    cft = {"crop": {"yield": q(500, "kg/ha")}, "fertilisers": [{"type": "urea", "application_rate": q(100, "kg/ha")}]}
    small, large = found(cft, 1.0), found(cft, 7.0)
    assert amount(large, "total") == pytest.approx(7 * (amount(small, "total") or 0))
    assert large.non_biomass_kgco2e_per_t_product == pytest.approx(small.non_biomass_kgco2e_per_t_product)
