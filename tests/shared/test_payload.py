"""Units of the payload: converted as people write them, and refused with their path where they do not fit."""

from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from contracts.v1.payload import InputPayload
from contracts.v1.quantities import Quantity
from shared.errors import Refused
from shared.payload import PayloadRefused, read_payload
from shared.payload.units import factor, faults, in_unit

DOCUMENTED = {
    "cft_payload": {
        "land_management": {"tillage": "conventional", "residue_management": "incorporated", "cover_crop": False},
        "crop": {"type": "cocoa", "variety": "forastero", "planting_density": 1000, "yield": {"value": 500, "unit": "kg/ha"}},
        "farm": {"size": {"value": 10, "unit": "ha"}, "location": {"country": "Ghana", "region": "Western Region"}},
        "fertilisers": [
            {
                "type": "NPK",
                "application_rate": {"value": 200, "unit": "kg/ha"},
                "application_method": "broadcast",
                "application_timing": "pre-planting",
            }
        ],
        "pesticides": [{"type": "herbicide", "active_ingredient": "glyphosate", "application_rate": {"value": 2, "unit": "L/ha"}}],
        "irrigation": [{"type": "drip", "water_source": "groundwater", "application_rate": {"value": 500, "unit": "mm/year"}}],
        "machinery": [{"type": "tractor", "fuel_type": "diesel", "fuel_consumption": {"value": 50, "unit": "L/ha"}}],
        "transport": [{"type": "truck", "distance": {"value": 50, "unit": "km"}, "fuel_type": "diesel", "load_factor": 0.8}],
        "tree_biomass": [{"species": "cocoa", "age": 15, "density": {"value": 1000, "unit": "trees/ha"}}],
        "processing": [{"type": "fermentation", "duration": {"value": 5, "unit": "days"}, "temperature": {"value": 25, "unit": "C"}}],
        "storage": [{"type": "warehouse", "duration": {"value": 30, "unit": "days"}}],
    }
}


def test_the_documented_example_is_understood_as_it_stands() -> None:
    assert list(faults(InputPayload.model_validate(DOCUMENTED))) == []


@pytest.mark.parametrize(
    ("unit", "to", "times"),
    [
        ("t/ha", "kg/ha", 1000),
        ("kg/acre", "kg/ha", 1 / 0.40468564),
        ("lb/acre", "kg/ha", 0.45359237 / 0.40468564),
        ("L/ha", "l/ha", 1),
        ("m3/ha", "l/ha", 1000),
        ("gCO2e/kWh", "kgCO2e/kWh", 0.001),
        ("kgCO2e/(t*km)", "kgCO2e/t/km", 1),
        ("MJ/ha", "kWh/ha", 1 / 3.6),
        ("tonnes / ha", "kg/ha", 1000),
        ("miles", "km", 1.609344),
        ("weeks", "day", 7),
    ],
)
def test_units_convert(unit: str, to: str, times: float) -> None:
    assert factor(unit, to) == pytest.approx(times, rel=1e-5)


def test_a_quantity_of_another_kind_does_not_convert() -> None:
    assert in_unit(Quantity(value=1, unit="L/ha"), "kg/ha") is None


NO_UNITS = ("", " ", "florps", "9**9**9", "kg**99", "kg;ls", "__import__('os')", "(((", "kg/", "/kg", "(kg", "kg ha", "kg//ha", "°C")


@pytest.mark.parametrize("unit", [*NO_UNITS, "π" * 40, "NaN", "kg/nan"])
def test_what_is_no_unit_is_refused(unit: str) -> None:
    with pytest.raises(Refused) as refused:
        factor(unit, "kg")
    assert refused.value.code == "unit_unknown"


@given(st.text(max_size=40))
def test_any_text_is_a_unit_or_refused(unit: str) -> None:
    with suppress(Refused):
        assert factor(unit, "kg") is None or factor(unit, "kg") > 0


def test_a_unit_that_does_not_fit_is_named_with_its_path_and_what_would_fit() -> None:
    payload = {
        "cft_payload": {
            "pesticides": [{"type": "x", "application_rate": {"value": 1, "unit": "kWh"}}],
            "farm": {"size": {"value": 1, "unit": "q"}},
        }
    }
    found = {fault.path: fault for fault in faults(InputPayload.model_validate(payload))}
    assert set(found) == {"input_payload.cft_payload.farm.size.unit", "input_payload.cft_payload.pesticides[0].application_rate.unit"}
    assert found["input_payload.cft_payload.farm.size.unit"].code == "unit_unknown"
    assert "kg/ha, l/ha, kg, l" in found["input_payload.cft_payload.pesticides[0].application_rate.unit"].says


@pytest.mark.parametrize(
    ("payload", "path"),
    [
        ({"cft_paylod": {}}, "cft_paylod"),
        ({"cft_payload": {"crop": {"yeld": 1}}}, "cft_payload.crop.yeld"),
        ({"cft_payload": {"crop": {"yield": {"value": -1, "unit": "kg/ha"}}}}, "cft_payload.crop.yield.value"),
        ({"cft_payload": {"fertilisers": [{"type": "urea"}]}}, "cft_payload.fertilisers[0].application_rate"),
        ({"cft_payload": {"crop": {"yield": {"value": float("nan"), "unit": "kg/ha"}}}}, "cft_payload.crop.yield.value"),
    ],
)
def test_unknown_keys_and_impossible_values_are_refused_with_their_path(payload: dict[str, object], path: str) -> None:
    with pytest.raises(PayloadRefused) as refused:
        read_payload(payload)
    assert [fault.path for fault in refused.value.faults] == [f"input_payload.{path}"]


def test_a_payload_that_is_in_order_is_read() -> None:
    payload = read_payload(DOCUMENTED)
    assert payload.cft_payload is not None
    assert payload.cft_payload.crop is not None
    assert payload.cft_payload.crop.yield_ == Quantity(value=500, unit="kg/ha")
    assert read_payload({}) == InputPayload()


def test_units_are_looked_at_when_the_keys_are_right() -> None:
    with pytest.raises(PayloadRefused) as refused:
        read_payload({"cft_payload": {"farm": {"size": {"value": 1, "unit": "kg"}}}})
    assert [(fault.path, fault.code) for fault in refused.value.faults] == [("input_payload.cft_payload.farm.size.unit", "unit_mismatch")]


def test_many_faults_are_cut() -> None:
    with pytest.raises(PayloadRefused) as refused:
        read_payload({f"key {number}": number for number in range(1000)})
    assert len(refused.value.faults) == 50
