"""Layers that are evidence when they are there: votes, plantations, driver and land cover; and every way in which they may be away."""

from pathlib import Path

import pytest

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from services.deforestation.extras import ROLES, sets_of
from services.deforestation.worker import LAYERS, layer_ids
from shared.errors import Unavailable
from shared.rasters.catalogue import catalogue, layer_of
from tests.services.deforestation.scene import CELL_HA, PLOT, Scene, block, near

BLOCK = (35, 35, 8, 8)
VALUES = {
    "radd.Alert": 3, "radd.DigitDate": 33400, "glad_s2.alert": 4, "dist_alert.VEG-DIST-STATUS": 6, "gfw_integrated.alert": 34000,
    "worldcover_2020.map": 10, "worldcover.map": 40, "palm_descals.planting_day": 15000, "jrc_gft2020.map": 10,
    "sbtn_natural.classification": 2,
}  # fmt: skip


def complete(scene: Scene, layer: str, value: int | None = None) -> Scene:
    """Configure one set of the layer's bands, silent unless a value is given."""
    for name in sets_of(layer)[0]:
        scene.lay(name, VALUES.get(name, 10 if "worldcover" in name else 0) if value is None else value)
    return scene


@pytest.mark.parametrize("layer", ROLES)
def test_every_optional_layer_is_in_the_catalogue_with_its_licence(layer: str) -> None:
    entry = catalogue()[layer]
    assert entry.licence and entry.attribution and entry.citation and entry.source_page
    assert layer in layer_ids()
    for bands in sets_of(layer):
        assert all(layer_of(layer).band(name.partition(".")[2]).values for name in bands)


@pytest.mark.parametrize("layer", ROLES)
@pytest.mark.parametrize("state", ["available", "not_covered", "failed", "not_configured"])
def test_state_of_an_optional_layer_is_told_and_what_fails_clears_nothing(tmp_path: Path, layer: str, state: str) -> None:
    """A plot without loss: only a layer beside the loss may fail and leave it clear."""
    names = sets_of(layer)[0]
    scene = Scene(tmp_path, extent=dict.fromkeys(names, 5) if state == "not_covered" else {})
    if state != "not_configured":
        for name in names:
            scene.lay(name, 10 if layer.startswith("worldcover") else 0)
    if state == "failed":
        scene.unreadable = (names[-1],)
        with pytest.raises(Unavailable):
            scene.outcomes(PLOT)
    if layer in ("sbtn_natural", "drivers_1km") and state == "available":
        scene.lay(names[0], 2)  # 0 is nodata there
    (outcome,) = scene.outcomes(PLOT, give_up=True)
    found = outcome.values
    assert isinstance(found, EudrDeforestation)
    assert found.layer_states[layer] == state
    assert (f"layer_{state}:{layer}" in outcome.reasons) == (state in ("not_covered", "failed"))
    hides_loss = state == "failed" and ROLES[layer] != "context"
    assert found.alert_class == ("inconclusive" if hides_loss else "none")


@pytest.mark.parametrize("layer", [layer for layer, role in ROLES.items() if role == "alert"])
@pytest.mark.parametrize("state", ["not_covered", "failed", "not_configured"])
def test_loss_of_an_alert_system_that_is_not_there_is_null_and_not_zero(tmp_path: Path, layer: str, state: str) -> None:
    names = sets_of(layer)[0]
    scene = Scene(tmp_path, extent=dict.fromkeys(names, 5) if state == "not_covered" else {})
    for name in names if state != "not_configured" else ():
        scene.lay(name)
    scene.unreadable = names if state == "failed" else ()
    found = scene.result(PLOT, give_up=True)
    field = {"glad_l": "glad", "glad_s2": "glad", "dist_alert": "dist", "dist_ann": "dist"}.get(layer, layer)
    assert getattr(found, f"loss_{field}_ha") is None


def test_date_without_its_confidence_says_nothing_and_is_named(scene: Scene) -> None:
    (outcome,) = scene.lay("glad_l.alertDate23", 100, *BLOCK).outcomes(PLOT)
    assert isinstance(outcome.values, EudrDeforestation)
    assert (outcome.values.layer_states["glad_l"], outcome.values.alert_class) == ("not_configured", "none")
    assert "band_not_configured:glad_l.alert23" in outcome.reasons


def test_loss_that_one_family_saw_stays_critical_when_an_alert_layer_failed(scene: Scene) -> None:
    scene.paint(*BLOCK, lossyear=23).lay("radd.DigitDate")
    scene.unreadable = ("radd.DigitDate",)
    assert scene.result(PLOT, give_up=True).alert_class == "critical"


