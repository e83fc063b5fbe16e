"""`plotproof validate` and `plotproof repair`: no server, an answer for people or programs, an exit code."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely

from tests.cli.conftest import Result

Plotproof = Callable[..., Result]
OPEN_RING = [[-1.512345, 6.512345], [-1.504321, 6.513333], [-1.505432, 6.521111], [-1.513333, 6.520101]]
SOUND = [[-1.612345, 6.512345], [-1.604321, 6.513333], [-1.605432, 6.521111], [-1.613333, 6.520101], [-1.612345, 6.512345]]
BOW = [[1.1, 7.1], [1.2, 7.2], [1.2, 7.1], [1.1, 7.2], [1.1, 7.1]]


def plots(**rings: list[list[float]]) -> str:
    """A FeatureCollection with a plot for each ring, by its id."""
    features: list[dict[str, Any]] = [
        {"type": "Feature", "properties": {"id": name, "farmer": 1.10}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        for name, ring in rings.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def test_a_good_file_is_accepted_with_its_country(plotproof: Plotproof, tmp_path: Path) -> None:
    (tmp_path / "good.geojson").write_text(plots(A=SOUND))
    done = plotproof("validate", "good.geojson", "--json")
    assert done.code == 0, done.err
    assert set(done.json) == {"total", "accepted", "rejected", "confidence", "country", "country_override_info", "findings"}
    assert (done.json["total"], done.json["accepted"], done.json["rejected"]) == (1, 1, 0)
    assert (done.json["confidence"], done.json["country"]) == ("high", "GH")


def test_what_a_killed_process_left_is_removed_and_not_told_in_the_answer(plotproof: Plotproof, tmp_path: Path) -> None:
    (tmp_path / "good.geojson").write_text(plots(A=SOUND))
    left = tmp_path / "plotproof-staging-left"
    left.mkdir()
    (left / "lock").touch()
    done = plotproof("validate", "good.geojson", "--json", TMPDIR=str(tmp_path))
    assert (done.code, done.json["accepted"], left.exists()) == (0, 1, False)


def test_bad_plots_are_listed_and_make_it_partial(plotproof: Plotproof, tmp_path: Path) -> None:
    (tmp_path / "mixed.geojson").write_text(plots(A=SOUND, B=BOW))
    done = plotproof("validate", "mixed.geojson", "--country", "Togo", "--json")
    assert done.code == 3, done.err
    assert (done.json["accepted"], done.json["rejected"]) == (1, 1)
    [fault] = [one for one in done.json["findings"] if one["severity"] == "error"]
    assert set(fault) == {"code", "severity", "plot_id", "feature_index", "message"}
    assert (fault["code"], fault["plot_id"], fault["feature_index"]) == ("invalid_geometry", "B", 1)
    assert done.json["country_override_info"]["detected_country"] == "Ghana"
    told = plotproof("validate", "mixed.geojson")
    assert told.code == 3
    assert "2 plots, 1 accepted, 1 rejected" in told.out and fault["message"].split(".")[0] in told.out


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("bad.geojson", "{", "not valid JSON"),
        ("plots.docx", "x", "known endings"),
    ],
)
def test_a_file_that_does_not_read_is_bad_input(plotproof: Plotproof, tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    done = plotproof("validate", name)
    assert (done.code, done.out) == (2, "")
    assert words.lower() in done.err.lower()


def test_a_file_without_a_usable_plot_is_listed_and_bad_input(plotproof: Plotproof, tmp_path: Path) -> None:
    (tmp_path / "bow.geojson").write_text(plots(B=BOW))
    done = plotproof("validate", "bow.geojson", "--json")
    assert done.code == 2
    assert (done.json["accepted"], [one["plot_id"] for one in done.json["findings"]]) == (0, ["B"])
    done = plotproof("repair", "bow.geojson", "-o", "out.geojson", "--repair", "safe")
    assert done.code == 2 and not (tmp_path / "out.geojson").exists()


def test_repair_writes_the_mended_plots_in_order_and_says_what_it_did(plotproof: Plotproof, tmp_path: Path) -> None:
    (tmp_path / "open.geojson").write_text(plots(Z=OPEN_RING, B=BOW, A=SOUND))
    done = plotproof("repair", "open.geojson", "-o", "out.geojson", "--json")
    assert done.code == 3, done.err
    [mended] = done.json["repairs"]
    assert (mended["plot_id"], mended["rules"]) == ("Z", ["ring_closed"])
    frame = geopandas.read_file(tmp_path / "out.geojson")
    assert frame["id"].tolist() == ["Z", "A"]
    assert frame.geometry.iloc[0].equals(shapely.Polygon(OPEN_RING)) and frame.geometry.iloc[1].equals(shapely.Polygon(SOUND))
    assert '"farmer": 1.1' in (tmp_path / "out.geojson").read_text()
    again = plotproof("validate", "out.geojson", "--repair", "off", "--json")
    assert (again.code, again.json["accepted"]) == (0, 2)


def test_repair_writes_geojson_only(plotproof: Plotproof, tmp_path: Path) -> None:
    (tmp_path / "good.geojson").write_text(plots(A=SOUND))
    done = plotproof("repair", "good.geojson", "-o", "out.csv")
    assert done.code == 2 and ".geojson" in done.err


def test_of_a_file_of_several_layers_the_named_one_is_read(plotproof: Plotproof, tmp_path: Path) -> None:
    for name, x in (("east", -1.612345), ("west", -1.712345)):
        outline = shapely.Polygon([(round(x + dx, 6), y) for dx, y in ((0, 6.512345), (0.008, 6.513333), (0.007, 6.521111))])
        geopandas.GeoDataFrame({"id": [name]}, geometry=[outline], crs=4326).to_file(tmp_path / "two.gpkg", driver="GPKG", layer=name)
    refused = plotproof("validate", "two.gpkg")
    assert refused.code == 2 and "several layers" in refused.err and "east, west" in refused.err
    assert plotproof("validate", "two.gpkg", "--file-layer", "west", "--json").json["accepted"] == 1
    assert plotproof("repair", "two.gpkg", "-o", "west.geojson", "--file-layer", "west").code == 0
    assert [one["properties"]["id"] for one in json.loads((tmp_path / "west.geojson").read_text())["features"]] == ["west"]
