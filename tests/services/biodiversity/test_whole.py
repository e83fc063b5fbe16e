"""The landscape of several plots is that of their buffers together: against one plot drawn over all of them, and by hand."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from scipy import ndimage

from services.biodiversity import survey, whole, windows
from services.biodiversity.landscapes import Cover
from services.biodiversity.method import STRUCTURE_FIELDS
from services.biodiversity.neighbourhoods import neighbourhoods
from services.biodiversity.rules import Thresholds, rules
from services.biodiversity.whole import COMPOSITION_FIELDS, landscape_of_all
from shared.errors import Unavailable
from shared.outcome import Terms, Together
from shared.zonal.grid import Grid
from tests.services.biodiversity.scene import CELLS, STEP, WINDOW, Scene, block, plots_of

METRICS = (*STRUCTURE_FIELDS, *COMPOSITION_FIELDS, "landscape_area_ha", "landscape_valid_fraction")
ALIKE = 1e-9
"""Buffers that were dissolved have other vertices, some nanometres off, than one that was drawn at once."""
PLACES = (block(60, 60, 20, 30), block(90, 70, 12, 12), block(240, 220, 25, 15), shapely.Point(10.01, 0.485))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Forest and fields in patches of all sizes, and what SBTN calls natural in larger ones."""
    made, dice = Scene(tmp_path), np.random.default_rng(3)
    for name, size, sigma, value in (("worldcover.map", 1, 2.0, 40), ("sbtn_natural.classification", 3, 1.2, 15)):
        noise = ndimage.gaussian_filter(dice.random((CELLS // size,) * 2), sigma)
        made.bands[name][noise > np.quantile(noise, 0.55)] = value
    return made


@pytest.fixture(params=["sbtn_natural", "worldcover"])
def either(scene: Scene, request: pytest.FixtureRequest) -> Scene:
    """With habitat by one layer or the other."""
    if request.param == "worldcover":
        scene.without = (*scene.without, "sbtn_natural")
    return scene


def found(scene: Scene, *places: shapely.Geometry, give_up: bool = False, area_ha: float = np.nan) -> Together:
    return landscape_of_all(plots_of(*places, area_ha=area_ha), Terms(WINDOW), scene.rasters(), give_up)


def metrics(values: Any) -> dict[str, Any]:
    return {name: values[name] if isinstance(values, dict) else getattr(values, name) for name in METRICS}


def with_rules(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> Thresholds:
    held = replace(rules(), **changed)
    monkeypatch.setattr(whole, "rules", lambda: held)
    monkeypatch.setattr("services.biodiversity.worker.rules", lambda: held)
    return held


@pytest.mark.parametrize("place", [*PLACES, shapely.MultiPolygon([PLACES[0], PLACES[2]])])
def test_one_plot_together_is_that_plot(either: Scene, place: shapely.Geometry) -> None:
    alone, together = either.result(place), found(either, place)
    same = (*METRICS, "habitat_source", "land_cover_year", "landscape_buffer_m", "landscape_cell_m", "landscape_neighbours")
    assert {name: together.values[name] for name in same} == {name: getattr(alone, name) for name in same}
    assert together.values["landscape_flags"] == (["planted_not_removed"] if alone.habitat_source == "worldcover" else [])
    assert together.missing == {} and set(together.valid_share.values()) == {alone.landscape_valid_fraction}


@pytest.mark.parametrize("at", [(0, 1), (0, 2), (0, 1, 2)])
def test_plots_together_are_one_plot_drawn_over_all_of_them(either: Scene, at: tuple[int, ...]) -> None:
    """Landscapes that overlap, and such as lie a kilometre apart: gaps between their patches are links like all others."""
    places = [PLACES[number] for number in at]
    assert metrics(found(either, *places).values) == pytest.approx(metrics(either.result(shapely.MultiPolygon(places))), rel=ALIKE)


def test_two_halves_of_a_plot_are_the_plot(scene: Scene) -> None:
    assert metrics(found(scene, block(100, 100, 40, 30), block(100, 130, 40, 30)).values) == pytest.approx(
        metrics(scene.result(block(100, 100, 40, 60))), rel=ALIKE
    )


def test_a_plot_that_is_there_twice_changes_nothing_and_nor_does_the_order(scene: Scene) -> None:
    once = found(scene, *PLACES)
    assert found(scene, *PLACES, PLACES[1], PLACES[0]) == once
    assert metrics(found(scene, *reversed(PLACES)).values) == pytest.approx(metrics(once.values), rel=ALIKE)


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Thresholds:
    """Landscapes of 300 m and links of 200 m: two neighbourhoods have room in the scene."""
    return with_rules(monkeypatch, habitat_buffer_m=300.0, max_link_m=200.0, connectance_gap_m=150.0)


def test_landscapes_far_from_each_other_add_up(either: Scene, narrow: Thresholds) -> None:
    """By hand from what is found of each: areas, squares of areas and of ECA, pairs of patches."""
    one, two, both = (found(either, *places).values for places in ((PLACES[0],), (PLACES[2],), (PLACES[0], PLACES[2])))
    ha = one["landscape_area_ha"] + two["landscape_area_ha"]
    assert both["landscape_area_ha"] == pytest.approx(ha)
    for name in ("habitat_pct", "patch_density", "edge_density_m_ha", "core_pct", "effective_mesh_ha"):
        assert both[name] == pytest.approx(sum(each[name] * each["landscape_area_ha"] for each in (one, two)) / ha), name
    assert both["division"] == pytest.approx(1 - both["effective_mesh_ha"] / ha)
    assert both["eca_ha"] == pytest.approx(np.hypot(one["eca_ha"], two["eca_ha"]))
    assert both["connectivity"] == pytest.approx(both["eca_ha"] / ha)
    counts = [round(each["patch_density"] * each["landscape_area_ha"] / 100) for each in (one, two)]
    pairs = [count * (count - 1) / 2 for count in counts]
    joined = sum(each["connectance_pct"] * number for each, number in zip((one, two), pairs, strict=True))
    assert both["connectance_pct"] == pytest.approx(joined / (sum(counts) * (sum(counts) - 1) / 2))
    assert min(one["cohesion"], two["cohesion"]) <= both["cohesion"] + 1.0


@pytest.mark.parametrize("side", [50, 100])
def test_windows_change_nothing(either: Scene, monkeypatch: pytest.MonkeyPatch, side: int) -> None:
    before = found(either, *PLACES)
    monkeypatch.setattr(windows, "WINDOW_CELLS", side)
    assert found(either, *PLACES) == before


def test_more_patches_than_a_network_may_have_are_no_number(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    with_rules(monkeypatch, max_collection_patches=3)
    cut = found(scene, *PLACES)
    assert cut.missing == dict.fromkeys(("connectivity", "eca_ha", "connectance_pct"), "too_many_patches")
    assert all(cut.values[name] is not None for name in set(METRICS) - set(cut.missing))


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ({"max_collection_cells": 10_000}, "landscape_too_large"),
        ({"max_collection_runs": 100}, "landscape_too_large"),
        ({"max_collection_reach_m": 1000.0}, "landscape_too_wide"),
    ],
)
def test_what_is_too_large_is_nothing_and_says_so(scene: Scene, monkeypatch: pytest.MonkeyPatch, limit: dict[str, Any], code: str) -> None:
    with_rules(monkeypatch, **limit)
    refused = found(scene, *PLACES)
    assert all(refused.values[name] is None for name in METRICS)
    assert set(refused.missing.values()) == {code} and set(refused.missing) == {*STRUCTURE_FIELDS, *COMPOSITION_FIELDS}


def test_a_landscape_that_is_known_in_part_has_its_share_and_one_known_too_little_no_number(scene: Scene) -> None:
    scene.without, scene.extent = (*scene.without, "sbtn_natural"), {"worldcover": 150}
    known = found(scene, block(150, 100, 10, 10))
    assert 0.5 < known.valid_share["eca_ha"] < 0.95 and known.values["eca_ha"] is not None and known.missing == {}
    assert known.valid_share["shannon_lc"] == known.values["landscape_valid_fraction"] == known.valid_share["core_pct"]
    unknown = found(scene, block(150, 180, 10, 10))
    assert set(unknown.missing.values()) == {"landscape_mostly_unknown"} and unknown.values["habitat_source"] is None
    assert 0.0 < unknown.valid_share["eca_ha"] < 0.5


def test_worldcover_tells_habitat_where_sbtn_knows_too_little_of_the_whole(scene: Scene) -> None:
    scene.extent = {"sbtn_natural": 150}
    assert scene.result(PLACES[0]).habitat_source == "sbtn_natural"
    assert found(scene, PLACES[0]).values["habitat_source"] == "sbtn_natural"
    together = found(scene, PLACES[0], PLACES[2])
    assert (together.values["habitat_source"], together.values["landscape_flags"]) == ("worldcover", ["planted_not_removed"])


def test_a_layer_that_does_not_read_is_waited_for_and_then_named(scene: Scene) -> None:
    scene.unreadable = ("worldcover",)
    with pytest.raises(Unavailable):
        found(scene, *PLACES)
    given_up = found(scene, *PLACES, give_up=True)
    assert given_up.missing == dict.fromkeys(COMPOSITION_FIELDS, "layer_failed:worldcover")
    assert given_up.values["habitat_source"] == "sbtn_natural" and given_up.values["landscape_flags"] == ["layer_failed:worldcover"]
    scene.unreadable = ("worldcover", "sbtn_natural")
    nothing = found(scene, *PLACES, give_up=True)
    assert {name for name in METRICS if nothing.values[name] is not None} == set()
    assert set(nothing.missing.values()) == {"layer_failed:worldcover"}
    assert nothing.values["landscape_flags"] == ["layer_failed:sbtn_natural", "layer_failed:worldcover"]


def test_without_layers_the_reason_says_which(scene: Scene) -> None:
    scene.without = (*scene.without, "worldcover", "sbtn_natural")
    assert set(found(scene, *PLACES).missing.values()) == {"layer_not_configured:worldcover"}


def test_no_habitat_one_patch_and_one_class_are_said(tmp_path: Path) -> None:
    forest = found(Scene(tmp_path), *PLACES)
    assert forest.missing == {"connectance_pct": "single_patch", "shannon_lc_evenness": "single_class"}
    bare = Scene(tmp_path).paint("sbtn_natural.classification", 0, 0, CELLS, CELLS, 15)
    assert found(bare, *PLACES).missing == {
        "cohesion": "no_habitat",
        "connectance_pct": "no_habitat",
        "shannon_lc_evenness": "single_class",
    }


def test_plots_that_cannot_be_drawn_count_as_unknown(scene: Scene) -> None:
    """A declared area that no disc can have: as much as that plot is of all plots, nobody knows."""
    places = (PLACES[0], PLACES[2], PLACES[3])
    plots = plots_of(*places, area_ha=1e12)
    drawn = landscape_of_all(plots, Terms(WINDOW), scene.rasters())
    assert drawn.valid_share["eca_ha"] == pytest.approx(drawn.values["landscape_valid_fraction"] * 2 / 3)
    assert metrics(drawn.values) == metrics(found(scene, *places[:2]).values)
    none = landscape_of_all(plots.span(2), Terms(WINDOW), scene.rasters())
    assert set(none.missing.values()) == {"disc_area"}


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    sizes: list[int] = []
    before = survey.Survey._look

    def count(self: Any, ground: Any, *more: Any) -> Any:
        sizes.append(ground.inside.size)
        return before(self, ground, *more)

    monkeypatch.setattr(survey.Survey, "_look", count)
    return iter([sizes])


def test_no_more_ground_is_looked_at_than_holds_the_landscape(scene: Scene, narrow: Thresholds, looked_at: Iterator[list[int]]) -> None:
    """Of a plot with parts three kilometres apart the windows are those of the parts."""
    narrow_cells = next(looked_at)
    found(scene, shapely.MultiPolygon([block(40, 40, 10, 10), block(310, 310, 10, 10)]))
    assert len(narrow_cells) in {1, 2, 3, 4} and sum(narrow_cells) < CELLS**2


class Groves:
    """A band round the globe with a grove of 12 by 12 cells every 24 in cropland; nothing beside it."""

    cells = Grid(-180.0, 0.2, STEP, STEP, round(360 / STEP), round(0.4 / STEP))
    unit, dtype, nodata, scale, offset = (512, 512), np.dtype(np.uint8), None, 1.0, 0.0

    def read(self, top: int, left: int, out: np.ndarray) -> None:
        row, column = np.arange(top, top + out.shape[0]), np.arange(left, left + out.shape[1])
        out[:] = np.where((row[:, np.newaxis] // 12 % 2) * (column // 12 % 2), 10, 40)


def test_the_antimeridian_is_a_place_like_any_other() -> None:
    """Two plots on both sides of it, whose landscapes overlap, and the same a third of the globe further on."""
    here, there = ([shapely.Point((lon + shift + 180) % 360 - 180, 0.01) for shift in (-0.004, 0.003)] for lon in (180.0, 60.0))
    counted = []
    for places in (here, there):
        made = survey.Survey(rules(), by_sbtn=False)
        [members] = neighbourhoods(np.array(places, dtype=object), rules())
        made.add(np.array(places, dtype=object)[members], Cover(None, Groves()))
        counted.append(made)
    assert counted[0].cells.inside == pytest.approx(counted[1].cells.inside, rel=1e-4)
    found, expected = (made.structure() for made in counted)
    assert found is not None and expected is not None and found.patches > 10
    assert found.patches == expected.patches
    for name in (*STRUCTURE_FIELDS, "landscape_ha", "known_share"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-3), name
