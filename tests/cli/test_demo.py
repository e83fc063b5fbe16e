"""`plotproof demo` and `plotproof serve`: shown in one go, taken up again after a kill."""

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli.demo_summary import MEASURES
from client import CredentialsFile, PlotproofClient
from sample import Sample
from tests.cli.conftest import PLOTPROOF, Result, environment, serving

Plotproof = Callable[..., Result]


def test_the_demo_ends_completed_and_lists_the_faulty_plots_every_time(plotproof: Plotproof, tmp_path: Path, truth: dict[str, Any]) -> None:
    done = plotproof("demo")
    assert done.code == 0, done.err
    assert "COMPLETED" in done.out and "SYNTHETIC" in done.out
    assert all(plot["plotid"] in done.out and plot["code"] in done.out for plot in truth["faulty"])
    assert "plotproof serve --data demo/data --layers demo/layers" in done.out and "SYN-BAD-line" in done.out
    assert "\x1b" not in done.out + done.err
    first = (tmp_path / "demo" / "results.geojson").read_bytes()
    again = plotproof("demo", "--json")
    assert again.code == 0, again.err
    assert again.json["progress"]["collection_name"].startswith("SYNTHETIC demo")
    classes = {entry["alert_class"]: entry["plots"] for entry in again.json["classes"]}
    assert sum(classes.values()) == truth["counts"]["valid"]
    _require_every_statistic(again.json, truth["counts"]["valid"])
    assert all(f"SYNTHETIC {entry['stat']}" in done.out and entry["title"] in done.out for entry in again.json["statistics"])
    second = (tmp_path / "demo" / "results.geojson").read_bytes()
    assert [_result(each) for each in _features(first)] == [_result(each) for each in _features(second)]


def _require_every_statistic(told: dict[str, Any], valid: int) -> None:
    """Each statistic that was computed says something of most plots, and of every plot whether it does."""
    computed = {stage["name"] for stage in told["progress"]["stages"]} & set(MEASURES)
    assert {entry["stat"] for entry in told["statistics"]} == computed
    assert {"luc_emissions", "biodiversity"} <= computed
    for entry in told["statistics"]:
        assert entry["plots"] + entry["without"] == valid, entry
    means = {entry["field"]: entry for entry in told["statistics"]}
    assert means["luc_tco2ehayear"]["plots"] == means["diversity_score"]["plots"] == valid
    assert 0 == means["luc_tco2ehayear"]["least"] < means["luc_tco2ehayear"]["mean"] < means["luc_tco2ehayear"]["greatest"]
    assert 10 < means["diversity_score"]["least"] < means["diversity_score"]["greatest"] < 100
    assert means["rao_q"]["without"] > 0 and means["rao_q"]["reason"] == "too_few_pixels"


def _features(collection: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(collection)["features"]
    return found


def _result(feature: dict[str, Any]) -> dict[str, Any]:
    own = {"collection_id", "provenance"}
    return {**feature, "properties": {name: value for name, value in feature["properties"].items() if name not in own}}


def test_a_killed_demo_is_finished_by_serve_and_a_second_server_on_its_folder_is_refused(
    plotproof: Plotproof, tmp_path: Path, truth: dict[str, Any]
) -> None:
    demo = subprocess.Popen(
        [*PLOTPROOF, "demo"], cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert demo.stderr is not None
    collection = next(line.split()[-1] for line in demo.stderr if line.startswith("collection "))
    demo.kill()
    demo.wait()
    nobody = CredentialsFile(tmp_path / "none")
    with (
        serving(tmp_path, "--data", "demo/data", "--layers", "demo/layers") as running,
        PlotproofClient(running.url, credentials=nobody) as client,
    ):
        *_, last = client.watch(collection)
        assert last.status == "COMPLETED"
        second = plotproof("serve", "--data", "demo/data", "--port", "0")
        assert second.code == 1 and "another process serves demo/data" in second.err
        plots = [feature["properties"]["plot_no"] for feature in client.fetch_plots(collection)]
    assert plots == list(range(truth["counts"]["valid"]))


def test_a_watching_client_outlives_a_killed_server(tmp_path: Path, landscape: Sample) -> None:
    options = ("--data", "data", "--layers", landscape.layers_dir)
    with serving(tmp_path, *options) as first:
        port = first.url.rpartition(":")[2]
        client = PlotproofClient(first.url, credentials=CredentialsFile(tmp_path / "none"))
        watching = client.watch(client.batch_process(landscape.plots_file, collection_name="killed").collection_id)
        next(watching)
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        with serving(tmp_path, *options, "--port", port):
            *_, last = watching
            assert last.status == "COMPLETED"
        client.close()
