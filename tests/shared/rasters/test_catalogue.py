"""The packaged catalogue says what the methods say of each layer."""

import pytest

from shared.errors import Refused
from shared.rasters.catalogue import catalogue, layer_of
from shared.rasters.tiles import Tile


def test_the_layers_of_the_first_statistic_are_there() -> None:
    assert {"hansen_gfc", "jrc_gfc2020", "jrc_tmf"} <= set(catalogue())


@pytest.mark.parametrize("layer_id", sorted(catalogue()))
def test_every_layer_says_whose_it_is_and_how_it_may_be_used(layer_id: str) -> None:
    layer = catalogue()[layer_id]
    assert layer.id == layer_id
    assert all([layer.title, layer.version, layer.licence, layer.citation, layer.attribution])
    assert layer.source_page.startswith("https://") and layer.url.startswith("https://")
    assert all(spec.name == name and spec.units for name, spec in layer.bands.items())


def test_hansen_tiles_have_their_public_names() -> None:
    layer = layer_of("hansen_gfc")
    base = "https://storage.googleapis.com/earthenginepartners-hansen/GFC-2025-v1.13/"
    assert layer.tile_file("lossyear", Tile(10, -10)) == "Hansen_GFC-2025-v1.13_lossyear_10N_010W.tif"
    assert layer.tile_url("datamask", Tile(0, 110)) == base + "Hansen_GFC-2025-v1.13_datamask_00N_110E.tif"
    assert layer.tile_url("lossyear", Tile(-50, 0)) == base + "Hansen_GFC-2025-v1.13_lossyear_50S_000E.tif"


def test_gfc2020_tiles_have_their_public_names() -> None:
    layer = layer_of("jrc_gfc2020")
    base = "https://jeodpp.jrc.ec.europa.eu/ftp/jrc-opendata/FOREST/GFC2020/LATEST/tiles/"
    assert layer.tile_url("map", Tile(0, -70)) == base + "JRC_GFC2020_V4_N0_W70.tif"
    assert layer.tile_file("map", Tile(10, -10)) == "JRC_GFC2020_V4_N10_W10.tif"
    assert layer.tile_file("map", Tile(-10, 0)) == "JRC_GFC2020_V4_S10_E0.tif"


def test_tmf_tiles_have_the_names_of_the_mirror_and_are_local_only() -> None:
    layer = layer_of("jrc_tmf")
    assert layer.tile_file("AnnualChange_2020", Tile(10, -10)) == "N10_W10/AnnualChange_2020.tif"
    assert layer.tile_url("DegradationYear", Tile(0, -80)).endswith("type=tile&dataset=DegradationYear&lat=N0&lon=W80")
    assert not layer.range_reads
    assert (layer.south, layer.north) == (-30, 30)


def test_tmf_has_a_band_for_each_year_from_1990_to_2025() -> None:
    bands = layer_of("jrc_tmf").bands
    years = [name for name in bands if name.startswith("AnnualChange_")]
    assert years == [f"AnnualChange_{year}" for year in range(1990, 2026)]
    assert (bands["AnnualChange_2020"].first_year, bands["AnnualChange_2020"].last_year) == (2020, 2020)
    assert {"DeforestationYear", "DegradationYear", "TransitionMap_Subtypes", "TransitionMap_MainClasses"} < set(bands)


def test_hansen_loss_runs_from_2001_to_2025() -> None:
    band = layer_of("hansen_gfc").band("lossyear")
    assert (band.decoder, band.year_offset, band.values) == ("year_offset", 2000, ((0, 25),))
    assert (band.first_year, band.last_year) == (2001, 2025)


@pytest.mark.parametrize(("layer_id", "band"), [("hansen", "lossyear"), ("hansen_gfc", "loss")])
def test_a_name_that_the_catalogue_does_not_know_is_refused(layer_id: str, band: str) -> None:
    with pytest.raises(Refused) as refused:
        layer_of(layer_id).band(band)
    assert refused.value.code == "layer_unknown"
