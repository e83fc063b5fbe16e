"""Layers and factors beside the usual ones, on written rasters: tonnes per hectare reckoned by hand from the tables of METHOD.md."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.services.biomass.scene import CELL_HA, PLOT, TERMS, Scene, near

FOREST_TCO2E_HA = 574.5065
"""200 t/ha of rainforest in Africa under maize: (0.47 * 200 * (1 + 0.532 + 0.06) + 0.01 * 0.37 * 200 - 4.7) * 44/12 = 534.1893, and of soil
60 * 0.17 * 44/12 = 37.4 of CO2 and 60 * 0.17 / 15 * 0.01 * 44/28 * 273 = 2.9172 of N2O."""


def amount(tonnes_ha: float, cells: int) -> object:
    """Tonnes of cells, by a figure of seven digits."""
    return pytest.approx(tonnes_ha * cells * CELL_HA, rel=1e-6)


def test_gedi_tells_the_stock_of_losses_after_2023(tmp_path: Path) -> None:
    """150 t/ha where it knows: (0.47 * 150 * 1.592 + 0.555 - 4.7) * 44/12 + 40.3172 = 436.6509; else 180 of the map of 2022: 519.3643."""
    scene = Scene(tmp_path, more={"gedi_l4d.agb": 150.0}).lost(32, 32, 10, 10, 2024)
    scene.bands["gedi_l4d.agb"][:, 37:] = -9999
    found = scene.result(PLOT)
    assert found.luc_total_tco2e == near(50 * CELL_HA * (436.650867 + 519.364267))
    assert (found.agb_before_tha, found.ef_source) == (near(165), "cci_agb.AGB_2022 + gedi_l4d.agb")
    assert found.layer_states["gedi_l4d"] == "available"


def test_gedi_tells_nothing_of_the_year_that_it_was_made_in(tmp_path: Path) -> None:
    found = Scene(tmp_path, more={"gedi_l4d.agb": 150.0}).lost(32, 32, 10, 10, 2023).result(PLOT)
    assert found.luc_total_tco2e == amount(519.364267, 100)
    assert found.ef_source == "cci_agb.AGB_2022" and "gedi_l4d" not in found.layer_states


def test_gedi_has_no_error_and_leaves_the_bounds_unknown(tmp_path: Path) -> None:
    (outcome,) = Scene(tmp_path, more={"gedi_l4d.agb": 150.0}).lost(32, 32, 10, 10, 2024).outcomes(PLOT)
    assert "stock_error_not_known" in outcome.reasons


def test_ratios_of_the_operator_go_before_the_table_where_there_are_any(tmp_path: Path) -> None:
    """0.3 where told: roots 200 * 0.47 * 0.3 * 44/12 = 103.4 t/ha, all 494.5439; 0 says nothing: 0.532 of the table."""
    scene = Scene(tmp_path, more={"root_shoot.ratio": 0.3}).lost(32, 32, 10, 10, 2018)
    told = scene.result(PLOT)
    assert told.bgb_tco2e == near(103.4 * 100 * CELL_HA) and told.luc_total_tco2e == amount(494.543867, 100)
    assert told.layer_states["root_shoot"] == "available"
    scene.bands["root_shoot.ratio"][:, 37:] = 0
    half = scene.result(PLOT)
    assert half.bgb_tco2e == near(50 * CELL_HA * (103.4 + 200 * 0.47 * 0.532 * 44 / 12))
    assert half.luc_total_tco2e == near(50 * CELL_HA * (494.543867 + FOREST_TCO2E_HA))


def test_mangroves_lost_after_2020(tmp_path: Path) -> None:
    """(0.45 * 200 * (1 + 0.49 + 0.123) + 0.008 * 0.37 * 200 - 4.7) * 44/12 + 40.3172 = 557.5445 t/ha; peat is not drained under them."""
    scene = Scene(tmp_path, more={"worldcover_2020.map": 10.0, "peatgrids.thickness": 250.0}).lost(32, 32, 10, 10, 2022)
    scene.bands["worldcover_2020.map"][:, :37] = 95
    scene.bands["peatgrids.thickness"][:] = 0
    found = scene.result(PLOT)
    assert found.luc_total_tco2e == near(50 * CELL_HA * (557.544533 + FOREST_TCO2E_HA))
    assert found.agb_tco2e == near(50 * CELL_HA * 200 * (0.45 + 0.47) * 44 / 12)
    assert found.layer_states["worldcover_2020"] == "available"
    scene.bands["peatgrids.thickness"][:] = 250
    wet = scene.result(PLOT)
    assert wet.peat_drained_ha == near(50 * CELL_HA), "of the other half only"
    assert wet.soc_tco2e == near(50 * CELL_HA * 37.4), "of the mangroves only"


def test_mangroves_lost_up_to_2020_are_forest(tmp_path: Path) -> None:
    found = Scene(tmp_path, more={"worldcover_2020.map": 95.0}).lost(32, 32, 10, 10, 2020).result(PLOT)
    assert found.luc_total_tco2e == amount(FOREST_TCO2E_HA, 100)


@pytest.mark.parametrize(
    ("zone", "above", "with_roots"),
    [(11, 27.980391, 41.919855), (31, 22.434035, None), (41, 25.953099, None)],
    ids=["tropical", "temperate", "boreal"],
)
def test_what_a_clearing_emits_if_it_burns(tmp_path: Path, zone: int, above: float, with_roots: float | None) -> None:
    """Tropics: 200 * (1 + 0.06 + 0.01 * 0.37/0.47) * 0.55 * (6.8 * 27 + 0.2 * 273) / 1000 t/ha, with 106.4 t of roots more.

    Elsewhere 200 * (1 + 0.08 + 0.04 * 0.37/0.47) * (4.7 * 27 + 0.26 * 273) / 1000, of which 0.51 burns, in boreal forest 0.59.
    """
    scene = Scene(tmp_path, more={"fao_gez.zone": float(zone)}).lost(32, 32, 10, 10, 2018)
    quiet, burnt = scene.result(PLOT), scene.result(PLOT, count_clearing_fires=True)
    assert (quiet.fire_tco2e, quiet.fire_if_burnt_tco2e) == (None, amount(above, 100))
    assert burnt.fire_tco2e == amount(above, 100) and "fire" in burnt.pools_included
    assert burnt.luc_total_tco2e is not None and quiet.luc_total_tco2e is not None
    assert burnt.luc_total_tco2e - quiet.luc_total_tco2e == amount(above, 100)
    if with_roots is not None:
        assert quiet.fire_if_burnt_with_roots_tco2e == amount(with_roots, 100)
        assert scene.result(PLOT, count_clearing_fires=True, fuel="wri").fire_tco2e == amount(with_roots, 100)


def test_peat_burns_with_its_clearing(tmp_path: Path) -> None:
    """264 of CO2 and 88 of CH4 a hectare beside the fire of the forest."""
    scene = Scene(tmp_path, more={"peatgrids.thickness": 250.0}).lost(32, 32, 10, 10, 2018)
    found = scene.result(PLOT, terms=replace(TERMS, crop_type="oil palm"), count_clearing_fires=True)
    assert found.fire_tco2e == amount(27.980391 + 264 + 88, 100)
