"""Layers that are missing, fail or cover a part: no combination may call a plot clear that was not looked at."""

from itertools import product
from pathlib import Path

import pytest
import shapely

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from tests.services.deforestation.scene import Scene, block

PLOT = block(30, 30, 20, 20)
LAYERS = ("jrc_gfc2020", "hansen_gfc", "jrc_tmf")
STATES = ("available", "not_configured", "not_covered", "failed")


def scene_of(folder: Path, states: dict[str, str]) -> Scene:
    return Scene(
        folder,
        without=tuple(layer for layer, state in states.items() if state == "not_configured"),
        extent={layer: 5 for layer, state in states.items() if state == "not_covered"},
        unreadable=tuple(layer for layer, state in states.items() if state == "failed"),
    )


@pytest.mark.parametrize(
    "states", [dict(zip(LAYERS, states, strict=True)) for states in product(STATES, repeat=3)], ids=lambda s: "-".join(s.values())
)
def test_no_plot_is_clear_without_gfc2020_and_a_family_or_with_a_failed_layer(tmp_path: Path, states: dict[str, str]) -> None:
    (outcome,) = scene_of(tmp_path, states).outcomes(PLOT, give_up=True)
    may_be_clear = states["jrc_gfc2020"] == "available" and "available" in (states["hansen_gfc"], states["jrc_tmf"])
    if "available" not in states.values():
        assert (outcome.state, outcome.values) == ("failed" if "failed" in states.values() else "not_covered", None)
    else:
        assert isinstance(outcome.values, EudrDeforestation)
        assert {layer: outcome.values.layer_states[layer] for layer in LAYERS} == states
        assert (outcome.values.alert_class == "none") == (may_be_clear and "failed" not in states.values())
    assert {f"layer_{state}:{layer}" for layer, state in states.items() if state != "available"} <= set(outcome.reasons)


@pytest.mark.parametrize("state", STATES[1:])
def test_values_of_a_layer_that_is_not_there_are_null_and_not_zero(tmp_path: Path, state: str) -> None:
    found = scene_of(tmp_path, {"jrc_tmf": state}).result(PLOT, give_up=True)
    assert (found.loss_tmf_def_ha, found.loss_tmf_deg_ha, found.disturbance_ha, found.primary_2020_ha, found.excluded_commodity_ha) == (
        None,
    ) * 5
    found = scene_of(tmp_path, {"hansen_gfc": state}).result(PLOT, give_up=True)
    assert (found.hansen_loss_ha_by_year, found.loss_hansen_ha) == (None, None)


def test_loss_without_any_family_is_unknown(tmp_path: Path) -> None:
    found = Scene(tmp_path, without=("hansen_gfc", "jrc_tmf")).result(PLOT)
    assert (found.noncompliance_area_ha, found.noncompliance_lo_ha, found.noncompliance_hi_ha, found.overlap, found.annual_defor_ha) == (
        None,
    ) * 5
    assert (found.alert_class, found.confidence, found.families_available) == ("inconclusive", "low", 0)


def test_hansen_alone_gives_a_class_of_loss_but_never_a_verdict(tmp_path: Path) -> None:
    scene = Scene(tmp_path, without=("jrc_gfc2020", "jrc_tmf")).paint(35, 35, 8, 8, lossyear=23)
    (outcome,) = scene.outcomes(PLOT)
    found = outcome.values
    assert isinstance(found, EudrDeforestation)
    assert (found.alert_class, found.verdict, found.confidence) == ("critical_unconfirmed", "not assessed", "low")
    assert (found.baseline_source, found.analysis_grid, found.families_available) == ("hansen_gfc", "hansen_gfc", 1)
    assert "baseline_not_available" in outcome.reasons


def test_tmf_alone_stands_on_its_undisturbed_forest(tmp_path: Path) -> None:
    scene = Scene(tmp_path, without=("jrc_gfc2020", "hansen_gfc")).paint(35, 35, 8, 8, tmf2023=3, DeforestationYear=2023)
    found = scene.result(PLOT)
    assert (found.alert_class, found.baseline_source, found.confidence) == ("critical_unconfirmed", "jrc_tmf", "low")


def test_loss_that_one_family_saw_stays_critical_when_another_failed(tmp_path: Path) -> None:
    scene = Scene(tmp_path, unreadable=("jrc_tmf",)).paint(35, 35, 8, 8, lossyear=23)
    (outcome,) = scene.outcomes(PLOT, give_up=True)
    assert isinstance(outcome.values, EudrDeforestation)
    assert outcome.values.alert_class == "critical"
    assert "layer_failed:jrc_tmf" in outcome.reasons


@pytest.mark.parametrize("band", ["hansen_gfc.gain", "hansen_gfc.datamask", "jrc_tmf.TransitionMap_Subtypes", "jrc_tmf.AnnualChange_2022"])
def test_one_failed_band_fails_its_layer(tmp_path: Path, band: str) -> None:
    found = Scene(tmp_path, unreadable=(band,)).result(PLOT, give_up=True)
    assert found.layer_states[band.split(".", maxsplit=1)[0]] == "failed"
    assert found.alert_class == "inconclusive"


def test_layer_that_lacks_a_needed_band_names_it(tmp_path: Path) -> None:
    (outcome,) = Scene(tmp_path, without=("hansen_gfc.treecover2000", "jrc_tmf")).outcomes(PLOT)
    assert isinstance(outcome.values, EudrDeforestation)
    assert outcome.values.layer_states["hansen_gfc"] == "not_configured"
    assert {"layer_not_configured:hansen_gfc", "band_not_configured:hansen_gfc.treecover2000"} <= set(outcome.reasons)
    assert not any(reason.startswith("band_not_configured:jrc_tmf") for reason in outcome.reasons), "a layer with no band is named alone"


def test_plot_without_values_names_the_band_that_its_only_layer_lacks(tmp_path: Path) -> None:
    (outcome,) = Scene(tmp_path, without=("jrc_gfc2020", "jrc_tmf", "hansen_gfc.treecover2000")).outcomes(PLOT)
    assert (outcome.state, outcome.values) == ("not_covered", None)
    assert "band_not_configured:hansen_gfc.treecover2000" in outcome.reasons


@pytest.mark.parametrize("layer", LAYERS)
def test_neighbours_of_the_edge_of_a_layer_keep_their_own_states(tmp_path: Path, layer: str) -> None:
    """Read together, one plot lies on the layer and the other beside it."""
    scene = Scene(tmp_path, extent={layer: 30})
    inside, beside = block(30, 10, 5, 5), block(30, 33, 5, 5)
    together = scene.outcomes(inside, beside)
    alone = [*scene.outcomes(inside), *scene.outcomes(beside)]
    states = [outcome.values.layer_states[layer] for outcome in together if isinstance(outcome.values, EudrDeforestation)]
    assert states == ["available", "not_covered"]
    assert [outcome.values for outcome in together] == [outcome.values for outcome in alone]


def test_multipolygon_half_off_the_layers_is_not_clear(tmp_path: Path) -> None:
    parts = shapely.MultiPolygon([block(30, 30, 5, 5), block(30, 78, 5, 5)])
    found = Scene(tmp_path).result(parts)
    assert found.alert_class == "inconclusive"
