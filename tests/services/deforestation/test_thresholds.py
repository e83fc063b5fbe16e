"""Thresholds of a deployment: read from one file, checked, recorded, and each changes what it is about and nothing else."""

import pickle
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from contracts.v1.stats import Statistic
from services.deforestation.rules import rules, thresholds
from services.deforestation.service import METHOD, method
from shared.errors import Refused
from shared.outcome import Window
from shared.stat import method_of
from shared.tuning import changed_thresholds
from tests.services.deforestation.scene import PLOT, TERMS, Scene, plots

BLOCK = (35, 35, 8, 8)


def changed(before: Any, after: Any) -> set[str]:
    """Fields of two results that differ."""
    one, other = before.model_dump(), after.model_dump()
    return {name for name in one if one[name] != other[name]}


def test_file_changes_the_method_and_its_record(tmp_path: Path, scene: Scene) -> None:
    file = tmp_path / "thresholds.toml"
    file.write_text("[eudr_deforestation]\ncritical_area_ha = 50\ncritical_overlap = 0.9\n")
    ours = method_of(METHOD, file)
    assert {name for name, value in ours.thresholds.items() if value != METHOD.thresholds[name]} == {"critical_area_ha", "critical_overlap"}
    assert (ours.version, ours.layers, ours.thresholds["critical_area_ha"]) == (METHOD.version, METHOD.layers, 50)
    rasters = scene.paint(*BLOCK, lossyear=23).rasters()
    chunk = plots(PLOT)
    (usual,) = METHOD.compute(chunk, TERMS, rasters, False)
    compute = pickle.loads(pickle.dumps(ours.compute))
    (tuned,) = compute(chunk, TERMS, rasters, False)
    assert changed(usual.values, tuned.values) == {"alert_class", "verdict"}
    assert (usual.values.alert_class, tuned.values.alert_class) == ("critical", "non_critical")


def test_without_a_file_or_a_table_the_method_stays(tmp_path: Path) -> None:
    assert method_of(METHOD, None) is METHOD
    file = tmp_path / "thresholds.toml"
    file.write_text("[water]\nleast = 1\n")
    assert method_of(METHOD, file) is METHOD
    assert changed_thresholds(file, Statistic.WATER) == {"least": 1}


@pytest.mark.parametrize(
    "text", ["[eudr_deforestation", "critical_area_ha = 1\n", "[deforestation]\ncritical_area_ha = 1\n", "eudr_deforestation = 4\n", "\xff"]
)
def test_a_file_that_is_none_of_thresholds_stops_the_worker(tmp_path: Path, text: str) -> None:
    file = tmp_path / "thresholds.toml"
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(Refused) as problem:
        method_of(METHOD, file)
    assert problem.value.code == "thresholds_invalid"
    with pytest.raises(Refused):
        method_of(METHOD, tmp_path / "absent.toml")


@pytest.mark.parametrize(
    "change",
    [
        {"critical_ha": 1.0}, {"critical_area_ha": "1"}, {"critical_area_ha": 0}, {"critical_area_ha": float("nan")},
        {"critical_overlap": 1.1},
        {"forest_min_cover_pct": 10.5}, {"high_min_vote_ratio": [2]}, {"high_min_vote_ratio": 0.5}, {"covered_min_share": 0.2},
        {"agreeing_plantation_layers": 1}, {"max_window_cells": True},
    ],
    ids=str,
)  # fmt: skip
def test_a_threshold_that_is_none_or_out_of_range_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Refused) as problem:
        method(change)
    assert problem.value.code == "thresholds_invalid" and next(iter(change)) in str(problem.value)


@pytest.mark.parametrize("name", thresholds())
def test_every_threshold_may_be_set_to_its_own_value(name: str) -> None:
    assert rules({name: thresholds()[name]}) == rules()


CASES: dict[str, tuple[Any, dict[str, int], dict[str, int], set[str]]] = {
    "critical_area_ha": (20.0, {"lossyear": 23}, {}, set()),
    "forest_min_cover_pct": (85, {"map": 0, "tmf2020": 2, "lossyear": 23}, {}, {"alert_class"}),
    "votes_for_disputed_forest": (1, {"map": 0, "tmf2020": 6, "lossyear": 23}, {}, {"loss_on_disputed_ha", "noncompliance_area_ha"}),
    "low_below_vote_share": (0.8, {"tmf2020": 6, "lossyear": 23}, {}, {"alert_class", "verdict", "confidence"}),
    "recent_degradation_years": (5, {"DegradationYear": 2021, "tmf2021": 2}, {}, {"alert_class", "verdict", "flags"}),
    "agreement_max_gap_years": (3, {"lossyear": 21, "tmf2023": 3}, {}, {"agreement"}),
    "confirmed_min_share": (0.0, {}, {"glad_l.alertDate23": 9, "glad_l.alert23": 2}, {"alert_class", "verdict", "confidence"}),
    "late_2020_days": (100, {"lossyear": 21}, {"radd.Date": 20245, "radd.Alert": 3}, {"noncompliance_area_ha", "annual_defor_ha"}),
    "natural_forest_min_code": (100, {}, {"natural_forest.probability": 120}, {"natural_forest_2020_ha"}),
    "two_sensor_min_share": (1.0, {"lossyear": 23}, {"radd.Date": 23100, "radd.Alert": 3}, set()),
    "commodity_min_share": (0.1, {"tmf2020": 6}, {"cocoa_eth.map": 1}, {"excluded_commodity_ha", "forest_2020_ha", "forest_2020_pct"}),
}
"""Threshold: its new value, the layers painted on 64 of 400 cells, optional ones likewise, and fields that must differ."""


@pytest.mark.parametrize("name", CASES)
def test_a_threshold_changes_what_it_is_about(scene: Scene, name: str) -> None:
    value, painted, laid, expected = CASES[name]
    scene.paint(*BLOCK, **painted)
    for band, code in laid.items():
        scene.lay(band, code, *BLOCK)
    found = changed(scene.result(PLOT), scene.result(PLOT, held=rules({name: value})))
    assert expected <= found
    assert not found & {
        "plot_area_ha",
        "cell_area_ha",
        "layer_states",
        "window_start",
        "window_end",
        "hansen_loss_ha_by_year",
        "analysis_grid",
    }
    if not expected:
        assert found == set(), "the case is the same on both sides of it"


def test_the_window_changes_what_is_counted_and_nothing_else(scene: Scene) -> None:
    scene.paint(35, 35, 8, 4, lossyear=21).paint(35, 39, 8, 4, lossyear=24, tmf2024=3)
    whole = scene.result(PLOT)
    later = scene.result(PLOT, window=Window(date(2023, 1, 1), date(2025, 12, 31)))
    assert changed(whole, later) == {
        "window_start", "noncompliance_area_ha", "noncompliance_lo_ha", "noncompliance_hi_ha", "overlap", "annual_defor_ha", "agreement",
        "deforestation_start", "loss_hansen_ha", "flags",
    }  # fmt: skip
    assert later.annual_defor_ha is not None and later.annual_defor_ha[:2] == (None, None)