def test_primary_forest_of_gft_is_forest_and_never_a_plantation(scene: Scene) -> None:
    """GFC2020 says no forest, one vote of two says forest, TMF's subtype says plantation: its loss is decisive all the same."""
    scene.paint(30, 30, 20, 20, map=0, tmf2020=6, TransitionMap_Subtypes=81).paint(*BLOCK, lossyear=23)
    assert scene.result(PLOT).alert_class == "inconclusive"
    found = scene.lay("jrc_gft2020.map", 10, 30, 30, 20, 20).result(PLOT)
    assert (found.alert_class, found.excluded_commodity_ha, found.loss_on_disputed_ha) == ("critical", 0.0, 0.0)
    assert (found.gft_primary_2020_ha, found.primary_2020_ha) == (near(400 * CELL_HA), 0.0)


@pytest.mark.parametrize("code", [1, 20])
def test_other_types_of_gft_change_no_baseline(scene: Scene, code: int) -> None:
    scene.paint(30, 30, 20, 20, map=0, treecover2000=0, tmf2020=6)
    assert scene.lay("jrc_gft2020.map", code).result(PLOT).forest_2020_ha == 0


@pytest.mark.parametrize(("code", "forest"), [(10, True), (95, True), (20, False), (40, False)])
def test_worldcover_votes_with_hansen_or_tmf(scene: Scene, code: int, forest: bool) -> None:
    """One vote makes no forest against GFC2020; trees or mangroves of WorldCover are the second."""
    scene.paint(30, 30, 20, 20, map=0, tmf2020=6).paint(*BLOCK, lossyear=23)
    assert scene.result(PLOT).alert_class == "none"
    found = scene.lay("worldcover_2020.map", code).result(PLOT)
    assert (found.alert_class, "loss_on_disputed" in found.flags) == (("inconclusive", True) if forest else ("none", False))
    assert found.baseline_agreement == near(2 / 3 if forest else 1 / 3) or not forest


def test_worldcover_alone_is_no_forest(scene: Scene) -> None:
    scene.paint(30, 30, 20, 20, map=0, treecover2000=0, tmf2020=6)
    assert scene.lay("worldcover_2020.map", 10).result(PLOT).forest_2020_ha == 0


def test_worldcover_counts_among_the_votes(scene: Scene) -> None:
    scene.paint(*BLOCK, lossyear=23)
    assert scene.result(PLOT).baseline_agreement == 1.0
    assert scene.lay("worldcover_2020.map", 40).result(PLOT).baseline_agreement == near(2 / 3)


@pytest.mark.parametrize("name", ["cocoa_eth.map", "rubber_rbge.map", "soy_song.map"])
def test_plantation_over_half_of_the_plot_is_left_out_and_its_felling_is_not_cleared(scene: Scene, name: str) -> None:
    scene.paint(30, 30, 20, 20, tmf2020=6).paint(*BLOCK, lossyear=23).lay(name, 1, 30, 30, 20, 11)
    found = scene.result(PLOT)
    assert found.excluded_commodity_ha == near(220 * CELL_HA)
    assert (found.loss_on_excluded_ha, found.noncompliance_area_ha) == (near(48 * CELL_HA), near(16 * CELL_HA))
    assert scene.lay(name, 0, 30, 40, 20, 1).result(PLOT).excluded_commodity_ha == 0, "half of the plot is not more than half"


def test_two_plantation_layers_that_agree_need_no_share_of_the_plot(scene: Scene) -> None:
    scene.paint(30, 30, 20, 20, tmf2020=6).lay("cocoa_eth.map", 1, 30, 30, 20, 5).lay("rubber_rbge.map", 1, 30, 30, 20, 3)
    assert scene.result(PLOT).excluded_commodity_ha == near(60 * CELL_HA)
    assert scene.lay("rubber_rbge.map", 0, 30, 30, 20, 3).result(PLOT).excluded_commodity_ha == 0


def test_plantation_is_never_excluded_on_undisturbed_forest(scene: Scene) -> None:
    found = scene.lay("cocoa_eth.map", 1).paint(*BLOCK, lossyear=23).result(PLOT)
    assert (found.excluded_commodity_ha, found.alert_class) == (0.0, "critical")


@pytest.mark.parametrize(("day", "excluded"), [(18627, True), (18628, False)])
def test_palms_count_by_their_planting_day(scene: Scene, day: int, excluded: bool) -> None:
    scene.paint(30, 30, 20, 20, tmf2020=6).paint(*BLOCK, lossyear=23).lay("palm_descals.planting_day", day)
    found = scene.result(PLOT)
    assert found.excluded_commodity_ha == (near(400 * CELL_HA) if excluded else 0.0)
    assert found.alert_class == ("inconclusive" if excluded else "critical")


