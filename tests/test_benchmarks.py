"""The ways of the zonal benchmark find the same areas, each within its known error, and rows hold what is promised; nothing is timed."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from rasterio.transform import from_origin
from rich.console import Console

from benchmarks.zonal import cases, data, others, ours, page
from benchmarks.zonal.measure import ALL, OURS
from shared.geo.areas import geodesic_area_ha

PLOTS = 60
COARSE_DEG = 0.002
PROMISED = {
    "case", "plots", "method", "plots_per_s", "peak_mb", "ratio_to_exactextract", "ratio_to_rasterstats", "share_of_read_limit",
}  # fmt: skip


def _written(path: Path, side: int, step: float, values: np.ndarray) -> Path:
    with rasterio.open(path, "w", driver="GTiff", width=side, height=side, count=1, dtype=values.dtype, crs="EPSG:4326", tiled=True,
                       transform=from_origin(data.WEST, data.NORTH, step, step), compress="deflate") as file:  # fmt: skip
        file.write(values, 1)
    return path


@pytest.fixture(scope="module")
def raster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    values = (np.random.default_rng(4).integers(1, 11, (1500, 1500)) * 10).astype(np.uint8)
    return _written(tmp_path_factory.mktemp("bench") / "landcover10.tif", 1500, 0.00025 / 3, values)


@pytest.fixture(scope="module")
def coarse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The four layers over the whole extent of the plots, in coarse cells."""
    folder, rng, side = tmp_path_factory.mktemp("coarse"), np.random.default_rng(6), 840
    values = {"lossyear30": rng.integers(0, 26, (side, side)), "treecover30": rng.integers(0, 101, (side, side)),
              "landcover10": rng.integers(1, 11, (side, side)) * 10}  # fmt: skip
    for name, some in values.items():
        _written(folder / f"{name}.tif", side, COARSE_DEG, some.astype(np.uint8))
    _written(folder / "agb100.tif", side, COARSE_DEG, rng.gamma(2.0, 60.0, (side, side)).astype(np.float32))
    return folder


@pytest.fixture(scope="module")
def plots() -> np.ndarray:
    """Plots of the benchmark, moved into a raster of 0.125 degrees."""
    made = data.plots(PLOTS)
    middle = shapely.get_coordinates(shapely.centroid(made))
    place = (data.WEST, data.NORTH) + np.random.default_rng(5).uniform(0.02, 0.1, (PLOTS, 2)) * (1, -1)
    return np.array([shapely.transform(one, lambda xy, by=by: xy + by) for one, by in zip(made, place - middle, strict=True)], dtype=object)


@pytest.mark.parametrize(
    ("way", "tolerance"),
    [
        (ours.one_layer, 1e-6),
        (others.exactextract_by_raster, 7e-3),  # its sphere
        (others.exactextract_by_feature, 7e-3),
        (others.extractrs_mean, 1e-4),  # cells of the plot's middle
        (others.naive_windows, 0.5),  # cells by their centres
        (others.rasterstats, 0.5),
    ],
)
def test_each_way_finds_the_area_within_its_error(raster: Path, plots: np.ndarray, way: others.Way, tolerance: float) -> None:
    assert way(raster, plots)() == pytest.approx(geodesic_area_ha(plots) * 1e4, rel=tolerance)


def test_cells_by_their_centres_agree(raster: Path, plots: np.ndarray) -> None:
    assert others.naive_windows(raster, plots)() == pytest.approx(others.rasterstats(raster, plots)(), rel=1e-12)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_limit_reads_exactly_what_we_read(raster: Path, plots: np.ndarray, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    read = type(ours.open_raster(raster)).read
    log: list[tuple[int, int, tuple[int, ...]]] = []

    def noted(self: object, top: int, left: int, out: np.ndarray) -> object:
        log.append((top, left, out.shape))
        return read(self, top, left, out)  # type: ignore[arg-type]

    monkeypatch.setattr(type(ours.open_raster(raster)), "read", noted)
    ours.one_layer(raster, plots, threads)
    made = sorted(log)
    log.clear()
    limit: Callable[[], None] = ours.reads_of(raster, plots, threads)
    limit()
    assert made and sorted(log) == made


def test_plots_are_what_the_page_says() -> None:
    area_ha = geodesic_area_ha(data.plots(5000))
    assert 1.8 < np.median(area_ha) < 2.6 and area_ha.min() > 0.05 and area_ha.max() < 80


@pytest.mark.long
@pytest.mark.parametrize("layer", ["lossyear30", ALL])
def test_rows_hold_what_is_promised(coarse: Path, tmp_path: Path, layer: str) -> None:
    rows = list(cases.Bench(coarse, Console(quiet=True)).case(layer, PLOTS, 1))
    by_way = {row.method.removesuffix(", 1 core"): row for row in rows}
    assert set(by_way) == {OURS, cases.LIMIT, *others.WAYS}
    even = np.tan(np.radians(data.NORTH)) * np.radians(COARSE_DEG / 2)  # the ground within a cell counts as even: here 2e-6
    assert by_way[OURS].worst_error is not None and by_way[OURS].worst_error < even
    assert by_way["rasterstats"].ratio_to_rasterstats == 1 and by_way["extractrs (means)"].ratio_to_extractrs == 1
    exact = [row.ratio_to_exactextract for way, row in by_way.items() if way.startswith("exactextract")]
    assert max(exact) == 1
    of_ours = by_way[OURS].plots_per_s / by_way[cases.LIMIT].plots_per_s
    assert by_way[OURS].share_of_read_limit == pytest.approx(of_ours)

    page.write_json(rows, tmp_path / "latest.json")
    held = json.loads((tmp_path / "latest.json").read_text("utf-8"))
    assert len(held) == len(rows) and all(set(one) == PROMISED for one in held)
    assert all(one["plots_per_s"] > 0 and one["plots"] == PLOTS for one in held)
    page.write_page(rows, tmp_path / "page.md")
    text = (tmp_path / "page.md").read_text("utf-8")
    assert f"{OURS}, 1 core" in text and str(coarse) not in text and text.count("\n| ") == len(rows) + 1


@pytest.mark.long
def test_a_stream_of_plots_has_rows_of_its_own(coarse: Path, tmp_path: Path) -> None:
    ours_, limit = cases.Bench(coarse, Console(quiet=True), counts=(PLOTS,), chunks=3).stream("lossyear30", 1)
    assert ours_.plots == limit.plots == ours_.measured == 3 * PLOTS and ours_.ratio_to_exactextract is None
    assert ours_.worst_error is not None and ours_.worst_error < 3e-6 and ours_.peak_mb is not None
    page.write_json([ours_, limit], tmp_path / "latest.json")
    assert all(set(one) == PROMISED for one in json.loads((tmp_path / "latest.json").read_text("utf-8")))


def test_draws_differ() -> None:
    assert not shapely.equals(data.plots(5), data.plots(5, 1)).any()
