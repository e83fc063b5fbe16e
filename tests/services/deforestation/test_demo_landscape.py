"""The demo landscape in the true tiles and encodings: each designed plot gets what its story says."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from sample.generate import generate
from services.deforestation.worker import compute
from shared.outcome import Terms, Window
from shared.rasters.reader import Rasters
from tests.services.deforestation.scene import TERMS, plots


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[dict[str, Any], EudrDeforestation]]:
    """By plot id: what is expected, and what was found."""
    sample = generate(tmp_path_factory.mktemp("demo"))
    truth = json.loads(sample.truth_file.read_text())
    features = {f["properties"]["plotid"]: f for f in json.loads(sample.plots_file.read_text())["features"]}
    window = Window(*(date.fromisoformat(truth["window"][name]) for name in ("start_date", "end_date")))
    rasters = Rasters(layers_dir=sample.layers_dir)
    found = {}
    for expected in truth["plots"]:
        feature = features[expected["plotid"]]
        area_ha = feature["properties"].get("area_ha") or np.nan
        (outcome,) = compute(plots(shapely.geometry.shape(feature["geometry"]), area_ha=area_ha), Terms(window), rasters)
        assert isinstance(outcome.values, EudrDeforestation), outcome
        found[expected["plotid"]] = expected, outcome.values
    return found


def test_every_designed_plot_has_a_class_of_its_story(demo: dict[str, tuple[dict[str, Any], EudrDeforestation]]) -> None:
    told = {plot: (expected, values) for plot, (expected, values) in demo.items() if expected["alert_class"]}
    assert len(told) > 20
    wrong = {plot: (e["story"], v.alert_class) for plot, (e, v) in told.items() if v.alert_class not in e["alert_class"]}
    assert not wrong


def test_every_designed_area_is_exact(demo: dict[str, tuple[dict[str, Any], EudrDeforestation]]) -> None:
    checked = 0
    for expected, values in demo.values():
        for name in EudrDeforestation.model_fields.keys() & expected.keys():
            if name.endswith("_ha") and isinstance(expected[name], int | float):
                assert getattr(values, name) == pytest.approx(expected[name], rel=1e-6, abs=1e-9), (expected["story"], name)
                checked += 1
        if isinstance(expected.get("annual_defor_ha"), dict):
            by_year = {str(2021 + i): ha for i, ha in enumerate(values.annual_defor_ha or ()) if ha}
            assert by_year == pytest.approx(expected["annual_defor_ha"], rel=1e-6), expected["story"]
    assert checked > 20


def test_broken_tile_fails_only_the_plots_on_it(tmp_path: Path) -> None:
    """Two plots that are read together; one band of one tile is broken, and the last try gives it up."""
    sample = generate(tmp_path)
    (sample.layers_dir / "jrc_tmf" / "N10_W10" / "AnnualChange_2022.tif").write_bytes(b"broken")
    west, east = shapely.box(-0.012, 6.72, -0.010, 6.722), shapely.box(0.010, 6.72, 0.012, 6.722)
    outcomes = compute(plots(west, east), TERMS, Rasters(layers_dir=sample.layers_dir), give_up=True)
    states = [outcome.values.layer_states["jrc_tmf"] for outcome in outcomes if isinstance(outcome.values, EudrDeforestation)]
    assert states == ["failed", "available"]
