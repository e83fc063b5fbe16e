"""METHOD.md says what the code does: version, thresholds, fields, layers, and an example that is recomputed here."""

import re
from importlib.resources import files

import numpy as np
import pytest

from contracts.v1.results.water import Water
from services.water.aqueduct import area_mean, bws_score
from services.water.climate import percentile, stress_index
from services.water.crop_table import crop_table
from services.water.crop_water import need_of, season_of
from services.water.footprint import footprint_m3_t, grey_m3_t
from services.water.rules import ET_SOURCES, LAYERS, METHOD_VERSION, rules, series, thresholds
from services.water.service import METHOD, method
from shared.errors import Refused
from shared.rasters.catalogue import layer_of

PAGE = files("services.water").joinpath("METHOD.md").read_text(encoding="utf-8")
DAYS = np.array([31.0, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
DAILY_ET0_MM = 4.0


def row(name: str) -> list[str]:
    """Cells of a row of the example after its first."""
    found = re.search(rf"^\| {re.escape(name)} \|(.+)\|$", PAGE.partition("## Worked example")[2], re.MULTILINE)
    assert found is not None, name
    return [cell.strip() for cell in found[1].split("|")]


def told(name: str) -> float:
    """The result of a step of the example."""
    return float(row(name)[-1])


def test_the_page_is_of_this_version() -> None:
    assert f"\nVersion {METHOD_VERSION}." in PAGE
    assert re.search(rf"^- {re.escape(METHOD_VERSION)}: ", PAGE, flags=re.MULTILINE)
    assert "epoch" not in PAGE.lower()


@pytest.mark.parametrize("name", thresholds())
def test_the_page_gives_every_threshold_with_its_value(name: str) -> None:
    value = thresholds()[name]
    at = PAGE.index(f"`{name}`")
    around = PAGE[max(0, at - 130) : at + len(name) + 12]
    numbers = {float(number) for number in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", around)}
    assert value in numbers, (name, value)


@pytest.mark.parametrize("name", Water.model_fields)
def test_the_page_explains_every_field(name: str) -> None:
    assert f"`{name}`" in PAGE.partition("\n## Units")[2].partition("\n## Range")[0]


def test_the_page_names_every_layer() -> None:
    named = PAGE.partition("\n## Layers")[2]
    assert all(f"`{layer}`" in named for layer in LAYERS)


def test_every_series_is_in_the_catalogue_and_every_layer_is_pinned() -> None:
    for wanted in series(rules()).values():
        assert wanted.layer in LAYERS
        assert any(band.variable == wanted.variable and band.start for band in layer_of(wanted.layer).bands.values())
    assert {name for pair in ET_SOURCES.values() for name in pair if name} <= set(series(rules()))


def test_the_crop_of_the_example() -> None:
    rain, et0 = (np.array([float(cell) for cell in row(name)]) for name in ("rain", "ET0"))
    assert et0.tolist() == (DAILY_ET0_MM * DAYS).tolist()
    season = season_of(crop_table().crops["maize"], rain, et0, DAYS, rules().growing_min_share)
    need = need_of(season, rain, et0, DAYS)
    assert (season.start + 1, len(season.kc)) == (told("season"), 125)
    assert need.etc_mm == pytest.approx(told("ETc"), abs=0.005)
    assert need.peff_mm == pytest.approx(told("Peff"), abs=0.005)
    assert need.deficit_mm == pytest.approx(told("deficit"), abs=0.005)
    assert footprint_m3_t(need.green_mm, 5) == pytest.approx(told("green"), abs=0.005)
    assert footprint_m3_t(need.deficit_mm, 5) == pytest.approx(told("blue"), abs=0.005)
    assert grey_m3_t(46, 5, rules()) == pytest.approx(told("grey"), abs=0.005)


def test_the_other_steps_of_the_example() -> None:
    assert stress_index(np.array([547.5]), np.array([1460.0])) == pytest.approx(told("stress index"))
    assert area_mean(bws_score(np.array([0.2, 0.8])), np.array([3.0, 1.0])) == pytest.approx(told("water stress"))
    assert percentile(11.0, np.arange(1.0, 12.0)) == pytest.approx(told("soil moisture"), abs=0.005)


@pytest.mark.parametrize(
    "changes",
    [
        {"known_min_share": 0.0},
        {"no_such": 1},
        {"climatology_min_years": 21},
        {"arid_below": 0.04},
        {"natural_nitrogen_mg_l": 10.0},
        {"max_lag_months": "24"},
    ],
)
def test_a_change_that_is_none_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(Refused) as refused:
        rules(changes)
    assert refused.value.code == "thresholds_invalid"


def test_a_change_is_pinned_with_the_method() -> None:
    changed = method({"max_lag_months": 36})
    assert changed.thresholds == METHOD.thresholds | {"max_lag_months": 36}
    assert METHOD.thresholds["max_lag_months"] == 24
