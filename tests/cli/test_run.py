"""`plotproof run`: one file, no server, nothing left but the results."""

import csv
import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import pytest

from sample import Sample, many
from tests.cli.conftest import PLOTPROOF, Result, environment

Plotproof = Callable[..., Result]
NOWHERE = {
    "RABBITMQ_URL": "amqp://nobody@127.0.0.1:1/",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "BLOB_URL": "s3://nowhere",
    "PLOTPROOF_URL": "http://127.0.0.1:1",
}


def collection_of(*features: dict[str, Any]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


def point(plotid: str, lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, lat]}, "properties": {"plotid": plotid}}


def test_run_writes_results_and_rejections_and_nothing_else(
    plotproof: Plotproof, landscape: Sample, truth: dict[str, Any], tmp_path: Path
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    window = ("--start-date", truth["window"]["start_date"], "--end-date", truth["window"]["end_date"])
    layers = ("--layers", landscape.layers_dir)
    done = plotproof("run", landscape.plots_file, *window, *layers, "-o", "out.geojson", TMPDIR=str(temporary), **NOWHERE)
    assert done.code == 0, done.err
    features = json.loads((tmp_path / "out.geojson").read_bytes())["features"]
    assert len(features) == truth["counts"]["valid"]
    rejected = [json.loads(line) for line in (tmp_path / "out.geojson.rejections.ndjson").read_bytes().splitlines()]
    assert {entry["plot_id"] for entry in rejected} == {plot["plotid"] for plot in truth["faulty"]}
    assert all(plot["plotid"] in done.err for plot in truth["faulty"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.geojson", "out.geojson.rejections.ndjson", "tmp"]
    assert list(temporary.iterdir()) == []


def test_a_run_that_is_terminated_leaves_nothing(landscape: Sample, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    plots = many(tmp_path_factory.mktemp("many") / "many.geojson", 5000, 1)  # far more than are computed before the signal comes
    command = [*PLOTPROOF, "run", str(plots), "--layers", str(landscape.layers_dir), "-o", "out.csv"]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(tmp_path, TMPDIR=str(temporary)), stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stderr is not None
        assert any("staging: completed" in line for line in run.stderr)
        assert list(temporary.iterdir())
        run.terminate()
        run.stderr.read()
    assert run.returncode == 128 + signal.SIGTERM
    assert [path.name for path in tmp_path.iterdir()] == ["tmp"]
    assert list(temporary.iterdir()) == []


COLUMNS = {"plotid", "alert_class", "noncompliance_area_ha", "agreement", "overlap", "geometry"}


def test_run_writes_geoparquet(plotproof: Plotproof, landscape: Sample, truth: dict[str, Any], tmp_path: Path) -> None:
    done = plotproof("run", landscape.plots_file, "--layers", landscape.layers_dir, "-o", "out.parquet", "--json")
    assert done.code == 0, done.err
    assert done.json["status"] == "COMPLETED"
    rows = geopandas.read_parquet(tmp_path / "out.parquet")
    assert len(rows) == truth["counts"]["valid"]
    assert set(rows.columns) >= COLUMNS


def test_layer_files_take_the_place_of_a_catalogue_layer(plotproof: Plotproof, landscape: Sample, tmp_path: Path) -> None:
    (tmp_path / "plots.geojson").write_text(collection_of(point("one", 0.02, 6.65)))
    layers: list[str] = []
    for band in ("treecover2000", "lossyear", "datamask"):
        tile = next((landscape.layers_dir / "hansen_gfc").glob(f"*{band}_10N_000E.tif"))
        (tmp_path / f"{band}.tif").symlink_to(tile)
        layers += ["--layer", f"hansen_gfc.{band}={band}.tif"]
    done = plotproof("run", "plots.geojson", "--stats", "eudr_deforestation", *layers, "-o", "out.ndjson")
    assert done.code == 0, done.err
    properties = json.loads((tmp_path / "out.ndjson").read_bytes())["properties"]
    assert properties["plotid"] == "one"
    assert properties["alert_class"] not in (None, "none")  # without a baseline nothing is ever clear
    states = properties["layer_states"]
    assert {"hansen_gfc", "jrc_gfc2020", "jrc_tmf"} <= states.keys() and states["hansen_gfc"] == "available"
    assert {state for layer, state in states.items() if layer != "hansen_gfc"} == {"not_configured"}
    assert sorted(properties["provenance"]["layers"]["hansen_gfc"]["checksums"]) == ["datamask.tif", "lossyear.tif", "treecover2000.tif"]


def test_a_run_without_any_layer_says_so_and_gives_no_number(plotproof: Plotproof, tmp_path: Path) -> None:
    (tmp_path / "plots.geojson").write_text(collection_of(point("one", 0.02, 6.65)))
    done = plotproof("run", "plots.geojson", "-o", "out.ndjson")
    assert "no layer is configured" in done.err
    properties = json.loads((tmp_path / "out.ndjson").read_bytes())["properties"]
    assert (properties["state"], properties["alert_class"], properties["noncompliance_area_ha"]) == ("not_covered", None, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("not json", ["malformed_file", "line 1"]),
        (collection_of(point("far", 0.0, 95.0)), ["Plot far", "no_usable_plot", "latitude 95.0"]),
    ],
)
def test_a_file_without_a_usable_plot_is_bad_input_and_an_old_result_survives(
    plotproof: Plotproof, tmp_path: Path, text: str, words: list[str]
) -> None:
    (tmp_path / "plots.geojson").write_text(text)
    (tmp_path / "out.csv").write_text("before")
    done = plotproof("run", "plots.geojson", "-o", "out.csv")
    assert done.code == 2, done.err
    assert all(word in done.err for word in words), done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "plots.geojson"]
    assert (tmp_path / "out.csv").read_text() == "before"


def test_run_reads_the_named_layer_of_a_file_that_holds_several_and_writes_csv(
    plotproof: Plotproof, landscape: Sample, tmp_path: Path
) -> None:
    for name in ("east", "west"):
        plots = geopandas.read_file(landscape.plots_file).iloc[[0]][["plotid", "geometry"]].assign(plotid=name)
        plots.to_file(tmp_path / "two.gpkg", driver="GPKG", layer=name)
    options = ("--layers", landscape.layers_dir, "-o", "out.csv")
    done = plotproof("run", "two.gpkg", "--file-layer", "west", *options)
    assert done.code == 0, done.err
    with (tmp_path / "out.csv").open(newline="") as file:
        [row] = csv.DictReader(file)
    assert row["plotid"] == "west" and set(row) >= COLUMNS
