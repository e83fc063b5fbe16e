"""Windows, regions of plots, and what a region's row says: by hand and by properties."""

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import shapely
from pydantic import Field

from contracts.v1.results.result import Result
from shared.geo.areas import geodesic_area_ha
from shared.outcome import Outcome
from shared.reference.assignment import assign
from shared.reference.compared import compared
from shared.reference.sample import metrics_of, sample_of, windows_of
from shared.reference.windows import away_from, draw, size_class_ha
from tests.shared.vectors.make import array, polygons_of

EAST, WEST = shapely.box(1.0, 0.0, 2.0, 1.0), shapely.box(0.0, 0.0, 1.0, 1.0)


class Small(Result):
    SCHEMA: ClassVar[str] = "1.0.0"

    height_m: float | None = Field(json_schema_extra={"aggregate": "mean"})
    loss_ha: float | None = Field(json_schema_extra={"aggregate": "sum"})
    plot_area_ha: float = Field(json_schema_extra={"aggregate": "sum"})


def test_windows_are_seeded_of_one_size_and_inside() -> None:
    region = shapely.union_all([EAST, shapely.box(3.0, 0.0, 3.5, 0.5)])
    one, again, other = draw(region, 4.0, "a"), draw(region, 4.0, "a"), draw(region, 4.0, "b")
    assert len(one) == 640 and np.array_equal(one.lon, again.lon) and not np.array_equal(one.lon, other.lon)
    assert shapely.contains_xy(region, one.lon, one.lat).all()
    assert geodesic_area_ha(one.geometry) == pytest.approx(4.0, rel=1e-6)
    # A part has as many windows as it has of the ground: a fifth, within four standard errors.
    assert np.mean(one.lon > 2.5) == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / 640))


def test_windows_are_as_many_north_as_the_ground_is_wide() -> None:
    tall = draw(shapely.box(0.0, 0.0, 1.0, 80.0), 1.0, "tall", 4000)
    assert np.mean(tall.lat < 30.0) == pytest.approx(np.sin(np.radians(30)) / np.sin(np.radians(80)), abs=0.03)


def test_a_region_without_ground_has_no_windows() -> None:
    assert len(draw(shapely.Polygon(), 1.0, "x")) == 0


@pytest.mark.parametrize(("areas", "size"), [([1.0, 2.5, 100.0], 2.0), ([np.nan, 0.01], 0.25), ([np.nan], 4.0), ([1e6], 4096.0)])
def test_sizes_come_in_powers_of_two(areas: list[float], size: float) -> None:
    assert size_class_ha(np.array(areas)) == size


def test_windows_near_a_plot_are_dropped() -> None:
    windows = draw(EAST, 1.0, "near", 200)
    plot = shapely.box(1.4, 0.4, 1.6, 0.6)
    away = away_from(windows, shapely.bounds(array(plot)))
    degrees = shapely.distance(shapely.points(windows.lon, windows.lat), plot)
    edge_m = degrees * 111_000 - np.sqrt(1e4 / np.pi)
    assert not away[edge_m < 985].any() and away[edge_m > 1010].all() and 0 < away.sum() < 200
    assert away_from(windows, np.empty((0, 4))).all()


def test_a_plot_belongs_where_most_of_it_lies_else_where_its_middle_does(tmp_path: Path) -> None:
    layer = polygons_of(tmp_path, "geoboundaries_adm2", [WEST, EAST], {"shapeID": ["w", "e"]}).layer("geoboundaries_adm2")
    assert layer is not None
    plots = array(
        shapely.box(0.1, 0.1, 0.2, 0.2),  # west as a whole
        shapely.box(0.96, 0.1, 1.06, 0.2),  # 40 % west, 60 % east
        shapely.Point(1.5, 0.5),
        shapely.box(5.0, 5.0, 5.1, 5.1),  # nowhere
        shapely.box(0.9, 0.1, 1.1, 0.2),  # half and half
    )
    found = assign(layer, plots, 0.5)
    assert list(found.feature) == [0, 1, 1, -1, 0]
    assert found.fraction[[0, 1, 3, 4]] == pytest.approx([1.0, 0.6, 0.0, 0.5], abs=1e-6) and np.isnan(found.fraction[2])
    strict = assign(layer, plots, 0.9)
    assert list(strict.feature[:4]) == [0, 1, 1, -1] and list(strict.by_overlap[:4]) == [True, False, False, False]
    assert strict.fraction[1] == pytest.approx(0.6, abs=1e-6)
    assert assign(layer, plots, 1.0).by_overlap[0]


