"""The demo as files: published names, grids and encodings, honest labels, and a truth that the files themselves bear out."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
import shapely
from numpy.typing import NDArray
from rasterio.windows import from_bounds
from scipy import ndimage

from sample import Sample, generate
from sample.landscape import COLS, ROWS, block_area_ha, countryside, latitude, longitude
from sample.sites import SITES, paint_sites
from sample.views import TMF_CELL_DEG, gfc2020_band, hansen_bands, tmf_bands, tmf_window
from shared.rasters.bands import BandSpec
from shared.rasters.catalogue import TileScheme, layer_of
from shared.rasters.opening import open_band
from shared.rasters.reader import Rasters
from shared.rasters.tiles import tiles_touching

HANSEN = ("treecover2000", "lossyear", "datamask", "gain")
TMF = (*(f"AnnualChange_{year}" for year in range(2020, 2026)), "DeforestationYear", "DegradationYear", "TransitionMap_Subtypes")
MONTHS = [f"{year}-{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
Array = NDArray[Any]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    return generate(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def truth(demo: Sample) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(demo.truth_file.read_text())
    return answer


@pytest.fixture(scope="module")
def features(demo: Sample) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = json.loads(demo.plots_file.read_text())["features"]
    return answer


def region(path: Path, west: float, east: float) -> Array:
    """The part of a tile between two longitudes and the region's latitudes, cut on its own lines."""
    with rasterio.open(path) as tile:
        window = from_bounds(west, latitude(ROWS), east, latitude(0), tile.transform).round_offsets().round_lengths()
        values: Array = tile.read(1, window=window)
        return values


def both(demo: Sample, pattern: str, west: str, east: str) -> Array:
    """A band of the whole region out of its two tiles, for grids with a line on longitude 0."""
    left = region(demo.layers_dir / pattern.format(west), longitude(0), 0)
    return np.hstack([left, region(demo.layers_dir / pattern.format(east), 0, longitude(COLS))])


BANDS = {
    "hansen_gfc": HANSEN,
    "jrc_gfc2020": ("map",),
    "jrc_tmf": TMF,
    "cci_agb": tuple(f"{name}_{year}" for name in ("AGB", "AGB_SD") for year in range(2015, 2023)),
    "drivers_1km": ("class",),
    "eth_chm": ("Map", "Map_SD"),
    "worldcover": ("map",),
    "worldcover_2020": ("map",),
    "bii_io": ("2017", "2018", "2019", "2020"),
    "chirps3": tuple(MONTHS),
    "terraclimate": tuple(f"{name}_{month}" for name in ("ppt", "pet", "aet") for month in MONTHS),
}
SIDES = {
    "hansen_gfc": 40_000,
    "jrc_gfc2020": 120_000,
    "cci_agb": 11_250,
    "eth_chm": 36_000,
    "worldcover": 36_000,
    "worldcover_2020": 36_000,
}


def files_of(layer_id: str) -> Iterator[tuple[str, BandSpec, float | None]]:
    """Path by the catalogue, band and western edge of each file that the demo has of a layer."""
    layer = layer_of(layer_id)
    for name in BANDS[layer_id]:
        if isinstance(layer.tiles, TileScheme):
            size = layer.tiles.size_deg
            for tile in tiles_touching((-0.06, 6.61, 0.06, 6.74), size):
                yield f"{layer_id}/{layer.tile_file(name, tile)}", layer.band(name), tile.west
        else:
            yield f"{layer_id}/{layer.tile_file(name, None)}", layer.band(name), None


def test_every_file_has_its_published_name(demo: Sample) -> None:
    names = {path.relative_to(demo.layers_dir).as_posix() for path in demo.layers_dir.rglob("*") if path.is_file()}
    assert names == {*(path for layer_id in BANDS for path, _, _ in files_of(layer_id)), "aqueduct40/baseline_annual.parquet"}


