"""Layers that are missing, fail or cover nothing: what hangs on them is null with a reason, and the rest stands."""

from itertools import product
from pathlib import Path

import pytest

from contracts.v1.results.biodiversity import Biodiversity
from shared.errors import Unavailable
from tests.services.biodiversity.scene import USUAL, Scene, block

PLOT = block(170, 170, 20, 20)
LAYERS = ("eth_chm", "worldcover", "sbtn_natural", "bii_io")
STATES = ("available", "not_configured", "not_covered", "failed")
HANGS_ON = {
    "eth_chm": ("rao_q", "rao_q_mw", "rao_q_norm", "rao_q_sd", "canopy_height_mean", "canopy_height_p95", "canopy_height_se"),
    "worldcover": ("shannon_lc", "shannon_lc_evenness", "msa_lu", "land_cover_year"),
    "sbtn_natural": (),
    "bii_io": ("bii_mean", "bii_year"),
}


def scene_of(folder: Path, states: dict[str, str]) -> Scene:
    return Scene(
        folder,
        without=(*USUAL, *(layer for layer, state in states.items() if state == "not_configured")),
        extent={layer: 24 for layer, state in states.items() if state == "not_covered"},
        unreadable=tuple(layer for layer, state in states.items() if state == "failed"),
    )


@pytest.mark.parametrize(("layer", "state"), list(product(LAYERS, STATES[1:])))
def test_what_hangs_on_a_layer_is_null_with_its_reason(tmp_path: Path, layer: str, state: str) -> None:
    (outcome,) = scene_of(tmp_path, {layer: state}).outcomes(PLOT, give_up=True)
    found = outcome.values
    assert isinstance(found, Biodiversity)
    assert found.layer_states[layer] == state
    assert f"layer_{state}:{layer}" in outcome.reasons
    assert all(getattr(found, name) is None for name in HANGS_ON[layer])
    others = [name for other in LAYERS if other != layer for name in HANGS_ON[other] if name != "shannon_lc_evenness"]
    assert all(getattr(found, name) is not None for name in others), "evenness of one class is not defined"
    assert found.connectivity is not None, "one of the two maps tells habitat"
    assert found.score_component_count == (3 if layer in ("worldcover", "sbtn_natural") else 2)


def test_without_any_map_there_is_no_landscape(tmp_path: Path) -> None:
    (outcome,) = scene_of(tmp_path, {"worldcover": "not_configured", "sbtn_natural": "not_covered"}).outcomes(PLOT)
    assert isinstance(outcome.values, Biodiversity)
    assert (outcome.values.connectivity, outcome.values.habitat_pct, outcome.values.landscape_area_ha) == (None, None, None)
    assert "landscape_mostly_unknown" in outcome.reasons


WITHOUT_ALL = [("not_configured", "not_covered"), ("not_covered", "not_covered"), ("failed", "failed")]


@pytest.mark.parametrize(("state", "outcome_state"), WITHOUT_ALL)
def test_without_any_layer_there_are_no_values(tmp_path: Path, state: str, outcome_state: str) -> None:
    (outcome,) = scene_of(tmp_path, dict.fromkeys(LAYERS, state)).outcomes(PLOT, give_up=True)
    assert (outcome.state, outcome.values) == (outcome_state, None)
    assert {f"layer_{state}:{layer}" for layer in LAYERS} <= set(outcome.reasons)


@pytest.mark.parametrize("layer", [*LAYERS, "wdpa"])
def test_a_layer_that_does_not_read_now_is_tried_again(tmp_path: Path, layer: str) -> None:
    scene = scene_of(tmp_path, {layer: "failed"})
    scene.without = tuple(one for one in scene.without if one != layer)
    with pytest.raises(Unavailable):
        scene.outcomes(PLOT)


def test_a_failed_file_of_sites_is_failed_and_not_no_sites(tmp_path: Path) -> None:
    scene = Scene(tmp_path, without=("meta_chm", "worldcover_2020", "bii_nhm", "kba"), unreadable=("wdpa",))
    (outcome,) = scene.outcomes(PLOT, give_up=True)
    assert isinstance(outcome.values, Biodiversity)
    assert (outcome.values.layer_states["wdpa"], outcome.values.wdpa_overlap_ha) == ("failed", None)


def test_without_the_errors_of_heights_there_is_a_score_without_its_error(tmp_path: Path) -> None:
    (outcome,) = Scene(tmp_path, without=(*USUAL, "eth_chm.Map_SD")).outcomes(PLOT)
    assert isinstance(outcome.values, Biodiversity)
    assert outcome.values.diversity_score is not None
    assert (outcome.values.diversity_uncertainty_sd, outcome.values.rao_q_sd, outcome.values.canopy_height_se) == (None, None, None)
    assert "no_height_errors" in outcome.reasons


def test_neighbours_of_the_edge_of_a_layer_keep_their_own_states(tmp_path: Path) -> None:
    scene = Scene(tmp_path, extent={"eth_chm": 180})
    inside, beside = scene.outcomes(block(170, 160, 10, 10), block(170, 190, 10, 10))
    assert isinstance(inside.values, Biodiversity) and isinstance(beside.values, Biodiversity)
    assert (inside.values.layer_states["eth_chm"], beside.values.layer_states["eth_chm"]) == ("available", "not_covered")
