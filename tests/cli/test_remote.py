"""The commands against a running server."""

import csv
import io
import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import httpx
import pytest
from typer.testing import CliRunner

from cli.main import app
from client import CredentialsFile, PlotproofClient
from sample import Sample
from tests.cli.conftest import PLOTPROOF, Result, environment

Plotproof = Callable[..., Result]


@pytest.fixture
def plotproof(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plotproof:
    """Call a command in this process, against the shared server."""
    monkeypatch.chdir(tmp_path)
    home = {"HOME": str(tmp_path), "COLUMNS": "200", "PLOTPROOF_URL": server}

    def call(*words: object) -> Result:
        done = CliRunner(env=home).invoke(app, [str(word) for word in words])
        return Result(done.exit_code, done.stdout, done.stderr)

    return call


@pytest.fixture(scope="module")
def collection(server: str, landscape: Sample, truth: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    """Id of the synthetic plots, computed."""
    with PlotproofClient(server, credentials=CredentialsFile(tmp_path_factory.mktemp("home") / "none")) as client:
        submission = client.batch_process(landscape.plots_file, collection_name="shared", **truth["window"])
        assert [progress.status for progress in client.watch(submission.collection_id)][-1] == "COMPLETED"
        return submission.collection_id


def test_submit_and_watch_tells_every_stage_and_ends_with_the_state(plotproof: Plotproof, landscape: Sample, truth: dict[str, Any]) -> None:
    done = plotproof("submit", landscape.plots_file, "--name", "watched", "--end-date", "2025-12-31", "--watch")
    assert done.code == 0, done.err
    counts = truth["counts"]
    assert f"watched: COMPLETED, 100 %, {counts['features']} plots, {counts['valid']} accepted, {counts['faulty']} rejected" in done.out
    for stage in ("staging", "uploading", "eudr_deforestation", "summarising"):
        assert f"{stage}: completed" in done.err
    assert "\x1b" not in done.err and len(done.err.splitlines()) < 40


def test_submit_as_json_is_one_json_text(plotproof: Plotproof, landscape: Sample) -> None:
    done = plotproof("submit", landscape.plots_file, "--name", "as json", "--watch", "--json")
    assert done.code == 0
    assert done.json["status"] == "COMPLETED"


def test_a_name_that_is_taken_is_bad_input(plotproof: Plotproof, landscape: Sample, collection: str) -> None:
    done = plotproof("submit", landscape.plots_file, "--name", "shared")
    assert done.code == 2
    assert "[collection_exists]" in done.err


def test_an_unknown_statistic_is_refused_with_the_known_ones(plotproof: Plotproof, landscape: Sample) -> None:
    done = plotproof("submit", landscape.plots_file, "--stats", "carbon")
    assert done.code == 2
    assert "carbon" in done.err and "eudr_deforestation" in done.err


def test_an_unknown_collection_is_said(plotproof: Plotproof) -> None:
    for command in ("progress", "fetch", "rejections"):
        done = plotproof(command, "0x00")
        assert (done.code, done.out) == (2, "")
        assert "[not_found]" in done.err


def test_progress_by_name_and_by_id_is_the_same(plotproof: Plotproof, collection: str) -> None:
    by_id, by_name = (plotproof("progress", target, "--json") for target in (collection, "shared"))
    assert by_id.json == by_name.json
    assert by_id.json["status"] == "COMPLETED"
    assert "summarising" in plotproof("progress", "shared").out


def test_a_collection_is_cancelled_and_removed_once_somebody_is_sure(plotproof: Plotproof, landscape: Sample) -> None:
    assert plotproof("submit", landscape.plots_file, "--name", "to be gone", "--watch").code == 0
    assert "no run was open" in plotproof("cancel", "to be gone").out
    assert plotproof("delete", "to be gone").code != 0, "nobody answered whether it may go"
    assert plotproof("progress", "to be gone").code == 0
    done = plotproof("delete", "to be gone", "--yes")
    assert done.code == 0 and "is gone" in done.out
    assert plotproof("progress", "to be gone").code == 2


def test_collections_are_listed_by_name(plotproof: Plotproof, collection: str) -> None:
    listed = plotproof("collections", "--json").json
    assert listed["shared"]["collection_id"] == collection
    assert listed["shared"]["batch_jobs"][0]["status"] == "completed"
    assert collection in plotproof("collections").out


def test_rejections_name_every_faulty_plot(plotproof: Plotproof, collection: str, truth: dict[str, Any]) -> None:
    found = plotproof("rejections", "shared", "--json").json["rejections"]
    assert {(entry["plot_id"], entry["code"]) for entry in found} == {(plot["plotid"], plot["code"]) for plot in truth["faulty"]}
    people = plotproof("rejections", collection).out
    assert all(plot["plotid"] in people for plot in truth["faulty"])


def test_every_format_has_every_plot(plotproof: Plotproof, collection: str, truth: dict[str, Any], tmp_path: Path) -> None:
    valid = truth["counts"]["valid"]
    for name in ("out.geojson", "out.ndjson", "out.csv", "out.parquet"):
        done = plotproof("fetch", "shared", "-o", name, "--json")
        assert done.code == 0, done.err
        assert done.json["plots"] == valid
    features = json.loads((tmp_path / "out.geojson").read_bytes())["features"]
    lines = [json.loads(line) for line in (tmp_path / "out.ndjson").read_bytes().splitlines()]
    table = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_bytes().decode(), newline="")))
    frame = geopandas.read_parquet(tmp_path / "out.parquet")
    assert features == lines
    ids = [feature["properties"]["plotid"] for feature in features]
    assert ids == [row["plotid"] for row in table] == list(frame["plotid"])
    losses = [feature["properties"]["noncompliance_area_ha"] for feature in features]
    assert losses == [float(row["noncompliance_area_ha"]) if row["noncompliance_area_ha"] else None for row in table]
    assert [loss for loss in losses if loss is not None] == list(frame["noncompliance_area_ha"].dropna())