@pytest.mark.parametrize("layer_id", sorted(BANDS))
def test_every_file_has_the_published_grid_and_type_and_says_that_it_is_synthetic(demo: Sample, layer_id: str) -> None:
    layer, side = layer_of(layer_id), SIDES.get(layer_id)
    for path, band, west in files_of(layer_id):
        with rasterio.open(demo.layers_dir / path) as file:
            assert (file.crs.to_string(), file.count, file.dtypes) == ("EPSG:4326", 1, (band.dtype,))
            assert file.tags()["SYNTHETIC"] == "yes"
            assert "SYNTHETIC" in file.tags()["TIFFTAG_IMAGEDESCRIPTION"]
            assert file.res == pytest.approx((layer.resolution_deg, layer.resolution_deg), rel=2e-3)
            if side is not None and west is not None:
                degrees, north = (10, 10) if side != 36_000 else (3, 9)
                assert (file.shape, file.block_shapes) == ((side, side), [(512, 512)])
                assert file.transform.to_gdal() == pytest.approx((west, degrees / side, 0, north, 0, -degrees / side), rel=1e-15)


def test_tmf_tiles_exceed_their_ten_degrees_on_a_lattice_of_their_own(demo: Sample) -> None:
    for path, _, west in files_of("jrc_tmf"):
        with rasterio.open(demo.layers_dir / path) as tile:
            assert west is not None
            assert tile.res == pytest.approx((TMF_CELL_DEG, TMF_CELL_DEG))
            assert tile.bounds.left < west < west + 10 < tile.bounds.right
            assert tile.bounds.bottom < 0 < 10 < tile.bounds.top
            assert tile.bounds.right - tile.bounds.left < 10.002
            assert (west / TMF_CELL_DEG) % 1 != pytest.approx(0) or west == 0


def test_the_catalogue_takes_every_value_of_the_region(demo: Sample) -> None:
    """Reading raises for a value that is none of its band; inside the region every cell is known, but for TMF's years without event."""
    rasters = Rasters(demo.layers_dir)
    for layer_id, names in BANDS.items():
        for name in names:
            opened = open_band(rasters, f"{layer_id}.{name}", (-0.06, 6.61, 0.06, 6.74))
            assert opened.source is not None, (layer_id, name)
            cells = opened.source.cells
            (left, top), (right, bottom) = np.floor(cells.located(np.array([[-0.06, 6.74], [0.06, 6.61]]))).astype(int).tolist()
            out = np.empty((bottom - top + 1, right - left + 1), opened.source.dtype)
            known = opened.source.read(top, left, out)
            assert known is None or known.all() or (layer_id == "jrc_tmf" and known.any()), (layer_id, name)


def test_the_two_tiles_together_are_the_whole_land_without_gap_or_overlap(demo: Sample) -> None:
    land = countryside()
    paint_sites(land)
    for name, band in hansen_bands(land).items():
        assert np.array_equal(both(demo, f"hansen_gfc/Hansen_GFC-2025-v1.13_{name}_10N_{{}}.tif", "010W", "000E"), band)
    assert np.array_equal(both(demo, "jrc_gfc2020/JRC_GFC2020_V4_N10_{}.tif", "W10", "E0"), gfc2020_band(land))
    for name, band in tmf_bands(land).items():
        assert np.array_equal(both(demo, f"jrc_tmf/N10_{{}}/{name}.tif", "W10", "E0"), band)


def test_where_tmf_tiles_overlap_they_say_the_same(demo: Sample) -> None:
    beyond = 2 * TMF_CELL_DEG * 0.499
    for name in TMF:
        west, east = (region(demo.layers_dir / f"jrc_tmf/N10_{lon}/{name}.tif", -beyond, beyond) for lon in ("W10", "E0"))
        assert west.shape[1] == 2
        assert np.array_equal(west, east)


def test_outside_the_region_no_layer_says_land_or_forest(demo: Sample) -> None:
    for name in ("hansen_gfc/Hansen_GFC-2025-v1.13_datamask_10N_000E.tif", "jrc_tmf/N10_E0/AnnualChange_2020.tif"):
        with rasterio.open(demo.layers_dir / name) as tile:
            assert not tile.read(1, window=from_bounds(0.2, 6.6, 0.3, 6.7, tile.transform)).any()


