"""Emissions beside biomass against reference values worked out by hand from IPCC 2019 (methods 7.6)."""

import pytest

from services.biomass.nonbiomass.climate import climate_by_layers
from services.biomass.nonbiomass.factors import Climate, factors
from services.biomass.nonbiomass.nitrogen import Nitrogen, carbonate_co2_kg, n2o_kg
from services.biomass.nonbiomass.rice import rice_ch4_kg_ha

TABLES = factors()
HUNDRED_KG = Nitrogen(synthetic=100.0, volatilised_synthetic=100.0 * TABLES.volatilised["synthetic"])


@pytest.mark.parametrize(
    ("climate", "direct", "volatilised", "leached", "kgco2e"),
    [
        ("aggregated", 1.5714, 0.1729, 0.4149, 589.4),
        ("wet", 2.5143, 0.2420, 0.4149, 865.7),
        ("dry", 0.7857, 0.0864, 0.0, 238.1),
    ],
)
def test_hundred_kg_of_nitrogen(climate: Climate, direct: float, volatilised: float, leached: float, kgco2e: float) -> None:
    found = n2o_kg(HUNDRED_KG, TABLES.n2o[climate])
    assert found == pytest.approx((direct, volatilised, leached), abs=5e-5)
    assert sum(found) * TABLES.gwp.n2o == pytest.approx(kgco2e, abs=0.05)


def test_organic_nitrogen_is_a_column_of_its_own_in_wet_climates() -> None:
    # 100 kg: direct 100 x 0.006 x 44/28, volatilised 21 x 0.014 x 44/28, leached 100 x 0.24 x 0.011 x 44/28
    found = n2o_kg(Nitrogen(organic=100.0, volatilised_organic=21.0), TABLES.n2o["wet"])
    assert found == pytest.approx((0.94286, 0.46200, 0.41486), abs=1e-5)


def test_a_flooded_field_has_its_own_first_factor() -> None:
    assert n2o_kg(HUNDRED_KG, TABLES.n2o["wet"], TABLES.n2o_rice["continuous"])[0] == pytest.approx(100 * 0.003 * 44 / 28)


@pytest.mark.parametrize(("kind", "kg"), [("limestone", 440.0), ("dolomite", 476.7), ("urea", 733.3)])
def test_a_tonne_of_lime_or_urea(kind: str, kg: float) -> None:
    assert carbonate_co2_kg(kind, 1000.0, TABLES) == pytest.approx(kg, abs=0.05)


def test_rice_of_120_days_continuously_flooded() -> None:
    plain = rice_ch4_kg_ha("world", "continuous", "non_flooded_under_180_days", 120, [], TABLES.rice)
    assert plain == pytest.approx(142.8)
    assert plain * TABLES.gwp.ch4 == pytest.approx(3855.6)


def test_three_tonnes_of_fresh_straw_more_than_double_it() -> None:
    straw = [("straw_under_30_days", 3.0)]
    assert rice_ch4_kg_ha("world", "continuous", "non_flooded_under_180_days", 120, straw, TABLES.rice) == pytest.approx(323.6, abs=0.05)


def test_upland_rice_emits_no_methane() -> None:
    assert rice_ch4_kg_ha("world", "upland", "non_flooded_under_180_days", 120, [("compost", 5.0)], TABLES.rice) == 0


def test_fuels_come_to_the_factors_per_litre() -> None:
    diesel, petrol = TABLES.fuels["diesel"], TABLES.fuels["petrol"]
    assert diesel.kgco2_per_mj * (diesel.mj_per_kg or 0) * (diesel.kg_per_l or 0) == pytest.approx(2.68, abs=0.005)
    assert petrol.kgco2_per_mj * (petrol.mj_per_kg or 0) * (petrol.kg_per_l or 0) == pytest.approx(2.31, abs=0.01)


@pytest.mark.parametrize(("fuel", "gc_per_mj"), [("diesel", 20.2), ("petrol", 18.9), ("natural_gas", 15.3), ("lpg", 17.2)])
def test_carbon_contents_lead_to_the_factors(fuel: str, gc_per_mj: float) -> None:
    assert TABLES.fuels[fuel].kgco2_per_mj == pytest.approx(gc_per_mj / 1000 * 44 / 12, abs=5e-5)


@pytest.mark.parametrize(
    ("lat", "rain", "ratio", "climate"),
    [
        (5.0, 1000.0, None, "dry"),
        (5.0, 1000.1, 0.2, "wet"),
        (-23.5, 2000.0, None, "wet"),
        (45.0, 2000.0, 1.0, "dry"),
        (45.0, None, 1.01, "wet"),
        (5.0, None, 2.0, None),
        (45.0, 2000.0, None, None),
    ],
)
def test_the_column_follows_rain_in_the_tropics_and_dryness_elsewhere(
    lat: float, rain: float | None, ratio: float | None, climate: str | None
) -> None:
    assert climate_by_layers(lat, rain, ratio) == climate
