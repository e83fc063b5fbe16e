"""The page of emissions beside biomass says what the code does, and its worked example comes out."""

import re
from importlib.resources import files

import pytest

from contracts.v1.payload import InputPayload
from contracts.v1.results.cft import Cft
from services.biomass.nonbiomass.factors import factors
from services.biomass.nonbiomass.footprint import cft_of, per_hectare

PAGE = files("services.biomass.nonbiomass").joinpath("METHOD.md").read_text(encoding="utf-8")
EXAMPLE = {
    "cft_payload": {
        "crop": {"type": "maize", "yield": {"value": 4, "unit": "t/ha"}},
        "fertilisers": [
            {"type": "urea", "application_rate": {"value": 100, "unit": "kg/ha"}},
            {"type": "limestone", "application_rate": {"value": 500, "unit": "kg/ha"}},
        ],
        "machinery": [{"fuel_type": "diesel", "fuel_consumption": {"value": 50, "unit": "L/ha"}}],
    }
}


def written(step: str) -> float:
    """The last number in the row of the worked example."""
    [row] = re.findall(rf"^\| {step} \|.*\| ([\d.]+) \|$", PAGE, flags=re.MULTILINE)
    return float(row)


def test_the_worked_example_comes_out() -> None:
    found = per_hectare(InputPayload.model_validate(EXAMPLE), "aggregated", factors())
    for step in ("fertiliser", "urea", "lime", "energy"):
        assert getattr(found, step) == pytest.approx(written(step), abs=0.006), step
    result = cft_of(found, 2.0, "aggregated", "none", factors().version)
    total, per_tonne = re.findall(r"= ([\d.]+) kg CO2e, and over 8 t of maize ([\d.]+)", PAGE)[0]
    assert result.non_biomass_kgco2e_total == pytest.approx(float(total), abs=0.02)
    assert result.non_biomass_kgco2e_total == pytest.approx(2 * written("total"), abs=0.02)
    assert result.non_biomass_kgco2e_per_t_product == pytest.approx(float(per_tonne), abs=0.01)
    assert "cft_payload.fertilisers[0]: needs production_ef per mass" in result.not_computed


@pytest.mark.parametrize("name", Cft.model_fields)
def test_page_explains_every_field(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_page_is_of_the_factors_in_force() -> None:
    assert f"Factors version {factors().version}." in PAGE.replace("\n", " ")
    assert "epoch" not in PAGE.lower()