def outcomes(heights: list[float | None], losses: list[float]) -> list[Outcome]:
    return [
        Outcome(at, "ok", Small(height_m=height, loss_ha=loss, plot_area_ha=4.0), ())
        for at, (height, loss) in enumerate(zip(heights, losses, strict=True))
    ]


def test_a_sample_keeps_every_window_and_sums_up_without_zeros_for_what_is_missing() -> None:
    windows = draw(EAST, 4.0, "s", 4)
    sample = sample_of(Small, windows, [*outcomes([10.0, None, 30.0], [0.0, 2.0, 0.0]), Outcome(3, "failed", None, ("x",))])
    assert sample["metrics"] == {"height_m": [10.0, None, 30.0, None], "loss_ha_per_ha": [0.0, 0.5, 0.0, None]}
    assert sample["states"] == {"failed": 1, "ok": 3}
    assert (sample["summary"]["height_m"]["n"], sample["summary"]["height_m"]["mean"], sample["summary"]["height_m"]["p50"]) == (
        2,
        20.0,
        20.0,
    )
    assert sample["summary"]["loss_ha_per_ha"]["prevalence"] == pytest.approx(1 / 3)
    assert windows_of(sample).lon == pytest.approx(windows.lon, abs=1e-7)
    assert metrics_of(Small, None) == {"height_m": None, "loss_ha_per_ha": None}


def comparison(heights: list[float], plot: dict[str, float], count: int = 640) -> dict[str, Any]:
    rng = np.random.default_rng(5)
    losses = list(np.where(rng.random(count) < 0.1, 1.0, 0.0))
    sample = sample_of(Small, draw(EAST, 4.0, "c", count), outcomes(list(heights), losses))  # type: ignore[arg-type]
    metrics = {name: np.array([value, np.nan]) for name, value in plot.items()}
    boxes = np.array([[1.4, 0.4, 1.41, 0.41], [1.5, 0.5, 1.51, 0.51]])
    found = compared(sample, metrics, np.array([4.0, 4.0]), np.array([1, 1]), boxes)
    assert found["population"] == "all_land"
    return found


def test_a_plot_beside_a_region_of_known_distribution() -> None:
    heights = np.random.default_rng(4).normal(20.0, 4.0, 640)
    found = comparison(list(heights), {"height_m": 24.0, "loss_ha_per_ha": 0.0})
    assert found["windows"] == 640 and 600 < found["windows_away"] < 640 and not found["few_windows"]
    height, loss = found["metrics"]["height_m"], found["metrics"]["loss_ha_per_ha"]
    assert (height["n_plots"], height["n_ref"]) == (1, found["windows_away"])
    assert height["percentile_lo"] <= 84.13 <= height["percentile_hi"]
    assert height["robust_z_lo"] <= 1.0 <= height["robust_z_hi"]
    assert height["difference_lo"] <= 4.0 <= height["difference_hi"]
    assert height["hodges_lehmann"] == pytest.approx(4.0, abs=0.5) and height["ratio"] == pytest.approx(1.2, abs=0.03)
    assert loss["zero_inflated"] and "percentile_rank" not in loss
    assert loss["ref_prevalence_lo"] <= 0.1 <= loss["ref_prevalence_hi"] and loss["prevalence"] == 0.0


def test_with_too_little_nothing_is_compared_and_the_reason_is_said() -> None:
    few = comparison([20.0] * 20, {"height_m": 24.0}, 20)
    assert few["few_windows"] and few["metrics"]["height_m"]["reason"] == "fewer_than_30_windows"
    nothing = comparison([20.0] * 40, {"height_m": float("nan")}, 40)
    assert nothing["metrics"]["height_m"]["reason"] == "no_plot_with_a_value"