def test_hansen_values_are_in_their_published_ranges(demo: Sample) -> None:
    values = {name: set(np.unique(both(demo, f"hansen_gfc/Hansen_GFC-2025-v1.13_{name}_10N_{{}}.tif", "010W", "000E"))) for name in HANSEN}
    assert values["treecover2000"] <= set(range(101))
    assert values["lossyear"] == {0, *range(12, 26)}
    assert values["datamask"] == {1, 2}
    assert values["gain"] <= {0, 1}


def test_the_same_bytes_every_time_in_little_space(demo: Sample, tmp_path: Path) -> None:
    again = generate(tmp_path)
    root = demo.plots_file.parent
    files = sorted(path.relative_to(root) for path in root.rglob("*") if path.is_file())
    assert len(files) == sum(1 for layer_id in BANDS for _ in files_of(layer_id)) + 1 + 3
    for path in files:
        assert (root / path).read_bytes() == (again.plots_file.parent / path).read_bytes(), path
    assert sum((root / path).stat().st_size for path in files) < 8e6


def test_the_command_writes_the_demo(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "sample", str(tmp_path / "new")], check=True, capture_output=True, text=True)
    assert "synthetic_plots.geojson" in done.stdout
    assert (tmp_path / "new" / "README.txt").read_text().startswith("SYNTHETIC DATA")
    assert subprocess.run([sys.executable, "-m", "sample"], check=False, capture_output=True).returncode == 1


def test_plots_are_counted_named_once_and_labelled(features: list[dict[str, Any]], truth: dict[str, Any]) -> None:
    ids = [feature["properties"]["plotid"] for feature in features]
    assert len(set(ids)) == len(ids) == truth["counts"]["features"]
    assert truth["counts"]["features"] == truth["counts"]["valid"] + truth["counts"]["faulty"]
    assert 115 <= truth["counts"]["features"] <= 130
    assert all(feature["properties"]["synthetic"] is True for feature in features)
    assert all({"farmer", "crop"} <= feature["properties"].keys() for feature in features)


def test_valid_plots_are_valid_in_the_region_and_of_many_kinds(features: list[dict[str, Any]], truth: dict[str, Any]) -> None:
    good = [feature for feature in features if "BAD" not in feature["properties"]["plotid"]]
    shapes = np.array([shapely.from_geojson(json.dumps(feature["geometry"])) for feature in good])
    assert len(shapes) == truth["counts"]["valid"]
    assert shapely.is_valid(shapes).all()
    west, south, east, north = shapely.total_bounds(shapes)
    assert longitude(0) < west < 0 < east < longitude(COLS)
    assert latitude(ROWS) < south < north < latitude(0)
    kinds = Counter(shape.geom_type for shape in shapes)
    assert (kinds["Point"], kinds["MultiPolygon"]) == (10, 6)
    assert sum(shapely.get_num_interior_rings(shapes) > 0) >= 5
    assert 0 < sum("area_ha" in feature["properties"] for feature in good) < kinds["Point"]


def test_the_faulty_plots_are_the_listed_ones_and_are_faulty(features: list[dict[str, Any]], truth: dict[str, Any]) -> None:
    assert [features[fault["feature_index"]]["properties"]["plotid"] for fault in truth["faulty"]] == [f["plotid"] for f in truth["faulty"]]
    assert {f["plotid"] for f in truth["faulty"]} == {p for f in features if "BAD" in (p := f["properties"]["plotid"])}
    shapes = {f["plotid"].removeprefix("SYN-BAD-"): features[f["feature_index"]]["geometry"] for f in truth["faulty"]}
    assert shapes["null-geometry"] is None
    assert shapes["empty-geometry"]["coordinates"] == []
    assert shapes["line"]["type"] == "LineString"
    assert shapes["null-island"]["coordinates"] == [0, 0]
    read = {name: shapely.from_geojson(json.dumps(shapes[name])) for name in ("self-intersection", "latitude-95", "metres", "degenerate")}
    assert "Self-intersection" in shapely.is_valid_reason(read["self-intersection"])
    assert (read["latitude-95"].bounds[1], read["degenerate"].area) == (95, 0)
    assert read["metres"].bounds[0] > 180


