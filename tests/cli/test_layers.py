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


def test_layers_says_how_the_files_of_polygons_are_made() -> None:
    answer = CliRunner().invoke(app, ["layers", "--json"])
    rows = {row["id"]: row for row in json.loads(answer.stdout)}
    assert (rows["wdpa"]["restricted"], rows["aqueduct40"]["restricted"]) == (True, False)
    said = CliRunner().invoke(app, ["layers"]).stdout
    assert "aqueduct40/baseline_annual.parquet" in said
    assert all(line in said for line in rows["aqueduct40"]["prepare"].strip().splitlines())
    assert "wdpa/wdpa_{version}.parquet (get your own permission first)" in said
