"""The forest of 2020: votes, the 0.5 ha rule, disputed forest and plantations, on landscapes with a known truth."""

import pytest

from tests.services.deforestation.scene import CELL_HA, PLOT, Scene, near


def test_wood_of_half_a_hectare_is_no_forest_and_a_larger_one_is(scene: Scene) -> None:
    scene.paint(0, 0, 80, 80, map=0, tmf2020=6)
    scene.paint(35, 35, 2, 3, map=1, lossyear=23)
    assert scene.result(PLOT).forest_2020_ha == 0, "6 cells are 0.46 ha"
    scene.paint(37, 38, 1, 1, map=1, lossyear=23)  # touches by a corner
    found = scene.result(PLOT)
    assert found.forest_2020_ha == near(7 * CELL_HA), "7 cells are 0.54 ha"
    assert found.alert_class == "critical"


def test_forest_beyond_the_plot_belongs_to_the_patch(scene: Scene) -> None:
    """The 0.5 ha rule is about the forest, not about the part of it inside the plot: a strip of 40 cells leads away."""
    scene.paint(0, 0, 80, 80, map=0, treecover2000=0, tmf2020=6).paint(49, 35, 30, 1, map=1).paint(49, 35, 1, 1, lossyear=24)
    found = scene.result(PLOT)
    assert found.forest_2020_ha == near(CELL_HA)
    assert found.alert_class == "non_critical"


def test_size_of_a_patch_is_measured_far_beyond_the_plot_also_where_nothing_was_lost(scene: Scene) -> None:
    scene.paint(0, 0, 80, 80, map=0, tmf2020=6).paint(49, 35, 30, 1, map=1)
    assert scene.result(PLOT).forest_2020_ha == near(CELL_HA)


def test_forest_cut_off_by_missing_data_is_kept(scene: Scene) -> None:
    scene.extent = {"jrc_gfc2020": 50}
    scene.paint(0, 0, 80, 80, map=0, treecover2000=0, tmf2020=6).paint(40, 48, 2, 2, map=1, lossyear=23)
    assert scene.result(PLOT).noncompliance_area_ha == near(4 * CELL_HA)


def test_loss_on_forest_that_only_votes_claim_is_inconclusive(scene: Scene) -> None:
    found = scene.paint(30, 30, 20, 20, map=0, tmf2020=2).paint(35, 35, 8, 8, lossyear=23).result(PLOT)
    assert (found.alert_class, found.loss_on_disputed_ha) == ("inconclusive", near(64 * CELL_HA))
    assert "loss_on_disputed" in found.flags
    other = scene.paint(30, 30, 20, 20, map=1).paint(35, 35, 8, 4, map=0).result(PLOT)
    assert other.alert_class == "critical", "the loss on undisputed forest decides"


def test_disputed_loss_over_half_of_the_plot_is_never_clear(scene: Scene) -> None:
    found = scene.paint(30, 30, 20, 20, map=0, tmf2020=2, lossyear=23).result(PLOT)
    assert found.overlap == near(1.0)
    assert found.verdict == "not assessed"


def test_one_vote_makes_no_forest_but_undisturbed_does(scene: Scene) -> None:
    assert scene.paint(30, 30, 20, 20, map=0, tmf2020=6).result(PLOT).forest_2020_ha == 0
    assert scene.paint(30, 30, 20, 20, tmf2020=1).result(PLOT).forest_2020_ha == near(400 * CELL_HA)


@pytest.mark.parametrize("abstains", [{"gain": 1}, {"lossyear": 15}, {"datamask": 2}])
def test_hansen_abstains_on_gain_on_earlier_loss_and_off_land(scene: Scene, abstains: dict[str, int]) -> None:
    assert scene.paint(30, 30, 20, 20, map=0, tmf2020=2, **abstains).result(PLOT).forest_2020_ha == 0


def test_old_plantation_is_left_out_but_its_felling_is_not_cleared(scene: Scene) -> None:
    scene.paint(30, 30, 20, 20, TransitionMap_Subtypes=81, tmf2020=6)
    found = scene.result(PLOT)
    assert (found.forest_2020_ha, found.excluded_commodity_ha, found.alert_class) == (0.0, near(400 * CELL_HA), "none")
    felled = scene.paint(35, 35, 8, 8, lossyear=23).result(PLOT)
    assert (felled.alert_class, felled.loss_on_excluded_ha) == ("inconclusive", near(64 * CELL_HA))


@pytest.mark.parametrize(
    ("why", "paint"),
    [
        ("never on undisturbed forest", {"TransitionMap_Subtypes": 81}),
        ("86 came after the cut-off", {"TransitionMap_Subtypes": 86, "tmf2020": 6}),
        ("85 without a date may have come after it", {"TransitionMap_Subtypes": 85, "tmf2020": 6}),
        ("85 dated 2021 did", {"TransitionMap_Subtypes": 85, "tmf2020": 6, "DeforestationYear": 2021}),
    ],
)
def test_what_may_be_forest_is_not_left_out_as_plantation(scene: Scene, why: str, paint: dict[str, int]) -> None:
    found = scene.paint(30, 30, 20, 20, **paint).result(PLOT)
    assert (found.excluded_commodity_ha, found.forest_2020_ha) == (0.0, near(400 * CELL_HA)), why


def test_plantation_on_half_of_the_plot_or_less_is_not_left_out(scene: Scene) -> None:
    found = scene.paint(30, 30, 20, 9, TransitionMap_Subtypes=82, tmf2020=6).result(PLOT)
    assert found.excluded_commodity_ha == 0
    assert scene.paint(30, 30, 20, 11, TransitionMap_Subtypes=82, tmf2020=6).result(PLOT).excluded_commodity_ha == near(220 * CELL_HA)


def test_one_vote_is_enough_where_gfc2020_is_silent(scene: Scene) -> None:
    """Up to a twentieth of a plot may lie off GFC2020: loss there must not vanish."""
    scene.extent = {"jrc_gfc2020": 49}
    scene.paint(0, 0, 80, 80, tmf2020=6).paint(30, 49, 20, 1, lossyear=23)
    found = scene.result(PLOT)
    assert (found.alert_class, found.baseline_source) == ("inconclusive", "jrc_gfc2020")
    assert found.loss_on_disputed_ha == near(20 * CELL_HA)


def test_felled_plantation_does_not_make_a_loss_patch_larger(scene: Scene) -> None:
    scene.paint(0, 0, 80, 80, tmf2020=6).paint(0, 45, 80, 35, map=0).paint(0, 0, 80, 45, TransitionMap_Subtypes=81)
    scene.paint(35, 44, 1, 2, lossyear=23)
    scene.gfc_10m = [(105, 135, 3, 1, 1)]
    found = scene.result(PLOT)
    assert (found.noncompliance_area_ha, found.loss_on_excluded_ha) == (near(CELL_HA / 3), near(CELL_HA))
    assert (found.alert_class, found.confidence) == ("non_critical", "low")
