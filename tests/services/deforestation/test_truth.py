"""A landscape that is known: plots with their story, judged in one chunk, and the truth counted by hand."""

from datetime import date
from typing import Any

import pytest

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from tests.services.deforestation.scene import CELL_HA, Scene, block, near
from tests.services.deforestation.test_alerts import digits

SIDE = 10
"""Plots of 10 x 10 cells, 16 apart, each with forest of its own: 100 cells inside and a ring of 2 round it."""
RADD = "radd.DigitDate"
Story = tuple[str, list[tuple[int, int, int, int, dict[str, int]]], list[tuple[str, int, int, int, int, int]], dict[str, Any]]
"""Name; blocks painted (row, column, height, width within the plot); optional bands laid (band, value, block); the truth, ha in cells."""
STORIES: list[Story] = [
    ("standing forest", [], [], {"alert_class": "none", "forest_2020_ha": 100, "noncompliance_area_ha": 0}),
    (
        "cleared in 2023 in the shape of an L",
        [(2, 2, 6, 2, {"lossyear": 23, "tmf2023": 3}), (6, 4, 2, 4, {"lossyear": 23, "tmf2023": 3})],
        [],
        {
            "alert_class": "critical",
            "noncompliance_area_ha": 20,
            "overlap": 0.2,
            "agreement": 2 / 3,
            "families_flagging": 2,
            "deforestation_start": date(2023, 1, 1),
            "deforestation_end": date(2023, 12, 31),
            "date_precision": "year",
        },
    ),
    (
        "cleared in 2018, no forest of 2020",
        [(2, 2, 6, 6, {"lossyear": 18, "map": 0, "tmf2020": 3})],
        [],
        {"alert_class": "none", "forest_2020_ha": 64, "noncompliance_area_ha": 0},
    ),
    ("alert before the cut-off", [], [(RADD, digits(3, date(2020, 12, 31)), 2, 2, 4, 4)], {"alert_class": "none", "loss_radd_ha": 0}),
    (
        "alert after the cut-off",
        [],
        [(RADD, digits(3, date(2021, 1, 1)), 2, 2, 4, 4)],
        {
            "alert_class": "critical",
            "noncompliance_area_ha": 16,
            "loss_radd_ha": 16,
            "deforestation_start": date(2021, 1, 1),
            "deforestation_end": date(2021, 1, 1),
            "date_precision": "day",
            "agreement": 1 / 3,
            "confidence": "medium",
        },
    ),
    (
        "felled plantation",
        [(-2, -2, 14, 14, {"tmf2020": 6, "TransitionMap_Subtypes": 81}), (2, 2, 5, 5, {"lossyear": 24})],
        [],
        {"alert_class": "inconclusive", "excluded_commodity_ha": 100, "loss_on_excluded_ha": 25, "noncompliance_area_ha": 0},
    ),
    (
        "wood just under half a hectare, cleared",
        [(-2, -2, 14, 14, {"map": 0, "tmf2020": 6}), (2, 2, 2, 3, {"map": 1, "lossyear": 23})],
        [],
        {"alert_class": "none", "forest_2020_ha": 0, "noncompliance_area_ha": 0},
    ),
    (
        "wood just over half a hectare, cleared",
        [(-2, -2, 14, 14, {"map": 0, "tmf2020": 6}), (2, 2, 1, 7, {"map": 1, "lossyear": 23})],
        [],
        {"alert_class": "critical", "forest_2020_ha": 7, "noncompliance_area_ha": 7, "overlap": 0.07},
    ),
    (
        "a clearing of one cell in a large forest",
        [(4, 4, 1, 1, {"lossyear": 23})],
        [],
        {"alert_class": "non_critical", "noncompliance_area_ha": 1, "agreement": 1 / 3},
    ),
    (
        "cleared twice: 2010, and its regrowth in 2022",
        [(2, 2, 4, 4, {"lossyear": 10, "DeforestationYear": 2010, "tmf2020": 4}), (2, 2, 4, 4, {"tmf2022": 3})],
        [],
        {"alert_class": "critical", "noncompliance_area_ha": 16, "deforestation_end": date(2022, 12, 31), "agreement": 1 / 2},
    ),
    (
        "degraded in 2021 and left standing",
        [(2, 2, 4, 4, {"DegradationYear": 2021, "tmf2021": 2})],
        [],
        {"alert_class": "none", "disturbance_ha": 16, "noncompliance_area_ha": 0, "loss_tmf_deg_ha": 16},
    ),
    (
        "both sensors see it",
        [(2, 2, 4, 4, {"lossyear": 24})],
        [(RADD, digits(3, date(2024, 2, 29)), 2, 2, 4, 4)],
        {"alert_class": "critical", "confidence": "high", "loss_two_sensors_ha": 16, "deforestation_start": date(2024, 2, 29)},
    ),
    (
        "only Hansen saw 2021, and RADD alerted in October 2020",
        [(2, 2, 4, 4, {"lossyear": 21, "tmf2020": 6})],
        [(RADD, digits(3, date(2020, 10, 1)), 2, 2, 4, 4)],
        {"alert_class": "inconclusive", "noncompliance_area_ha": 0, "observed_through": None},
    ),
    (
        "lost on forest that only votes claim",
        [(2, 2, 4, 4, {"map": 0, "tmf2020": 2, "lossyear": 23})],
        [],
        {"alert_class": "inconclusive", "noncompliance_area_ha": 16, "loss_on_disputed_ha": 16},
    ),
]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, EudrDeforestation]:
    """The result of each story."""
    scene = Scene(tmp_path_factory.mktemp("truth")).lay(RADD)
    scene.paint(0, 0, 80, 80, map=0, treecover2000=0, tmf2020=6)
    geometries = []
    for number, (_, painted, laid, _) in enumerate(STORIES):
        top, left = 3 + 16 * (number // 4), 3 + 16 * (number % 4)
        scene.paint(top - 2, left - 2, SIDE + 4, SIDE + 4, map=1, treecover2000=80, tmf2020=1)
        for row, col, height, width, values in painted:
            scene.paint(top + row, left + col, height, width, **values)
        for band, value, row, col, height, width in laid:
            scene.lay(band, value, top + row, left + col, height, width)
        geometries.append(block(top, left, SIDE, SIDE))
    found = {}
    for (name, *_), outcome in zip(STORIES, scene.outcomes(*geometries), strict=True):
        assert isinstance(outcome.values, EudrDeforestation), outcome
        found[name] = outcome.values
    return found


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story[0])
def test_story_is_told_as_it_was(judged: dict[str, EudrDeforestation], story: Story) -> None:
    for name, expected in story[3].items():
        found = getattr(judged[story[0]], name)
        if name.endswith("_ha"):
            assert found == near(expected * CELL_HA), name
        elif isinstance(expected, float):
            assert found == near(expected), name
        else:
            assert found == expected, name


def test_only_the_stories_without_loss_or_doubt_are_clear(judged: dict[str, EudrDeforestation]) -> None:
    clear = {name for name, values in judged.items() if values.verdict == "deforestation-free"}
    assert clear == {name for name, _, _, truth in STORIES if truth["alert_class"] == "none"}
