"""From a chunk to outcomes: values by hand on a painted landscape, points, second choices, years, flags, company and bytes."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely

from contracts.v1.results.biodiversity import Biodiversity
from shared.geo.areas import geodesic_area_ha
from shared.outcome import Window
from shared.stat import values_text
from tests.services.biodiversity.scene import CELLS, Scene, block

PLOT = block(170, 170, 20, 20)
MIDDLE = shapely.centroid(PLOT)


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_half_ten_and_half_thirty_metres(scene: Scene) -> None:
    found = scene.paint("eth_chm.Map", 0, 0, CELLS, 180, 10).paint("eth_chm.Map", 0, 180, CELLS, 180, 30).result(PLOT)
    assert found.rao_q == pytest.approx(10.0, rel=1e-6)
    assert found.rao_q_norm == pytest.approx(2 / 3, rel=1e-6)
    assert (found.canopy_height_p50, found.canopy_height_p95, found.canopy_source) == (10.0, 30.0, "eth_chm")
    assert found.canopy_height_mean == pytest.approx(20.0)
    assert (found.canopy_height_sd, found.canopy_height_cv) == pytest.approx((10.0, 0.5))
    assert (found.canopy_height_se, found.rao_q_sd) == pytest.approx((4.0, 4.0 * (2 / 3) ** 0.5))
    # Of the 20 columns two on each side of the line have a window over it: of 5 columns 2 (or 1) are of the other height.
    assert found.rao_q_mw == pytest.approx(2 * (2 * 0.4 * 0.6 * 20 + 2 * 0.2 * 0.8 * 20) / 20)


def test_the_score_and_its_components_stand_side_by_side(scene: Scene) -> None:
    found = scene.paint("eth_chm.Map", 0, 0, CELLS, 180, 10).result(PLOT)
    assert found.connectivity == 1.0, "natural all round"
    assert found.score_components == pytest.approx({"rao_q_norm": 0.5, "connectivity": 1.0, "bii": 0.75})
    assert (found.score_component_count, found.diversity_score) == (3, pytest.approx(75.0))
    assert found.diversity_uncertainty_sd == pytest.approx(100 * 2 / 20 * 4 * ((2 / 3) ** 0.5 + 0.25) / 3)


def test_a_landscape_half_natural(scene: Scene) -> None:
    """Everything west of the middle of the plot is converted: one patch of half the landscape."""
    found = scene.paint("sbtn_natural.classification", 0, 0, CELLS, 180, 12).result(PLOT)
    assert found.habitat_pct == pytest.approx(50.0, abs=0.5)
    assert found.connectivity == pytest.approx(0.5, abs=0.005)
    assert found.landscape_area_ha is not None and found.effective_mesh_ha is not None and found.division is not None
    assert found.landscape_area_ha == pytest.approx(np.pi * 100 + 4 * 18.5 + 3.4, rel=2e-3), "four sides of 185 m, 1 km deep"
    assert found.effective_mesh_ha == pytest.approx((1 - found.division) * found.landscape_area_ha)
    # The edge runs through the whole window: 2,000 m and the plot's own 184 m.
    assert found.edge_density_m_ha == pytest.approx(2184 / found.landscape_area_ha, rel=0.01)
    assert found.connectance_pct is None
    assert (found.habitat_source, found.landscape_neighbours, found.landscape_cell_m) == ("sbtn_natural", 8, 10.0)


def test_land_cover_of_the_landscape(scene: Scene) -> None:
    found = scene.paint("worldcover.map", 0, 0, CELLS, 180, 40).result(PLOT)
    assert found.shannon_lc == pytest.approx(np.log(2), abs=1e-4)
    assert found.shannon_lc_evenness == pytest.approx(1.0, abs=1e-4)
    assert found.msa_lu == pytest.approx((0.7 + 0.3) / 2, abs=1e-6), "half natural trees, half crops on ground that SBTN calls natural"
    assert found.land_cover_year == 2021


def test_eight_pixels_give_no_diversity_but_heights(scene: Scene) -> None:
    (small,) = scene.outcomes(block(170, 170, 4, 2))
    assert isinstance(small.values, Biodiversity)
    assert small.values.canopy_height_mean == 20.0
    assert (small.values.rao_q, small.values.rao_q_mw, small.values.rao_q_norm, small.values.diversity_uncertainty_sd) == (None,) * 4
    assert "too_few_pixels" in small.reasons
    assert small.values.score_component_count == 2
    assert scene.result(block(170, 170, 3, 3)).rao_q == 0.0, "nine are enough"


def test_mostly_unknown_heights_are_null(scene: Scene) -> None:
    (outcome,) = scene.paint("eth_chm.Map", 0, 0, CELLS, 181, 255).outcomes(PLOT)
    assert isinstance(outcome.values, Biodiversity)
    assert (outcome.values.canopy_height_mean, outcome.values.rao_q) == (None, None)
    assert outcome.values.valid_fraction == pytest.approx(0.45)
    assert "canopy_mostly_unknown" in outcome.reasons


def test_a_point_with_an_area_is_its_disc(scene: Scene) -> None:
    found = scene.result(MIDDLE, area_ha=2.0)
    assert (found.plot_area_ha, "point_buffer" in found.flags) == (2.0, True)
    assert found.canopy_pixels == pytest.approx(20_000 / 85.48, rel=1e-3)
    assert found.rao_q == 0.0


def test_a_point_without_an_area_is_the_pixel_under_it_and_its_landscape(scene: Scene) -> None:
    scene.without = ("meta_chm", "worldcover_2020", "bii_nhm", "kba")
    scene.sites = {"wdpa": [(block(160, 160, 40, 40), {"IUCN_CAT": "II", "STATUS": "Designated", "DESIG_ENG": "Park"})]}
    (outcome,) = scene.outcomes(MIDDLE)
    found = outcome.values
    assert isinstance(found, Biodiversity)
    assert (found.plot_area_ha, found.canopy_height_mean, found.rao_q, found.bii_mean, found.connectivity) == (0.0, 20.0, None, 0.75, 1.0)
    assert found.landscape_area_ha == pytest.approx(np.pi * 100, rel=2e-3)
    assert (found.wdpa_overlap_ha, found.wdpa_distance_m, found.wdpa_strictest_category) == (None, 0.0, "II")
    assert "point_sample" in found.flags
    assert {"point_without_area", "too_few_pixels"} <= set(outcome.reasons)


def test_metas_heights_stand_in_and_say_so(scene: Scene) -> None:
    scene.without = ("eth_chm", "worldcover_2020", "bii_nhm", "wdpa", "kba")
    (outcome,) = scene.outcomes(PLOT)
    found = outcome.values
    assert isinstance(found, Biodiversity)
    assert (found.canopy_source, found.canopy_height_mean, found.rao_q_mw, found.canopy_height_se) == ("meta_chm", 24.0, None, None)
    assert {"layer_not_configured:eth_chm", "no_moving_window:meta_chm", "no_height_errors"} <= set(outcome.reasons)
    assert "canopy_of_1m_pixels" in found.flags
    assert found.layer_states["meta_chm"] == "available"


def test_a_second_choice_is_asked_only_where_the_first_is_silent(scene: Scene) -> None:
    scene.without = ("worldcover_2020", "wdpa", "kba")
    scene.extent = {"eth_chm": 180, "bii_io": 180}
    west, east = block(150, 150, 10, 10), block(150, 200, 10, 10)
    known, silent = (outcome.values for outcome in scene.outcomes(west, east))
    assert isinstance(known, Biodiversity) and isinstance(silent, Biodiversity)
    assert (known.canopy_source, known.bii_source, known.bii_mean, known.bii_year) == ("eth_chm", "bii_io", 0.75, 2020)
    assert "meta_chm" not in known.layer_states and "bii_nhm" not in known.layer_states
    assert (silent.canopy_source, silent.bii_source, silent.bii_mean, silent.bii_year) == ("meta_chm", "bii_nhm", 0.5, None)
    assert (silent.layer_states["eth_chm"], silent.layer_states["meta_chm"]) == ("not_covered", "available")


def test_habitat_by_worldcover_where_sbtn_is_not_there(scene: Scene) -> None:
    scene.without = (*scene.without, "sbtn_natural")
    found = scene.paint("worldcover.map", 0, 0, CELLS, 180, 40).result(PLOT)
    assert found.habitat_source == "worldcover"
    assert "planted_not_removed" in found.flags
    assert found.habitat_pct == pytest.approx(50.0, abs=0.5)
    assert found.msa_lu == pytest.approx((0.5 + 0.1) / 2, abs=1e-6)


@pytest.mark.parametrize(("end", "without", "year"), [(2025, (), 2021), (2021, (), 2021), (2020, (), 2020), (2025, ("worldcover",), 2020)])
def test_the_year_of_land_cover(scene: Scene, end: int, without: tuple[str, ...], year: int) -> None:
    scene.without = ("meta_chm", "bii_nhm", "wdpa", "kba", *without)
    found = scene.result(PLOT, window=Window(date(2018, 1, 1), date(end, 12, 31)))
    assert found.land_cover_year == year
    assert ("worldcover" in found.layer_states, "worldcover_2020" in found.layer_states) == (year == 2021, year == 2020)


def test_sites_at_a_plot(scene: Scene) -> None:
    scene.without = ("meta_chm", "worldcover_2020", "bii_nhm")
    half = block(150, 180, 60, 60)
    rows = [(half, {"IUCN_CAT": "IV", "STATUS": "Designated", "DESIG_ENG": "Park"})]
    scene.sites = {"wdpa": rows * 2, "kba": [(block(170, 200, 20, 20), {})]}
    found = scene.result(PLOT)
    assert found.wdpa_overlap_ha == pytest.approx(geodesic_area_ha(np.array([shapely.intersection(PLOT, half)]))[0])
    assert found.wdpa_overlap_pct == pytest.approx(50.0, rel=1e-4)
    assert (found.wdpa_strictest_category, found.wdpa_distance_m) == ("IV", 0.0)
    assert (found.kba_overlap_ha, found.kba_overlap_pct) == (None, None), "the plot lies beyond what the file holds"


CASES: list[tuple[str, Callable[[Scene], Scene], str | None, bool]] = [
    ("annual_crop", lambda scene: scene, "maize", True),
    ("annual_crop", lambda scene: scene, "cocoa", False),
    ("annual_crop", lambda scene: scene.paint("worldcover.map", 0, 0, CELLS, CELLS, 40), None, True),
    ("annual_crop", lambda scene: scene.paint("worldcover.map", 0, 0, CELLS, CELLS, 40), "cocoa", False),
    ("canopy_saturated", lambda scene: scene.paint("eth_chm.Map", 170, 170, 20, 3, 32), None, True),
    ("canopy_saturated", lambda scene: scene.paint("eth_chm.Map", 170, 170, 20, 1, 32), None, False),
    ("clear_cut_edge", lambda scene: scene.paint("eth_chm.Map", 170, 170, 20, 5, 1), None, True),
    ("clear_cut_edge", lambda scene: scene.paint("eth_chm.Map", 170, 170, 20, 5, 8), None, False),
    ("partial_cover:eth_chm", lambda scene: scene.paint("eth_chm.Map", 170, 170, 20, 2, 255), None, True),
    ("landscape_partly_unknown", lambda scene: scene.paint("sbtn_natural.classification", 0, 0, CELLS, 150, 0), None, True),
]


@pytest.mark.parametrize(("flag", "painted", "crop", "holds"), CASES)
def test_flags(scene: Scene, flag: str, painted: Callable[[Scene], Scene], crop: str | None, holds: bool) -> None:
    assert (flag in painted(scene).result(PLOT, crop=crop).flags) == holds


def test_the_outcome_of_a_plot_depends_on_no_other(scene: Scene) -> None:
    rng = np.random.default_rng(5)
    for name in ("eth_chm.Map", "worldcover.map", "sbtn_natural.classification"):
        values = {"eth_chm.Map": np.arange(36), "worldcover.map": [10, 20, 40, 80]}.get(name, [2, 3, 12, 14])
        scene.bands[name][:] = rng.choice(values, scene.bands[name].shape)
    scene.extent = {"eth_chm": 200}
    plots = [block(150 + 3 * row, 140 + 17 * row, 7.3, 6.1) for row in range(6)] + [shapely.Point(10.02, 0.48)]
    together = scene.outcomes(*plots)
    backwards = scene.outcomes(*plots[::-1])[::-1]
    for plot, one, other in zip(plots, together, backwards, strict=True):
        (alone,) = scene.outcomes(plot)
        assert alone.values is not None and one.values is not None and other.values is not None
        assert values_text(alone.values) == values_text(one.values) == values_text(other.values)
        assert alone.reasons == one.reasons


def test_the_same_plots_give_the_same_bytes_twice(tmp_path: Path) -> None:
    def text(folder: Path) -> list[str]:
        folder.mkdir()
        painted = Scene(folder).paint("sbtn_natural.classification", 30, 60, 150, 90, 14).paint("eth_chm.Map", 100, 100, 75, 77, 3)
        return [values_text(one.values) for one in painted.outcomes(PLOT, block(100, 60, 30, 45)) if one.values is not None]

    assert text(tmp_path / "first") == text(tmp_path / "second")
