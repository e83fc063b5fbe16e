"""Thresholds: their types, what a deployment may change, and what a run records of it."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from services.biomass.deployment import chosen
from services.biomass.rules import Rules, rules_of, thresholds
from services.biomass.service import METHOD
from shared.errors import Refused
from shared.stat import method_of
from tests.services.biomass.scene import PLOT, TERMS, Scene, near, plots


def test_every_threshold_is_a_rule_and_the_other_way_round() -> None:
    assert set(thresholds()) == set(Rules.__dataclass_fields__)


def test_a_deployment_changes_what_it_names_and_nothing_else() -> None:
    changed = thresholds({"allocation": "equal", "region_min_ha": 500})
    assert {name for name, value in changed.items() if value != thresholds()[name]} == {"allocation", "region_min_ha"}
    assert rules_of(changed).region_min_ha == 500.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("allocaton", "equal"),
        ("allocation", "quadratic"),
        ("allocation", 3),
        ("look_back_years", "20"),
        ("look_back_years", True),
        ("count_clearing_fires", 1),
        ("region_min_ha", "1000"),
        ("fuel", "oil"),
    ],
)
def test_another_name_or_kind_is_refused(name: str, value: Any) -> None:
    with pytest.raises(Refused) as refusal:
        thresholds({name: value})
    assert refusal.value.code == "thresholds_invalid"


def test_a_run_records_thresholds_factor_tables_and_the_statistical_table(tmp_path: Path) -> None:
    path = tmp_path / "table.toml"
    path.write_text('version = "1"\ncountries = []\ncrops = []\n', encoding="utf-8")
    pins = chosen({"allocation": "equal"}, path).pins
    assert pins["allocation"] == "equal" and pins["factors"]["soil"] == "1.0.0"
    assert pins["statistical"][0] == "1" and len(pins["statistical"][1]) == 64
    assert chosen({}, None).pins["statistical"] is None


def test_a_file_changes_the_method_its_record_and_its_numbers(tmp_path: Path) -> None:
    file = tmp_path / "thresholds.toml"
    file.write_text('[luc_emissions]\nallocation = "equal"\n', encoding="utf-8")
    ours = method_of(METHOD, file)
    assert {name for name, value in ours.thresholds.items() if value != METHOD.thresholds[name]} == {"allocation"}
    rasters = Scene(tmp_path).lost(32, 32, 10, 10, 2018).rasters()
    (usual,) = METHOD.compute(plots(PLOT), TERMS, rasters, False)
    (tuned,) = pickle.loads(pickle.dumps(ours.compute))(plots(PLOT), TERMS, rasters, False)
    assert usual.values is not None and tuned.values.luc_tco2eyear == near(usual.values.luc_total_tco2e / 20)