def test_a_mask_of_a_later_year_excludes_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were a catalogue entry to say 2021, its plantations may stand where forest fell after the cut-off."""
    scene.paint(30, 30, 20, 20, tmf2020=6).lay("cocoa_eth.map", 1)
    assert scene.result(PLOT).excluded_commodity_ha == near(400 * CELL_HA)
    bands = layer_of("cocoa_eth").bands
    monkeypatch.setitem(bands, "map", bands["map"].model_copy(update={"last_year": 2021}))
    assert scene.result(PLOT).excluded_commodity_ha == 0


def test_ongoing_change_of_tmf_is_undecided(scene: Scene) -> None:
    found = scene.lay("jrc_tmf.TransitionMap_MainClasses", 50, *BLOCK).result(PLOT)
    assert (found.alert_class, found.flags) == ("inconclusive", ("recent_degradation",))
    scene.unreadable = ("jrc_tmf.TransitionMap_MainClasses",)
    assert scene.result(PLOT, give_up=True).layer_states["jrc_tmf"] == "failed"


@pytest.mark.parametrize("code", range(1, 8))
def test_driver_is_said_and_excuses_nothing(scene: Scene, code: int) -> None:
    without = scene.paint(*BLOCK, lossyear=23).result(PLOT)
    found = scene.lay("drivers_1km.class", code).result(PLOT)
    assert found.driver_class is not None
    assert ("possible_non_agricultural_driver" in found.flags) == (code in (4, 5, 7))
    assert (found.alert_class, found.confidence, found.noncompliance_area_ha) == (
        without.alert_class,
        without.confidence,
        without.noncompliance_area_ha,
    )


def test_driver_is_that_of_the_largest_share_of_the_loss(scene: Scene) -> None:
    scene.paint(*BLOCK, lossyear=23).lay("drivers_1km.class", 5).lay("drivers_1km.class", 1, 35, 35, 8, 5)
    assert scene.result(PLOT).driver_class == "permanent_agriculture"
    assert scene.result(block(60, 60, 4, 4)).driver_class is None, "no loss, no driver"


def test_land_cover_is_said_only_of_loss_that_the_map_came_after(scene: Scene) -> None:
    scene.lay("worldcover.map", 40).paint(*BLOCK, lossyear=21)
    found = scene.result(PLOT)
    assert (found.post_loss_landcover, found.alert_class) == ("cropland", "critical")
    assert scene.paint(*BLOCK, lossyear=22).result(PLOT).post_loss_landcover is None, "the map is of 2021"


def test_natural_land_is_measured_by_its_classes(scene: Scene) -> None:
    scene.lay("natural_forest.probability", 130, 30, 30, 20, 5).lay("natural_forest.probability", 129, 30, 35, 20, 5)
    lands = "sbtn_natural.classification"
    scene.lay(lands, 12).lay(lands, 2, 30, 30, 20, 3).lay(lands, 11, 30, 33, 20, 1)
    found = scene.result(PLOT)
    assert (found.natural_forest_2020_ha, found.natural_lands_2020_ha) == (near(100 * CELL_HA), near(80 * CELL_HA))


def test_an_optional_layer_that_shows_nothing_changes_no_number(tmp_path: Path) -> None:
    """Everything configured and silent, beside nothing configured: only states and what those layers say of themselves differ."""
    plain = Scene(tmp_path).paint(*BLOCK, lossyear=23, tmf2023=3).result(PLOT).model_dump()
    scene = Scene(tmp_path).paint(*BLOCK, lossyear=23, tmf2023=3)
    for layer in ROLES:
        if layer not in ("worldcover", "worldcover_2020", "sbtn_natural"):
            complete(scene, layer, 0)
    full = scene.result(PLOT).model_dump()
    changed = {name for name in plain if plain[name] != full[name]}
    assert changed == {
        "layer_states", "families_available", "agreement", "loss_radd_ha", "loss_glad_ha", "loss_dist_ha", "loss_gfw_integrated_ha",
        "gft_primary_2020_ha", "gft_regenerating_2020_ha", "gft_planted_2020_ha", "natural_forest_2020_ha",
    }  # fmt: skip


def test_layers_of_the_method_stand_in_the_run(scene: Scene) -> None:
    assert {name.partition(".")[0] for name in LAYERS} | set(ROLES) == set(layer_ids())
