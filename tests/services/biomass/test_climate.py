"""Which climate a plot has, by the first that is known; and which factors follow from it."""

import pytest

from services.biomass.choice import Factors, factors_of
from services.biomass.climate import Climate, Place, climate_of
from services.biomass.rules import rules_of, thresholds
from shared.crops import CropKind

RULES = rules_of(thresholds())


def climate(lat: float, lon: float = 20.0, **more: object) -> Climate:
    return climate_of(Place(lat, lon, **more), RULES)  # type: ignore[arg-type]  # a table of cases


@pytest.mark.parametrize(
    ("code", "zone", "domain", "rain", "soil"),
    [
        (11, "tropical_rainforest", "tropical", "wet", "tropical_wet"),
        (12, "tropical_moist_deciduous", "tropical", "moist", "tropical_wet"),
        (13, "tropical_dry", "tropical", "dry", "tropical_dry"),
        (16, "tropical_mountain", "tropical", "high", "tropical_montane"),
        (32, "temperate_continental", "temperate", "wet", "temperate_wet"),
        (33, "temperate_steppe", "temperate", "dry", "temperate_dry"),
        (41, "boreal_coniferous", "boreal", "wet", "temperate_wet"),
    ],
)
def test_the_ecological_zone_goes_first(code: int, zone: str, domain: str, rain: str, soil: str) -> None:
    found = climate(0.0, ecozone=code, rain_mm=300.0, country="GH")
    assert (found.zone, found.domain, found.rain, found.soil, found.told_by) == (zone, domain, rain, soil, "ecozone")


@pytest.mark.parametrize(
    ("rain_mm", "zone", "rain"),
    [
        (1000.0, "tropical_dry", "dry"),
        (1000.1, "tropical_moist_deciduous", "moist"),
        (1600.0, "tropical_moist_deciduous", "moist"),
        (1600.1, "tropical_moist_deciduous", "wet"),
        (2000.1, "tropical_rainforest", "wet"),
    ],
)
def test_then_rain_in_the_tropics(rain_mm: float, zone: str, rain: str) -> None:
    found = climate(5.0, rain_mm=rain_mm, country="GH")
    assert (found.zone, found.rain, found.told_by) == (zone, rain, "rain")


def test_then_the_country_and_then_nothing_but_the_latitude() -> None:
    ghana = climate(6.0, -1.0, country="GH")
    assert (ghana.zone, ghana.rain, ghana.continent, ghana.told_by) == ("tropical_moist_deciduous", "moist", "africa", "country")
    brazil = climate(-10.0, -60.0, country="BR")
    assert (brazil.zone, brazil.rain, brazil.continent, brazil.told_by) == (None, None, "americas", "latitude")


@pytest.mark.parametrize(("lat", "domain"), [(23.5, "tropical"), (-23.6, "temperate"), (50.0, "temperate"), (50.1, "boreal")])
def test_domains_by_latitude(lat: float, domain: str) -> None:
    assert climate(lat).domain == domain


@pytest.mark.parametrize(("lon", "continent"), [(-60.0, "americas"), (20.0, "africa"), (110.0, "asia")])
def test_continents_by_longitude_in_the_tropics_only(lon: float, continent: str) -> None:
    assert climate(1.0, lon).continent == continent
    assert climate(45.0, lon).continent is None


def test_highlands() -> None:
    low, middle, high = (climate(1.0, rain_mm=1500.0, elevation_m=height) for height in (900.0, 1500.0, 2500.0))
    assert [one.rain for one in (low, middle, high)] == ["moist", "moist", "high"]
    assert [one.soil for one in (low, middle, high)] == ["tropical_wet", "tropical_montane", "tropical_montane"]


def factors(kind: CropKind | None, is_palm: bool = False, **more: object) -> Factors:
    return factors_of(climate(1.0, 20.0, **more), kind, is_palm)


@pytest.mark.parametrize(
    ("kind", "rain_mm", "after", "flu"),
    [
        ("annual", 800.0, 4.7, 0.92),
        ("annual", 1500.0, 4.7, 0.83),
        ("paddy", 1500.0, 4.7, 1.35),
        ("perennial", 800.0, 1.8, 1.01),
        ("perennial", 1500.0, 2.6, 1.01),
        ("perennial", 2500.0, 10.0, 1.01),
        ("pasture", 800.0, 4.089, 1.0),
        ("wood", 2500.0, 0.0, 1.0),
        (None, 2500.0, 0.0, 0.83),
    ],
)
def test_factors_by_crop(kind: CropKind | None, rain_mm: float, after: float, flu: float) -> None:
    found = factors(kind, rain_mm=rain_mm)
    assert (found.after_tc_ha, found.flu) == (after, flu)
    assert ("crop_not_known" in found.remarks) == (kind is None)


def test_a_climate_that_is_not_known_gives_no_factor_and_says_so() -> None:
    found = factors_of(climate_of(Place(-10.0, -60.0, "BR"), RULES), "annual", False)
    assert (found.flu, found.forest.dead_wood, found.forest.litter, found.tier1_agb_tha) == (None, None, None, None)
    assert (found.forest.root_shoot_low, found.forest.root_shoot_high) == (0.26, 0.26)
    assert {"climate_not_known", "root_shoot_by_default"} <= set(found.remarks)


def test_peat_and_fire_by_domain_and_crop() -> None:
    assert (factors("perennial", True).peat.co2, factors("wood").peat.co2, factors("annual").peat.co2) == (43.0, 76.0, 58.0)
    temperate = factors_of(climate(45.0), "annual", False)
    assert (temperate.peat.co2, temperate.burning.cf, temperate.burning.gef_ch4) == (11.0, 0.51, 4.7)


def test_mangroves() -> None:
    wet, dry = factors("annual", rain_mm=1500.0).mangrove, factors("annual", rain_mm=800.0).mangrove
    assert (wet.carbon_fraction, wet.root_shoot_low, wet.dead_wood, wet.litter) == (0.45, 0.49, 0.123, 0.008)
    assert (dry.root_shoot_high, dry.dead_wood) == (0.29, 0.258)
    assert factors_of(climate(30.0), "annual", False).mangrove.root_shoot_low == 0.96
