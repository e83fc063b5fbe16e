"""The same hundred plots in every format and in three reference systems: the same hashes, ids and results."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from sample import generate, many
from services.deforestation.worker import compute
from shared.outcome import Terms, Window
from shared.rasters.reader import Rasters
from shared.staged import StagedPlots
from shared.stat import as_plots
from tests.services.staging.formats import GEOPARQUET, LINES, XLSX, csv_of, geojson, geoparquet, lines, wkt_rows, xlsx
from tests.services.staging.make import only
from tests.services.staging.pack import GEOPACKAGE, KML, SHAPEFILE, geopackage, shapefile, zipped

pytestmark = pytest.mark.long
TERMS = Terms(Window(date(2017, 1, 1), date(2025, 12, 31)))
SYSTEMS = [4326, 32630, 3857]
Writer = Callable[[geopandas.GeoDataFrame, Path], bytes]


def kml(plots: geopandas.GeoDataFrame, folder: Path) -> bytes:
    path = folder / "plots.kml"
    plots.to_file(path, driver="KML")
    return path.read_bytes()


NAMES_ITS_SYSTEM = {"application/geo+json", GEOPARQUET, GEOPACKAGE, SHAPEFILE}
WRITERS: dict[str, tuple[Writer, str]] = {
    "geojson": (lambda plots, _: geojson(plots), "application/geo+json"),
    "lines": (lambda plots, _: lines(plots), LINES),
    "geoparquet": (lambda plots, _: geoparquet(plots), GEOPARQUET),
    "csv": (lambda plots, _: csv_of(wkt_rows(plots)), "text/csv"),
    "xlsx": (lambda plots, _: xlsx(wkt_rows(plots)), XLSX),
    "geopackage": (lambda plots, folder: geopackage(plots, folder).read_bytes(), GEOPACKAGE),
    "shapefile": (lambda plots, folder: zipped(shapefile(plots, folder)), SHAPEFILE),
}


@pytest.fixture(scope="module")
def rasters(tmp_path_factory: pytest.TempPathFactory) -> Rasters:
    return Rasters(layers_dir=generate(tmp_path_factory.mktemp("demo")).layers_dir)


@pytest.fixture(scope="module")
def hundred(tmp_path_factory: pytest.TempPathFactory) -> geopandas.GeoDataFrame:
    """Their coordinates rounded to 7 decimals, as the hash does."""
    features = json.loads(many(tmp_path_factory.mktemp("many") / "many.geojson", 100, 8).read_text())["features"]
    outlines = np.array([shapely.geometry.shape(one["geometry"]) for one in features])
    rounded = shapely.transform(outlines, lambda xy: np.round(xy, 7))
    return geopandas.GeoDataFrame({"id": [f"p{number}" for number in range(len(features))]}, geometry=rounded, crs=4326)


def results_of(plots: StagedPlots, rasters: Rasters) -> list[dict[str, Any]]:
    found = [outcome.values for outcome in compute(as_plots(plots), TERMS, rasters)]
    assert all(isinstance(one, EudrDeforestation) for one in found)
    return [one.model_dump(mode="json") for one in found if one is not None]


def alike(found: Any, expected: Any) -> None:
    """The same words, and numbers that differ by no more than the digits that reprojecting leaves."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for name in expected:
            alike(found[name], expected[name])
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            alike(one, other)
    elif isinstance(expected, float) and found is not None:
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-7)
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("name", "epsg"), [*((name, epsg) for name in WRITERS for epsg in SYSTEMS), ("kml", 4326)], ids=lambda one: str(one)
)
def test_a_hundred_plots_have_the_same_results(
    staged: Any, hundred: geopandas.GeoDataFrame, rasters: Rasters, name: str, epsg: int, tmp_path: Path
) -> None:
    expected = only(staged(geojson(hundred)))
    write, media_type = WRITERS.get(name, (kml, KML))
    says = {} if media_type in NAMES_ITS_SYSTEM or epsg == 4326 else {"assume_crs": f"EPSG:{epsg}"}
    plots = only(staged(write(hundred.to_crs(epsg), tmp_path), media_type, plot_id_column="id", **says))
    assert len(plots) == 100
    assert (plots.geometry_hash, plots.plot_id) == (expected.geometry_hash, expected.plot_id)
    want = results_of(expected, rasters)
    assert len({one["alert_class"] for one in want}) > 1, "plots that are all alike would tell nothing"
    alike(results_of(plots, rasters), want)