def test_fetch_to_standard_output_is_geojson(plotproof: Plotproof, collection: str, truth: dict[str, Any]) -> None:
    assert len(plotproof("fetch", collection).json["features"]) == truth["counts"]["valid"]


class LosesFirstAnswer(httpx.BaseTransport):
    """A connection that breaks after the server has worked and before its answer is read."""

    def __init__(self) -> None:
        self.inner = httpx.HTTPTransport()
        self.calls = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        response = self.inner.handle_request(request)
        if self.calls > 1:
            return response
        response.read()
        raise httpx.ReadError("connection reset by peer")


def test_a_submission_whose_answer_is_lost_starts_one_run(server: str, landscape: Sample, tmp_path: Path) -> None:
    lossy = LosesFirstAnswer()
    with PlotproofClient(server, credentials=CredentialsFile(tmp_path / "none"), transport=lossy) as client:
        submission = client.batch_process(landscape.plots_file, collection_name="lost answer")
        assert lossy.calls == 2
        assert client.collections()["lost answer"].collection_id == submission.collection_id
        assert len(client.collections()["lost answer"].batch_jobs) == 1


def test_ctrl_c_leaves_the_run_going_on(server: str, landscape: Sample, tmp_path: Path) -> None:
    command = [*PLOTPROOF, "submit", str(landscape.plots_file), "--name", "left alone", "--watch", "--url", server]
    watching = subprocess.Popen(command, env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert watching.stderr is not None
    collection = watching.stderr.readline().split()[-1]
    watching.send_signal(signal.SIGINT)
    _, err = watching.communicate(timeout=120)
    with PlotproofClient(server, credentials=CredentialsFile(tmp_path / "none")) as client:
        assert [progress.status for progress in client.watch(collection)][-1] == "COMPLETED"
    if watching.returncode != 0:  # it may have ended before the signal came
        assert watching.returncode == 130
        assert f"plotproof progress {collection} --watch" in err.replace("\n", "")


def test_statistics_of_some_plots_in_another_window_are_a_run_of_their_own(plotproof: Plotproof, collection: str) -> None:
    all_of_them = plotproof("fetch", collection, "--format", "ndjson", "--stat", "eudr_deforestation").out.splitlines()
    plot = json.loads(all_of_them[0])["properties"]["plotid"]
    done = plotproof("stats", collection, "--stat", "eudr_deforestation", "--plot", plot, "--end-date", "2022-12-31", "--watch", "--json")
    assert done.code == 0, done.err
    assert (done.json["operation"], done.json["status"], done.json["stages"][0]["total"]) == ("batch_zonal_stats", "COMPLETED", 1)
    [line] = plotproof("fetch", collection, "--run", done.json["run_id"], "--format", "ndjson").out.splitlines()
    assert (json.loads(line)["properties"]["plotid"], json.loads(line)["properties"]["window_end"]) == (plot, "2022-12-31")
    refused = plotproof("stats", collection, "--plot", "nobody's")
    assert refused.code == 2 and "nobody's" in refused.err


def test_the_supply_base_is_fetched_as_a_whole(server: str, collection: str, tmp_path: Path) -> None:
    with PlotproofClient(server, credentials=CredentialsFile(tmp_path / "none")) as client:
        [whole] = client.fetch_supply_shed(collection, stats="eudr_deforestation")
    found = whole["properties"]
    assert found["n_ok"] == found["n_plots"] > 0 and found["risk_tier"] in ("High", "Medium", "Compliant", None)
    assert found["union_area_ha"] <= found["plot_area_ha"] + 1e-6
