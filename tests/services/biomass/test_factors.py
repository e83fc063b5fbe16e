"""The factor tables: every row has its source and how far it was checked, and holds what methods 2.1 to 2.4 say."""

from typing import Any

import pytest

from services.biomass.factors import CARBON, SOIL, TABLES, row_of, table, versions

ROWS = [(name, row) for name in TABLES for part in ("rows", "constants") for row in table(name).get(part, [])]


@pytest.mark.parametrize("name", TABLES)
def test_tables_have_versions(name: str) -> None:
    assert versions()[name].count(".") == 2


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_rows_say_where_they_are_from(name: str, row: dict[str, Any]) -> None:
    assert row["evidence"] in ("V", "S", "R", "D"), name
    assert len(row["citation"]) > 5, name


@pytest.mark.parametrize(
    ("zone", "continent", "numbers"),
    [
        ("tropical_rainforest", "africa", (404.2, 212.9, 52.8, 0.825, 0.532)),
        ("tropical_rainforest", "americas", (307.1, 206.4, 75.7, 0.221, 0.221)),
        ("tropical_rainforest", "asia", (413.1, 131.6, 45.6, 0.207, 0.212)),
        ("tropical_moist_deciduous", "africa", (236.6, 72.8, None, 0.232, 0.232)),
        ("tropical_moist_deciduous", "americas", (187.3, 131.0, 55.7, 0.2845, 0.2845)),
        ("tropical_dry", "americas", (127.5, 118.9, 32.2, 0.334, 0.379)),
    ],
)
def test_stocks_and_ratios(zone: str, continent: str, numbers: tuple[float | None, ...]) -> None:
    row = row_of("forest", zone=zone, continent=continent)
    assert row is not None
    assert tuple(row.get(name) for name in ("agb_primary", "agb_secondary_old", "agb_secondary_young", "r_low", "r_high")) == numbers


@pytest.mark.parametrize(
    ("domain", "rain", "dead_wood", "litter"),
    [
        ("tropical", "dry", 0.02, 0.04),
        ("tropical", "moist", 0.01, 0.01),
        ("tropical", "wet", 0.06, 0.01),
        ("tropical", "high", 0.07, 0.01),
        ("temperate", "any", 0.08, 0.04),
        ("boreal", "any", 0.08, 0.04),
        ("mangrove", "tropical_wet", 0.123, 0.008),
        ("mangrove", "tropical_dry", 0.258, 0.0169),
        ("mangrove", "subtropical", 0.258, 0.0169),
    ],
)
def test_dead_wood_and_litter(domain: str, rain: str, dead_wood: float, litter: float) -> None:
    row = row_of("dead_matter", domain=domain, rain=rain)
    assert row is not None and (row["dead_wood"], row["litter"]) == (dead_wood, litter)


def test_roots_of_mangroves() -> None:
    ratios = [row_of("dead_matter", domain="mangrove", rain=rain) for rain in ("tropical_wet", "tropical_dry", "subtropical")]
    assert [row["root_shoot"] for row in ratios if row] == [0.49, 0.29, 0.96]


@pytest.mark.parametrize(
    ("use", "climate", "flu"),
    [
        ("annual", "tropical_dry", 0.92),
        ("annual", "tropical_wet", 0.83),
        ("annual", "tropical_montane", 0.88),
        ("annual", "temperate_dry", 0.77),
        ("annual", "temperate_wet", 0.70),
        ("annual", "temperate_montane", 0.74),
        ("perennial", "tropical", 1.01),
        ("perennial", "temperate", 0.72),
        ("paddy", "any", 1.35),
        ("shifting", "any", 0.72),
    ],
)
def test_soil_factors(use: str, climate: str, flu: float) -> None:
    row = row_of("soil", use=use, climate=climate)
    assert row is not None and row["flu"] == flu


@pytest.mark.parametrize(
    ("domain", "use", "numbers"),
    [
        ("tropical", "oil_palm", (43, 1.2, 1.0, 264, 88)),
        ("tropical", "wood", (76, 1.3, 2.1, 264, 88)),
        ("tropical", "other", (58, 1.3, 2.1, 264, 88)),
        ("temperate", "other", (11, 0.21, 2.4, 446, 82)),
        ("boreal", "other", (1.8, 0.33, 0.19, 446, 82)),
    ],
)
def test_peat(domain: str, use: str, numbers: tuple[float, ...]) -> None:
    row = row_of("peat", domain=domain, use=use)
    assert row is not None and tuple(row[name] for name in ("co2", "ch4", "n2o", "burn_co2", "burn_ch4")) == numbers


def test_fire() -> None:
    found = {(row["domain"], row["forest"]): (row["cf"], row["gef_ch4"], row["gef_n2o"]) for row in table("fire")["rows"]}
    assert found == {
        ("tropical", "primary"): (0.36, 6.8, 0.20),
        ("tropical", "other"): (0.55, 6.8, 0.20),
        ("temperate", "other"): (0.51, 4.7, 0.26),
        ("boreal", "other"): (0.59, 4.7, 0.26),
    }


def test_carbon_of_crops() -> None:
    found = {(row["kind"], row["climate"]): row["c_after"] for row in table("carbon_after")["rows"]}
    assert found["annual", "any"] == 4.7
    perennial = [found["perennial", climate] for climate in ("tropical_dry", "tropical_moist", "tropical_wet", "temperate")]
    assert perennial == [1.8, 2.6, 10.0, 2.1]


def test_constants() -> None:
    assert (CARBON["carbon_fraction"], CARBON["carbon_fraction_mangrove"], CARBON["carbon_fraction_litter"]) == (0.47, 0.45, 0.37)
    assert (CARBON["gwp_ch4"], CARBON["gwp_n2o"], CARBON["root_shoot_fallback"]) == (27.0, 273.0, 0.26)
    assert CARBON["co2_per_c"] == 44 / 12
    assert (SOIL["years"], SOIL["c_to_n"], SOIL["ef1"]) == (20.0, 15.0, 0.010)


def test_each_country_has_one_place() -> None:
    listed = [country for row in table("places")["rows"] for country in row["countries"]]
    assert len(set(listed)) == len(listed) and all(len(country) == 2 and country.isupper() for country in listed)
