"""Whisp's answers on drawn landscapes: shares by exact coverage, risks by crop, and null where a layer is missing."""

from pathlib import Path

import pytest

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from services.deforestation.worker import compute
from shared.outcome import Terms
from tests.services.deforestation.scene import PLOT, TERMS, YEARS, Scene, block, plots


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def judged(scene: Scene, crop: str | int | None = None, geometry: object = PLOT) -> EudrDeforestation:
    """The values of a plot under a crop."""
    (outcome,) = compute(plots(geometry), Terms(YEARS, crop_type=crop), scene.rasters())  # type: ignore[arg-type]
    assert isinstance(outcome.values, EudrDeforestation), outcome
    return outcome.values


def test_untouched_forest_needs_more_information(scene: Scene) -> None:
    found = judged(scene, "cocoa")
    assert (found.ind_01, found.ind_04, found.ind_08) == ("yes", "no", "no")
    assert (found.whisp_tree, found.whisp_version) == ("pcrop", "3.0.0a22")
    assert (found.whisp_risk, found.whisp_risk_acrop) == ("more_info_needed", "more_info_needed")


def test_loss_on_more_than_a_tenth_is_a_disturbance_and_a_tenth_is_not(scene: Scene) -> None:
    scene.paint(30, 30, 2, 20, lossyear=22)  # 40 of the 400 cells of the plot
    assert judged(scene).ind_04 == "no"
    scene.paint(32, 30, 1, 1, lossyear=23)
    found = judged(scene, "cocoa")
    assert found.ind_04 == "yes"
    assert found.whisp_risk == "high"


def test_disturbance_before_lowers_the_risk_of_perennial_crops_only(scene: Scene) -> None:
    scene.paint(30, 30, 11, 20, lossyear=10).paint(41, 30, 9, 20, lossyear=22)
    found = judged(scene, "coffee")
    assert (found.ind_03, found.ind_04) == ("yes", "yes")
    assert found.whisp_risk_pcrop == "low"
    assert found.whisp_risk_acrop == "high"


def test_land_without_trees_in_2020_is_low_for_crops(scene: Scene) -> None:
    scene.paint(0, 0, 80, 80, map=0, tmf2020=6)
    found = judged(scene, "soy")
    assert (found.ind_01, found.whisp_tree, found.whisp_risk) == ("no", "acrop", "low")


def test_a_missing_forest_map_leaves_the_risk_open_and_never_low(tmp_path: Path) -> None:
    scene = Scene(tmp_path, without=("jrc_gfc2020", "jrc_tmf"))
    found = judged(scene, "cocoa")
    assert found.ind_01 is None
    assert found.whisp_risk_pcrop is None


def test_the_crop_picks_the_tree_and_odd_ones_are_remarked(scene: Scene) -> None:
    assert judged(scene, "wood").whisp_tree == "timber"
    assert judged(scene, 6).whisp_tree == "acrop"
    assert "tree_not_published" in judged(scene, "cattle").flags
    unknown = judged(scene, "unobtainium")
    assert (unknown.whisp_tree, unknown.whisp_risk) == (None, None)
    assert "crop_unknown" in unknown.flags


def test_company_changes_no_answer(scene: Scene) -> None:
    scene.paint(30, 30, 5, 20, lossyear=22)
    company = [PLOT, block(5, 5, 10, 10), block(60, 60, 7, 9)]
    together = compute(plots(*company), TERMS, scene.rasters())
    alone = [compute(plots(geometry), TERMS, scene.rasters())[0] for geometry in company]
    assert [outcome.values for outcome in together] == [outcome.values for outcome in alone]
