"""`plotproof layers` names the files of a place as the catalogue does."""

import json

from typer.testing import CliRunner

from cli.main import app


def test_layers_names_the_files_of_a_place() -> None:
    answer = CliRunner().invoke(app, ["layers", "--at", "-1.5", "6.2", "--json"])
    assert answer.exit_code == 0
    files = {f"{layer['id']}/{band['file']}" for layer in json.loads(answer.stdout) for band in layer["bands"]}
    assert "hansen_gfc/Hansen_GFC-2025-v1.13_lossyear_10N_010W.tif" in files
    assert "jrc_gfc2020/JRC_GFC2020_V4_N10_W10.tif" in files
    assert "jrc_tmf/N10_W10/AnnualChange_2020.tif" in files
