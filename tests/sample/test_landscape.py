"""The land: its areas are exact and its stories are where the truth says."""

import numpy as np
import pytest

from sample.landscape import COLS, FOREST, ROWS, block_area_ha, countryside, latitude, longitude
from sample.sites import FIRST_CELL, SITE_CELLS, SITES, corner, paint_sites
from sample.views import TMF_CELL_DEG, annual_change, gfc2020_band, tmf_bands, tmf_window


@pytest.mark.parametrize(("degree", "cell_m2"), [(0, 769.317), (5, 766.467)])
def test_cells_have_the_published_area(degree: int, cell_m2: float) -> None:
    row = round((latitude(0) - degree) * 4000)
    assert latitude(row) == degree
    assert block_area_ha(row, 0, 1, 1) * 10_000 == pytest.approx(cell_m2, abs=0.002)


def test_a_block_is_the_sum_of_its_cells() -> None:
    assert block_area_ha(30, 7, 4, 5) == pytest.approx(5 * sum(block_area_ha(30 + row, 0, 1, 1) for row in range(4)), rel=1e-12)


def test_the_border_of_the_tiles_runs_through_the_region_and_two_sites() -> None:
    assert longitude(280) == 0.0
    astride = [number for number in range(len(SITES)) if corner(number)[1] < 280 < corner(number)[1] + SITE_CELLS]
    assert [SITES[number].story.split(" on both")[0] for number in astride] == ["cleared in 2023", "plot of two parts"]


def test_sites_lie_inside_and_do_not_overlap() -> None:
    used = np.zeros((ROWS, COLS), int)
    for number in range(len(SITES)):
        row, col = corner(number)
        assert min(row, col) >= FIRST_CELL
        used[row : row + SITE_CELLS, col : col + SITE_CELLS] += 1
    assert used.max() == 1
    assert used.sum() == len(SITES) * SITE_CELLS**2


def test_the_countryside_has_some_of_everything() -> None:
    land = countryside()
    years = set(np.unique(land.lossyear)) - {0}
    assert years == set(range(12, 26))
    assert 0.3 < land.gfc.mean() < 0.7
    assert 0.005 < land.water.mean() < 0.02
    early = (land.lossyear > 0) & (land.lossyear <= 20)
    assert not land.gfc[early].any()
    assert np.array_equal(land.deforested, np.where(land.lossyear > 0, land.lossyear + 2000, 0))


def test_nine_cells_of_the_forest_map_make_one_of_hansen() -> None:
    land = countryside()
    assert np.array_equal(gfc2020_band(land).reshape(ROWS, 3, COLS, 3).sum(axis=(1, 3)), 9 * land.gfc)


def test_tmf_after_the_cutoff_stays_inside_the_clearing_and_before_it_reaches_over() -> None:
    land = countryside()
    land.paint(0, 0, ROWS, COLS, FOREST)
    land.paint(100, 100, 10, 10, {"deforested": 2023})
    land.paint(200, 100, 10, 10, {"deforested": 2018})
    north, west, _, _ = tmf_window()
    seen = tmf_bands(land)["DeforestationYear"]
    assert set(np.unique(seen)) == {0, 2018, 2023}
    for year, first, inside in ((2023, 100, True), (2018, 200, False)):
        rows, cols = np.nonzero(seen == year)
        box = (north - rows.min(), north - rows.max() - 1, west + cols.min(), west + cols.max() + 1)
        top, bottom, left, right = (line * TMF_CELL_DEG for line in box)
        edges = (latitude(first) - top, bottom - latitude(first + 10), left - longitude(100), longitude(110) - right)
        assert all((edge >= 0) == inside and abs(edge) < TMF_CELL_DEG for edge in edges)


def test_annual_change_follows_the_events() -> None:
    def classes(tmf: int, deforested: int = 0, degraded: int = 0, recleared: int = 0) -> list[int]:
        cells = [np.array([value], np.uint16) for value in (tmf, deforested, degraded, recleared)]
        return [int(annual_change(year, *cells)[0]) for year in (2020, 2022, 2023, 2025)]

    assert classes(1) == [1, 1, 1, 1]
    assert classes(1, deforested=2023) == [1, 1, 3, 3]
    assert classes(1, deforested=2018) == [3, 3, 3, 3]
    assert classes(1, degraded=2022) == [1, 2, 2, 2]
    assert classes(1, degraded=2022, deforested=2023) == [1, 2, 3, 3]
    assert classes(4, deforested=2012, recleared=2023) == [4, 4, 3, 3]
    assert classes(6) == [6, 6, 6, 6]


def test_subtypes_name_plantations_and_recent_clearings() -> None:
    land = countryside()
    paint_sites(land)
    subtypes = tmf_bands(land)["TransitionMap_Subtypes"]
    assert set(np.unique(subtypes)) == {10, 21, 31, 41, 51, 71, 81, 91}