def test_the_duplicate_has_its_own_id_and_the_geometry_of_another(features: list[dict[str, Any]]) -> None:
    by_id = {feature["properties"]["plotid"]: feature["geometry"] for feature in features}
    assert by_id["SYN-DUPLICATE-of-SYN-001"] == by_id["SYN-001"]


def loss_cells(demo: Sample) -> NDArray[np.bool_]:
    """Loss after the cut-off on forest of 2020 on the cells of GFC2020, by the plain rules of methods.md 1.5 (1 to 3)."""

    def hansen(name: str) -> Array:
        band = both(demo, f"hansen_gfc/Hansen_GFC-2025-v1.13_{name}_10N_{{}}.tif", "010W", "000E")
        return np.repeat(np.repeat(band, 3, axis=0), 3, axis=1)

    north, west, _, _ = tmf_window()
    lats = (20_250 * 4 - np.arange(3 * ROWS) - 0.5) / 12_000
    lons = (-280 * 3 + np.arange(3 * COLS) + 0.5) / 12_000
    at = np.ix_(np.floor(north - lats / TMF_CELL_DEG).astype(int).clip(0), np.floor(lons / TMF_CELL_DEG - west).astype(int).clip(0))

    def tmf(name: str) -> Array:
        band = np.pad(both(demo, f"jrc_tmf/N10_{{}}/{name}.tif", "W10", "E0"), ((0, 1), (0, 1)))
        return np.asarray(band[at])

    gfc = both(demo, "jrc_gfc2020/JRC_GFC2020_V4_N10_{}.tif", "W10", "E0")
    before, after, first = tmf("AnnualChange_2020"), tmf("AnnualChange_2025"), tmf("DeforestationYear")
    forest = ((gfc == 1) & (tmf("TransitionMap_Subtypes") != 81)) | (before == 1)
    patches, _ = ndimage.label(forest, np.ones((3, 3)))
    cell_ha = block_area_ha(300, 0, 1, 1) / 9
    forest &= np.bincount(patches.ravel())[patches] * cell_ha > 0.5
    seen = (hansen("lossyear") > 20) & ~((first > 0) & (first <= 2020))
    return np.asarray(forest & (seen | (first > 2020) | (np.isin(before, (1, 2, 4)) & (after == 3))))


def test_the_files_hold_exactly_the_loss_that_the_truth_promises(
    demo: Sample, features: list[dict[str, Any]], truth: dict[str, Any]
) -> None:
    rows, cols = np.nonzero(loss_cells(demo))
    lons, lats = (-280 * 3 + cols + 0.5) / 12_000, (81_000 - rows - 0.5) / 12_000
    areas_ha = np.array([block_area_ha(row, 0, 1, 1) / 9 for row in range(ROWS)])[rows // 3]
    by_id = {feature["properties"]["plotid"]: feature["geometry"] for feature in features}
    promised = [plot for plot in truth["plots"] if plot["noncompliance_area_ha"] is not None]
    assert len(promised) > 20
    for plot in promised:
        inside = shapely.contains_xy(shapely.from_geojson(json.dumps(by_id[plot["plotid"]])), lons, lats)
        assert areas_ha[inside].sum() == pytest.approx(plot["noncompliance_area_ha"], rel=1e-5), plot["story"]


def test_the_truth_agrees_with_itself(truth: dict[str, Any]) -> None:
    assert len(truth["plots"]) == len(SITES)
    assert len({plot["story"] for plot in truth["plots"]}) == len(SITES)
    for plot in truth["plots"]:
        lost = plot["noncompliance_area_ha"]
        assert lost is None or lost == pytest.approx(sum(plot["annual_defor_ha"].values()))
        assert set(plot["alert_class"]) <= {"critical", "non_critical", "inconclusive", "none"}
        assert ("none" not in plot["alert_class"]) or lost == 0
        assert ("critical" not in plot["alert_class"]) or lost is None or lost > 0
    assert {tuple(plot["alert_class"]) for plot in truth["plots"]} >= {("critical",), ("non_critical",), ("inconclusive",), ("none",)}
