"""Landscapes of known forest on disk, cleared in a known year and shape: the result is the truth, and what changes is what should."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from rasterio.warp import transform_bounds

from contracts.v1.results.luc_emissions import LucEmissions
from services.biomass.deployment import chosen
from services.biomass.worker import compute
from shared.outcome import Plots, Terms, Window
from shared.stat import values_text
from tests.services.biomass.scene import CELL_HA, PLOT, TERMS, Scene, block, near, plots

CO2 = 44 / 12
R = 0.532
"""Rainforest of Africa over 125 t/ha."""


def committed(agb: float, cells: int, soil: float = 60.0) -> float:
    """t CO2e of cells of forest under maize."""
    lost = agb * (0.47 * (1 + R + 0.06) + 0.01 * 0.37) - 4.7
    return cells * CELL_HA * ((lost + soil * 0.17) * CO2 + soil * 0.17 / 15 * 0.01 * 44 / 28 * 273)


def test_a_clearing_inside_the_plot(tmp_path: Path) -> None:
    found = Scene(tmp_path).lost(32, 32, 10, 10, 2018).result(PLOT)
    assert found.conversion_ha == near(100 * CELL_HA)
    assert found.luc_total_tco2e == near(committed(200, 100))
    assert found.luc_tco2eyear == near(committed(200, 100) * (39 - 2 * 6) / 400)
    assert found.luc_tco2ehayear is not None and found.luc_tco2eyear is not None
    assert found.luc_tco2ehayear == near(found.luc_tco2eyear / found.plot_area_ha)
    assert (found.agb_before_tha, found.agb_sd_tha) == (near(200), near(40))
    assert (found.luc_method, found.luc_basis, found.ef_source) == ("dLUC", "polygon", "cci_agb.AGB_2010")
    assert (found.climate_zone, found.climate_source, found.crop_kind) == ("tropical_rainforest", "ecozone", "annual")
    assert found.pools_included == ("agb", "bgb", "dw", "litter", "soc", "peat")
    assert found.fire_tco2e is None and (found.peat_tco2e, found.removals_tco2eyear) == (0.0, 0.0)
    assert found.uncertainty_lo_tco2e is not None and found.uncertainty_hi_tco2e is not None
    assert 0 < found.uncertainty_lo_tco2e < found.luc_total_tco2e < found.uncertainty_hi_tco2e  # type: ignore[operator]  # not None: above
    assert found.flags == ()


def test_only_the_part_inside_counts_and_by_its_share(tmp_path: Path) -> None:
    scene = Scene(tmp_path).lost(0, 0, 80, 80, 2018)
    assert scene.result(block(30.5, 30.25, 4, 3)).conversion_ha == near(12 * CELL_HA)


@pytest.mark.parametrize(
    ("year", "agb", "source"),
    [(2001, 210, "whrc_agb2000.agb"), (2007, 210, "whrc_agb2000.agb"), (2008, 190, "cci_agb.AGB_2007"), (2010, 190, "cci_agb.AGB_2007"),
     (2011, 200, "cci_agb.AGB_2010"), (2022, 200, "cci_agb.AGB_2010"), (2023, 180, "cci_agb.AGB_2022")],
)  # fmt: skip
def test_the_stock_is_that_of_the_year_before(tmp_path: Path, year: int, agb: float, source: str) -> None:
    found = Scene(tmp_path).lost(32, 32, 10, 10, year).result(PLOT)
    assert (found.agb_before_tha, found.ef_source) == (near(agb), source)
    assert found.conversion_ha_by_year is not None and found.conversion_ha_by_year[year - 2001] == near(100 * CELL_HA)
    assert found.committed_tco2e_by_year is not None and found.committed_tco2e_by_year[24] is None


def test_the_series_of_biomass(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    series = scene.result(PLOT).annual_agb_tco2eha
    assert series is not None and len(series) == 16
    told = {2007 + at: value for at, value in enumerate(series) if value is not None}
    assert told == {year: near(agb * 0.47 * CO2) for year, agb in ((2007, 190), (2010, 200), (2022, 180))}
    scene.bands["cci_agb.AGB_2010"][:] = 0
    series = scene.result(PLOT).annual_agb_tco2eha
    assert series is not None and series[3] is None, "0 everywhere says none or unknown"


def test_a_plot_without_loss_is_zero_and_knows_it(tmp_path: Path) -> None:
    found = Scene(tmp_path, without=("soilgrids_ocs", "peatgrids")).lost(0, 0, 10, 10, 2018).result(PLOT)
    assert (found.luc_tco2eyear, found.luc_total_tco2e, found.soc_tco2e, found.peat_tco2e, found.fire_tco2e) == (0.0,) * 5
    assert found.layer_states["soilgrids_ocs"] == "not_configured" and found.ef_source is None


STATES = ("not_configured", "not_covered", "failed")


def without(folder: Path, layer: str, state: str) -> Scene:
    kind = {"not_configured": "without", "not_covered": "away", "failed": "unreadable"}[state]
    settings: dict[str, Any] = {kind: (layer,)}
    return Scene(folder, **settings).lost(32, 32, 10, 10, 2018)


@pytest.mark.parametrize("state", STATES)
def test_without_loss_years_nothing_is_known_and_nothing_is_zero(tmp_path: Path, state: str) -> None:
    (outcome,) = without(tmp_path, "hansen_gfc", state).outcomes(PLOT, give_up=True)
    assert isinstance(outcome.values, LucEmissions)
    told = outcome.values.model_dump()
    assert [name for name in told if name.endswith(("tco2e", "tco2eyear")) and told[name] is not None] == ["gfw_gross_emissions_tco2e"]
    assert (told["conversion_ha"], told["luc_tco2ehayear"], told["committed_tco2e_by_year"]) == (None, None, None)
    assert told["layer_states"]["hansen_gfc"] == state and f"layer_{state}:hansen_gfc" in outcome.reasons


@pytest.mark.parametrize("state", STATES[:2])
@pytest.mark.parametrize(
    ("layer", "column", "reason"), [("soilgrids_ocs", "soc_tco2e", "soil_not_known"), ("peatgrids", "peat_tco2e", "peat_not_known")]
)
def test_a_pool_without_its_layer_is_null_and_in_no_sum(tmp_path: Path, layer: str, column: str, reason: str, state: str) -> None:
    (outcome,) = without(tmp_path, layer, state).outcomes(PLOT, give_up=True)
    assert isinstance(outcome.values, LucEmissions)
    assert getattr(outcome.values, column) is None and reason in outcome.reasons and f"layer_{state}:{layer}" in outcome.reasons
    assert column.removesuffix("_tco2e") not in outcome.values.pools_included
    expected = committed(200, 100, 0.0 if layer == "soilgrids_ocs" else 60.0)
    assert outcome.values.luc_total_tco2e == near(expected)
    assert outcome.values.layer_states[layer] == state


@pytest.mark.parametrize("layer", ["soilgrids_ocs", "peatgrids", "drivers_1km", "cci_agb", "fao_gez"])
def test_a_layer_that_failed_leaves_emissions_unknown(tmp_path: Path, layer: str) -> None:
    (outcome,) = without(tmp_path, layer, "failed").outcomes(PLOT, give_up=True)
    assert isinstance(outcome.values, LucEmissions)
    assert outcome.values.luc_tco2eyear is None and outcome.values.luc_total_tco2e is None
    assert outcome.values.layer_states[layer] == "failed" and f"layer_failed:{layer}" in outcome.reasons


def test_errors_of_maps_and_the_cross_check_may_fail(tmp_path: Path) -> None:
    scene = Scene(tmp_path, unreadable=("cci_agb.AGB_SD_2010", "gfw_flux")).lost(32, 32, 10, 10, 2018)
    found = scene.result(PLOT, give_up=True)
    assert found.luc_total_tco2e == near(committed(200, 100))
    assert (found.agb_sd_tha, found.uncertainty_hi_tco2e, found.gfw_gross_emissions_tco2e) == (None, None, None)


@pytest.mark.parametrize("state", STATES[:2])
def test_without_maps_of_biomass_the_table_of_the_zone_stands_in(tmp_path: Path, state: str) -> None:
    kind = "without" if state == "not_configured" else "away"
    scene = Scene(tmp_path, **{kind: ("cci_agb", "whrc_agb2000")}).lost(32, 32, 10, 10, 2018)  # type: ignore[arg-type]  # either keyword
    found = scene.result(PLOT)
    assert (found.agb_before_tha, found.ef_source) == (near(404.2), "ipcc_2019_tier1")
    assert found.annual_agb_tco2eha is None and found.uncertainty_hi_tco2e is None


def test_without_maps_and_zone_the_stock_is_null_with_the_reason(tmp_path: Path) -> None:
    scene = Scene(tmp_path, without=("cci_agb", "whrc_agb2000", "fao_gez")).lost(32, 32, 10, 10, 2018)
    (outcome,) = scene.outcomes(PLOT, terms=replace(TERMS, country=None))
    assert isinstance(outcome.values, LucEmissions)
    assert (outcome.values.luc_tco2eyear, outcome.values.agb_tco2e) == (None, None)
    assert "stock_not_known" in outcome.reasons and outcome.values.conversion_ha == near(100 * CELL_HA)


def test_no_layer_at_all(tmp_path: Path) -> None:
    (outcome,) = Scene(tmp_path, without=tuple({name.partition(".")[0] for name in Scene(tmp_path).bands})).outcomes(PLOT)
    assert (outcome.state, outcome.values) == ("not_covered", None)
    assert "layer_not_configured:hansen_gfc" in outcome.reasons


def test_the_window_moves_the_reporting_year_and_nothing_else(tmp_path: Path) -> None:
    scene = Scene(tmp_path).lost(32, 32, 10, 10, 2018)
    until_2024, until_2022 = (
        scene.result(PLOT, terms=replace(TERMS, window=Window(date(2020, 1, 1), date(year, 6, 30)))) for year in (2024, 2022)
    )
    earlier_start = scene.result(PLOT, terms=replace(TERMS, window=Window(date(2001, 1, 1), date(2024, 12, 31))))
    assert changed(until_2024, earlier_start) == set()
    moved = {
        "luc_tco2eyear",
        "luc_tco2ehayear",
        "luc_no_crop_carbon_tco2eyear",
        "co2_tco2eyear",
        "n2o_tco2eyear",
        "reporting_year",
        "first_loss_year",
    }
    assert changed(until_2024, until_2022) == moved | {"committed_tco2e_by_year", "conversion_ha_by_year"}
    assert until_2022.luc_tco2eyear == near(committed(200, 100) * (39 - 2 * 4) / 400)


def test_the_allocation_changes_the_yearly_amounts_and_nothing_else(tmp_path: Path) -> None:
    scene = Scene(tmp_path).lost(32, 32, 10, 10, 2018)
    one, other = scene.result(PLOT), scene.result(PLOT, allocation="equal")
    yearly = {"luc_tco2eyear", "luc_tco2ehayear", "luc_no_crop_carbon_tco2eyear", "co2_tco2eyear", "n2o_tco2eyear"}
    assert changed(one, other) == yearly | {"allocation"}
    assert other.luc_tco2eyear == near(committed(200, 100) / 20)


def test_no_observation_after_the_loss_layer_ends(tmp_path: Path) -> None:
    scene = Scene(tmp_path, observed_to=2020).lost(32, 32, 10, 10, 2018)
    found = scene.result(PLOT)
    assert found.reporting_year == 2020 and "not_observed_after" in found.flags
    assert found.conversion_ha_by_year is not None and len(found.conversion_ha_by_year) == 20


def changed(one: LucEmissions, other: LucEmissions) -> set[str]:
    return {name for name in type(one).model_fields if getattr(one, name) != getattr(other, name)}


def test_equal_bytes_twice_and_in_any_company(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    scene = Scene(tmp_path, more={"worldclim.bio_12": 1500.0})
    scene.bands["hansen_gfc.lossyear"][:] = rng.integers(0, 25, (80, 80)) * (rng.random((80, 80)) < 0.2)
    scene.bands["hansen_gfc.treecover2000"][:] = rng.integers(0, 100, (80, 80))
    scene.bands["cci_agb.AGB_2010"][:] = rng.integers(0, 300, (20, 20))
    for name, columns in (("fao_gez.zone", 1), ("soilgrids_ocs.mean", 5), ("gfw_flux.emissions_px", 30)):
        scene.bands[name] = scene.bands[name][:, :columns]  # the layer ends in the midst of the plots
    scene.bands["soilgrids_ocs.mean"][2:4] = -32768
    scene.bands["fao_gez.zone"][1:] = 13  # other factors in the south
    shapes = [block(*at, *size) for at, size in zip(rng.uniform(0, 60, (12, 2)), rng.uniform(0.4, 18, (12, 2)), strict=True)]
    shapes += [shapely.box(110.0, 0.1, 110.002, 0.102), block(-60, -60, 100, 100)]  # beyond the landscape, and half beyond it
    together = scene.outcomes(*shapes)
    assert [text(one) for one in together] == [text(one) for one in scene.outcomes(*shapes)]
    close = scene.outcomes(*shapes[:12])
    assert [text(one) for one in close] == [text(one) for one in together[:12]], "bands are held where plots lie close together"
    alone = [compute(plots(shape), TERMS, scene.rasters(), False, chosen({}, None))[0] for shape in shapes]
    assert [text(one) for one in together] == [text(one) for one in alone]
    assert [(one.state, one.reasons) for one in together] == [(one.state, one.reasons) for one in alone]
    assert {one.state for one in together} == {"ok", "not_covered"}


def text(outcome: Any) -> str:
    return "" if outcome.values is None else values_text(outcome.values)


def test_a_layer_that_fails_at_one_plot_hurts_no_other(tmp_path: Path) -> None:
    scene = Scene(tmp_path, unreadable=("soilgrids_ocs",)).lost(32, 32, 4, 4, 2018)
    struck, spared = scene.outcomes(PLOT, block(60, 60, 10, 10), give_up=True)
    assert isinstance(struck.values, LucEmissions) and isinstance(spared.values, LucEmissions)
    assert (struck.values.luc_tco2eyear, struck.values.conversion_ha) == (None, near(16 * CELL_HA))
    assert spared.values.luc_tco2eyear == 0.0


def test_points_become_discs(tmp_path: Path) -> None:
    scene = Scene(tmp_path).lost(0, 0, 80, 80, 2018)
    point = shapely.Point(20.01, 0.49)
    found, declared = scene.result(point), scene.result(point, area_ha=2.0)
    assert (found.luc_basis, found.conversion_ha, declared.conversion_ha) == ("point_buffer", near(4.0), near(2.0))
    assert "point_buffer" in found.flags


TABLE = """
version = "7"
[[countries]]
country = "CD"
forest_before_ha = 300.0
forest_now_ha = 200.0
carbon_loss_tc_ha = 100.0
citation = "made up for a test"
[[crops]]
country = "CD"
crop = "maize"
area_before_ha = 50.0
area_now_ha = 100.0
citation = "made up for a test"
"""
FACTOR = 50 * 100 * CO2 / 20 / 100


def test_statistical_emissions_where_the_location_is_of_no_use(tmp_path: Path) -> None:
    (tmp_path / "table.toml").write_text(TABLE, encoding="utf-8")
    deployed = chosen({}, tmp_path / "table.toml")
    pole = Plots(np.array([7]), np.array([shapely.Point(0, 89.9999)], dtype=object), np.array([3.0]), np.array([True]))
    (outcome,) = compute(pole, TERMS, Scene(tmp_path).rasters(), False, deployed)
    assert isinstance(outcome.values, LucEmissions) and outcome.reasons == ("location_not_usable",)
    assert (outcome.values.luc_method, outcome.values.luc_basis) == ("sLUC", "country")
    assert outcome.values.luc_tco2ehayear == pytest.approx(FACTOR) and outcome.values.luc_tco2eyear == pytest.approx(3 * FACTOR)
    assert outcome.values.luc_total_tco2e is None
    (none,) = compute(pole, replace(TERMS, crop_type="rubber"), Scene(tmp_path).rasters(), False, deployed)
    assert (none.state, none.values) == ("failed", None)


def test_statistical_emissions_where_hansen_has_nothing_but_never_beside_what_it_tells(tmp_path: Path) -> None:
    (tmp_path / "table.toml").write_text(TABLE, encoding="utf-8")
    deployed = chosen({}, tmp_path / "table.toml")
    (away,) = compute(plots(PLOT), TERMS, without(tmp_path, "hansen_gfc", "not_covered").rasters(), False, deployed)
    assert isinstance(away.values, LucEmissions) and away.values.luc_method == "sLUC"
    (there,) = compute(plots(PLOT), TERMS, Scene(tmp_path).rasters(), False, deployed)
    assert isinstance(there.values, LucEmissions) and (there.values.luc_method, there.values.luc_tco2eyear) == ("dLUC", 0.0)


def test_a_region_within_the_mask_of_its_crop(tmp_path: Path) -> None:
    scene = Scene(tmp_path, more={"crop_mask.cocoa": 0.0}).lost(30, 30, 10, 10, 2018)
    scene.bands["crop_mask.cocoa"][30:40, 30:35] = 1
    scene.bands["crop_mask.cocoa"][0:10, 0:10] = 1
    region, terms = block(0, 0, 60, 60), replace(TERMS, crop_type="cocoa")
    found = scene.result(region, terms=terms, region_min_ha=100.0)
    assert (found.luc_method, found.luc_basis) == ("jdLUC", "region")
    assert (found.conversion_ha, found.crop_area_ha) == (near(50 * CELL_HA), near(150 * CELL_HA))
    assert found.luc_tco2ehayear == near(found.luc_tco2eyear / found.crop_area_ha)  # type: ignore[operator]  # not None: known
    plain = scene.result(region, terms=terms)
    assert (plain.luc_method, plain.conversion_ha, plain.crop_area_ha) == ("dLUC", near(100 * CELL_HA), None)
    unmasked = scene.result(region, region_min_ha=100.0)
    assert unmasked.luc_method == "dLUC" and "region_without_crop_mask" in unmasked.flags


def test_the_difference_of_maps_over_a_region(tmp_path: Path) -> None:
    scene, region = Scene(tmp_path), block(0, 0, 60, 60)
    found = scene.result(region, region_min_ha=100.0, allocation="equal")
    tc_per_t = 0.47 * (1 + R + 0.06) + 0.01 * 0.37
    expected = found.plot_area_ha * 20 * tc_per_t * CO2 / 20  # 200 to 180 t/ha between 2010 and 2022
    assert found.stock_change_tco2eyear == near(expected)
    assert found.stock_change_sd_tco2eyear == near(expected / 20 * np.hypot(40, 36))
    assert (found.luc_approach, found.luc_tco2eyear) == ("loss_x_stock", 0.0)
    by_change = scene.result(region, region_min_ha=100.0, allocation="equal", approach="stock_change")
    assert (by_change.luc_approach, by_change.luc_tco2eyear) == ("stock_change", near(expected))
    assert scene.result(PLOT, approach="stock_change").stock_change_tco2eyear is None


def test_soil_in_the_projection_that_it_is_published_in(tmp_path: Path) -> None:
    scene = Scene(tmp_path).lost(32, 32, 10, 10, 2018)
    igh = "+proj=igh +lon_0=0 +datum=WGS84 +units=m +no_defs"
    west, south, east, north = transform_bounds("EPSG:4326", igh, 19.99, 0.45, 20.05, 0.51)
    path = tmp_path / "soil.tif"
    profile = {"driver": "GTiff", "count": 1, "dtype": "int16", "nodata": -32768, "crs": igh, "width": 40, "height": 40}
    with rasterio.open(path, "w", transform=from_origin(west, north, (east - west) / 40, (north - south) / 40), **profile) as file:
        file.write(np.full((40, 40), 60, dtype="int16"), 1)
    from shared.rasters.reader import Rasters

    files = {name: tmp_path / f"{name}.tif" for name in scene.bands}
    scene.rasters()
    rasters = Rasters(overrides=files | {"soilgrids_ocs.mean": path}, override_years={"hansen_gfc.lossyear": 2025})
    (outcome,) = compute(plots(PLOT), TERMS, rasters, False, chosen({}, None))
    assert isinstance(outcome.values, LucEmissions) and outcome.values.luc_total_tco2e == near(committed(200, 100))


def test_gross_emissions_are_summed_by_the_share_of_each_pixel(tmp_path: Path) -> None:
    assert Scene(tmp_path).result(block(30.5, 30.25, 4, 3)).gfw_gross_emissions_tco2e == pytest.approx(12 * 25)


def test_peat_under_oil_palm(tmp_path: Path) -> None:
    scene = Scene(tmp_path, more={"peatgrids.thickness": 250.0}).lost(32, 32, 10, 10, 2018)
    found = scene.result(PLOT, terms=replace(TERMS, crop_type="oil palm"))
    assert found.peat_tco2e == near(100 * CELL_HA * 45.2) and found.soc_tco2e == 0.0 and found.peat_drained_ha == near(100 * CELL_HA)
    assert found.luc_tco2eyear is not None and found.luc_total_tco2e is not None
    assert found.luc_tco2eyear == near(found.luc_total_tco2e * 27 / 400 + 100 * CELL_HA * 45.2)


def test_wildfire_stands_apart(tmp_path: Path) -> None:
    found = Scene(tmp_path, more={"drivers_1km.class": 5}).lost(32, 32, 10, 10, 2018).result(PLOT)
    assert (found.luc_total_tco2e, found.conversion_ha, found.fire_loss_ha) == (0.0, 0.0, near(100 * CELL_HA))
    assert "losses_apart" in found.flags and found.apart_tco2e is not None and found.apart_tco2e > 0


def test_years_before_the_loss_layer(tmp_path: Path) -> None:
    terms = Terms(Window(date(1999, 1, 1), date(2000, 12, 31)), crop_type="maize")
    found = Scene(tmp_path).lost(32, 32, 10, 10, 2018).result(PLOT, terms=terms)
    assert found.luc_tco2eyear is None and found.annual_agb_tco2eha is not None
    early = Scene(tmp_path).result(PLOT, terms=replace(terms, window=Window(date(2001, 1, 1), date(2010, 12, 31))))
    assert "look_back_incomplete" in early.flags and early.luc_tco2eyear == 0.0


def test_emissions_beside_biomass_come_with_the_plot(tmp_path: Path) -> None:
    urea = {"type": "urea", "application_rate": {"value": 100, "unit": "kg/ha"}}
    terms = replace(TERMS, non_biomass=True, input_payload={"cft_payload": {"fertilisers": [urea]}})
    scene = Scene(tmp_path, more={"worldclim.bio_12": 1500.0}).lost(32, 32, 10, 10, 2018)
    (outcome,) = scene.outcomes(PLOT, terms=terms)
    assert isinstance(outcome.values, LucEmissions) and outcome.values.cft is not None
    assert (outcome.values.cft.climate, outcome.values.cft.climate_source) == ("wet", "layer")
    assert outcome.values.cft.non_biomass_kgco2e_urea == near(outcome.values.plot_area_ha * 100 * 0.2 * CO2)
    assert '"non_biomass_kgco2e_urea":' in text(outcome)
    without_it = scene.result(PLOT)
    assert without_it.cft is None and changed(without_it, outcome.values) == {"cft"}


def test_emissions_beside_biomass_need_no_layer(tmp_path: Path) -> None:
    terms = replace(TERMS, non_biomass=True, input_payload={"cft_payload": {"land_management": {"climate": "dry"}}})
    bare = Scene(tmp_path, without=tuple({name.partition(".")[0] for name in Scene(tmp_path).bands}))
    found = bare.result(PLOT, terms=terms)
    assert found.cft is not None and found.cft.climate_source == "stated" and found.luc_tco2eyear is None
