"""The method over layers behind an address: the same results as from files, and a layer that is away is given up alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from services.deforestation.worker import LAYERS, compute
from shared.errors import Unavailable
from shared.rasters.reader import Rasters
from tests.services.deforestation.scene import TERMS, Scene, block, plots
from tests.shared.rasters.tile_server import TileServer, served

PLOTS = (block(30, 30, 20, 20), block(5.5, 60.2, 3.3, 4.1), block(70, 76, 6, 8))
"""With loss, without, and half off the rasters."""
TILES = {"hansen_gfc": "10N_010E", "jrc_tmf": "N10_E10", "jrc_gfc2020": "N10_E10"}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path).paint(35, 35, 8, 8, lossyear=23, tmf2023=3, DeforestationYear=2023)


@pytest.fixture
def server(scene: Scene, tmp_path: Path) -> Iterator[TileServer]:
    scene.rasters()
    for name in LAYERS:
        layer, _, band = name.partition(".")
        tile = tmp_path / "served" / f"{layer}-{band}-{TILES[layer]}.tif"
        tile.parent.mkdir(exist_ok=True)
        tile.symlink_to(tmp_path / f"{name}.tif")
    with served(tmp_path / "served") as tiles:
        yield tiles


def remote(server: TileServer) -> Rasters:
    templates = {layer: f"{server.address}/{layer}-{{band}}-{{tile}}.tif" for layer in TILES}
    return Rasters(url_override=templates, timeout_s=5.0, retry_delays_s=(0.01,))


def test_results_from_an_address_equal_those_from_files(scene: Scene, server: TileServer) -> None:
    server.latency_s = 0.01
    found = compute(plots(*PLOTS), TERMS, remote(server))
    assert found == scene.outcomes(*PLOTS)
    assert isinstance(found[0].values, EudrDeforestation) and found[0].values.alert_class == "critical"
    assert server.most_at_once >= 2


def test_a_layer_that_is_away_stops_the_chunk_and_on_the_last_try_is_given_up_alone(server: TileServer) -> None:
    server.always, server.only_for = 503, "AnnualChange_2022"
    with pytest.raises(Unavailable, match="AnnualChange_2022"):
        compute(plots(*PLOTS), TERMS, remote(server))
    found = compute(plots(*PLOTS), TERMS, remote(server), True)
    for outcome in found:
        assert isinstance(outcome.values, EudrDeforestation)
        assert outcome.values.layer_states["jrc_tmf"] == "failed"
        assert outcome.values.layer_states["hansen_gfc"] == "available"
        assert "layer_failed:jrc_tmf" in outcome.reasons
    assert [outcome.values.alert_class for outcome in found if isinstance(outcome.values, EudrDeforestation)][1] == "inconclusive"
