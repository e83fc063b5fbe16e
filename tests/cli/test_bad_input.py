"""What cannot work is said in one line before any work, with an exit code, and leaves nothing behind."""

import json
import socket
from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio import Affine
from typer.testing import CliRunner

from cli.main import app

PLOTS = '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[0,6]}}]}'


@pytest.fixture
def plots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / "plots.geojson"
    file.write_text(PLOTS)
    return file


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def called(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, result.stdout, result.stderr.strip()


@pytest.mark.parametrize("command", [["submit", "none.geojson"], ["run", "none.geojson", "-o", "out.csv"]])
def test_a_missing_file_is_bad_input(plots: Path, command: list[str]) -> None:
    assert called(*command) == (2, "", "error: none.geojson: no such file")


def test_an_unknown_kind_of_file_names_the_known_ones(plots: Path) -> None:
    plots.rename("plots.doc")
    code, _, err = called("submit", "plots.doc")
    assert code == 2
    assert "plots.doc: unknown kind of file" in err and ".geojson" in err


@pytest.mark.parametrize(
    "command", [["submit", "plots.geojson"], ["progress", "0xab"], ["fetch", "0xab"], ["collections"], ["rejections", "0xab"]]
)
def test_a_server_that_is_not_there_is_said(plots: Path, command: list[str]) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    code, out, err = called(*command, "--url", url)
    assert (code, out) == (1, "")
    assert err.startswith(f"error: no answer from {url}: ") and "plotproof serve" in err and "\n" not in err


def test_errors_are_json_on_standard_output_when_wished(plots: Path) -> None:
    code, out, err = called("collections", "--url", f"http://127.0.0.1:{closed_port()}", "--json")
    assert (code, err) == (1, "")
    assert json.loads(out)["error"]["code"] == "unreachable"


@pytest.mark.parametrize("address", ["nonsense", "ftp://127.0.0.1", "http://[::1"])
def test_an_address_that_is_none_is_said(plots: Path, address: str) -> None:
    code, _, err = called("collections", "--url", address)
    assert code in (1, 2)
    assert err.startswith("error: ") and address in err


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("hansen=x.tif", ["no layer is called hansen", "hansen_gfc", "jrc_tmf"]),
        ("hansen_gfc=plots.geojson", ["hansen_gfc has several bands", "hansen_gfc.treecover2000"]),
        ("hansen_gfc.loss=plots.geojson", ["has no band loss"]),
        ("hansen_gfc.lossyear=none.tif", ["hansen_gfc.lossyear", "does not exist", "none.tif"]),
        ("hansen_gfc.lossyear=plots.geojson", ["plots.geojson does not read"]),
        ("hansen_gfc.lossyear=floats.tif", ["hansen_gfc.lossyear", "float32"]),
        ("hansen_gfc.lossyear", ["ID[.BAND]=PATH"]),
    ],
)
def test_a_layer_that_cannot_be_used_is_said_before_any_work(plots: Path, option: str, words: list[str]) -> None:
    profile = {"driver": "GTiff", "count": 1, "dtype": "float32", "crs": "EPSG:4326", "width": 2, "height": 2}
    with rasterio.open("floats.tif", "w", transform=Affine(0.1, 0, 0, 0, -0.1, 6), **profile) as file:
        file.write(np.full((1, 2, 2), 0.5, "float32"))
    code, out, err = called("run", plots, "--layer", option, "-o", "out.csv")
    assert (code, out) == (2, "")
    assert all(word in err for word in words), err
    assert not Path("out.csv").exists()


def test_a_layers_folder_that_is_not_there_is_said(plots: Path) -> None:
    assert called("run", plots, "--layers", "nowhere", "-o", "out.csv")[::2] == (2, "error: nowhere: the layers folder does not exist")


def test_an_output_that_cannot_be_written_is_said_before_any_work(plots: Path) -> None:
    assert called("run", plots, "-o", "nowhere/out.csv")[::2] == (2, "error: nowhere: no such folder")
    code, _, err = called("run", plots, "-o", "out.xls")
    assert code == 2
    assert "out.xls" in err and ".parquet" in err


def test_an_input_payload_that_is_no_json_is_said(plots: Path) -> None:
    code, _, err = called("submit", plots, "--input-payload", "{farm}")
    assert code == 2
    assert "--input-payload is not JSON" in err
