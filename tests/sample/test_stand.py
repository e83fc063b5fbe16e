"""Biomass, heights, land cover, intactness, weather and basins: they tell the same stories as the land."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from sample.basins import BASINS, outlines, write_basins
from sample.landscape import COLS, FARM, FOREST, ROWS, WATER, Land, cleared, countryside, latitude, longitude
from sample.sites import paint_sites
from sample.stand import agb, agb_sd, drivers, height_sd, heights, intactness, land_cover, standing
from sample.weather import AET_MM, PET_MM, RAIN_MM, climate_mm, rain_mm
from shared.vectors.opening import Polygons


@pytest.fixture
def land() -> Land:
    """Forest with a clearing of 2018 and one of 2021 in the north, farmland in the middle and water in the south."""
    made = countryside()
    made.paint(0, 0, 200, COLS, FOREST)
    made.paint(100, 100, 40, 40, cleared(2018))
    made.paint(100, 200, 40, 40, cleared(2021))
    made.paint(200, 0, 200, COLS, FARM)
    made.paint(400, 0, 200, COLS, WATER)
    return made


def test_trees_stand_until_they_are_cleared_and_regrowth_until_it_is_cleared_again(land: Land) -> None:
    land.paint(10, 10, 5, 5, {"lossyear": 12, "deforested": 2012, "tmf": 4, "recleared": 2023})
    told = {year: standing(land, year) for year in (2017, 2018, 2020, 2021, 2023)}
    assert [bool(told[year][120, 120]) for year in told] == [True, False, False, False, False]
    assert [bool(told[year][120, 220]) for year in told] == [True, True, True, False, False]
    assert [bool(told[year][12, 12]) for year in told] == [True, True, True, True, False]
    assert not told[2017][200:].any()


def test_biomass_falls_where_forest_is_cleared_and_is_zero_on_water_only(land: Land) -> None:
    before, after = agb(land, 2017), agb(land, 2018)
    gone = before != after
    assert before.shape == pytest.approx((0.15 * 1125, 0.15 * 1125), abs=1.5)
    assert set(before[gone]) == {170} and set(after[gone]) == {8}
    assert gone.sum() == pytest.approx(40 * 40 / (4000 / 1125) ** 2, rel=0.2)
    assert set(np.unique(after)) == {0, 8, 170}
    assert (agb_sd(land, 2018) == np.select([after == 0, after == 8], [0, 6], 46)).all()


def test_canopy_is_rough_in_woods_low_on_farms_and_absent_on_water(land: Land) -> None:
    metres = heights(land)
    wood, farm, water = metres[:240], metres[600:1200], metres[1200:]
    assert 15 < wood.min() < wood.max() < 40 and wood.std() > 2
    assert set(np.unique(farm)) == {1, 2, 3} and set(np.unique(water)) == {0}
    assert (height_sd(metres) >= 2).all() and height_sd(metres).max() < 255


def test_land_cover_has_no_vote_of_its_own_and_sees_the_clearing_of_2021_in_2021_only(land: Land) -> None:
    before, after = land_cover(land, 2020)[1::3, 1::3], land_cover(land, 2021)[1::3, 1::3]
    assert set(np.unique(before)) == {10, 40, 80}
    assert (before[120, 120], before[120, 220], after[120, 220], after[50, 50]) == (40, 10, 40, 10)
    sites = countryside()
    paint_sites(sites)
    trees = land_cover(sites, 2020)[1::3, 1::3] == 10
    votes = (sites.gfc == 1) | ((sites.tmf == 1) & (sites.lossyear == 0) & (sites.deforested == 0))
    assert not (trees & ~votes & (sites.tmf != 1)).any()
    assert trees[sites.gfc == 1].all()


def test_intactness_is_a_share_and_higher_in_forest(land: Land) -> None:
    share = intactness(land, 2020)
    assert share.dtype == np.float32 and 0 < share.min() < share.max() < 1
    assert share[5, 5] > share[80, 5]


def test_most_loss_is_of_farming() -> None:
    classes, counts = np.unique(drivers(), return_counts=True)
    assert set(classes) == {1, 3, 4}
    assert counts[0] > 0.6 * counts.sum()


def test_months_add_up_to_years_of_a_moist_climate() -> None:
    assert 1000 < sum(RAIN_MM) < sum(PET_MM) and sum(AET_MM) < sum(RAIN_MM)
    for year, share in ((2024, 0.86), (2025, 1.04)):
        total = sum(rain_mm(year, month, 20).mean() for month in range(1, 13))
        assert total == pytest.approx(share * sum(RAIN_MM), rel=0.001)
        for month in range(1, 13):
            told = dict(climate_mm(year, month))
            assert (told["aet"] < told["pet"]).all() and told["ppt"].shape == (24, 24)


def test_two_basins_share_the_region_without_gap(tmp_path: Path) -> None:
    write_basins(tmp_path)
    layer = Polygons(tmp_path).layer("aqueduct40")
    assert layer is not None
    region = shapely.box(longitude(0), latitude(ROWS), longitude(COLS), latitude(0))
    found = layer.overlaps(np.array([region], dtype=object))
    assert found.feature.tolist() == [0, 1]
    west, east = outlines()
    assert region.intersection(west).area + region.intersection(east).area == pytest.approx(region.area)
    assert min(found.area_m2) > 0.2 * sum(found.area_m2)
    assert list(layer.column("pfaf_id")) == [basin["pfaf_id"] for basin in BASINS]


@pytest.mark.parametrize("basin", BASINS)
def test_scores_of_basins_follow_from_their_raw_values(basin: dict[str, float]) -> None:
    """Methods 4.1: ((ln r - ln 0.1) / ln 2) + 1, and its whole part as category."""
    assert basin["bws_score"] == pytest.approx((np.log(basin["bws_raw"]) - np.log(0.1)) / np.log(2) + 1, abs=1e-4)
    assert basin["bws_cat"] == np.floor(basin["bws_score"])
