"""The packaged catalogue says what the methods say of each layer."""

from datetime import date

import pytest
from pydantic import ValidationError

from shared.errors import Refused
from shared.rasters.bands import BandSpec
from shared.rasters.catalogue import catalogue, layer_of
from shared.rasters.tiles import PlaneTile, Tile


def test_the_layers_of_the_first_statistic_are_there() -> None:
    assert {"hansen_gfc", "jrc_gfc2020", "jrc_tmf"} <= set(catalogue())


@pytest.mark.parametrize("layer_id", sorted(catalogue()))
def test_every_layer_says_whose_it_is_and_how_it_may_be_used(layer_id: str) -> None:
    layer = catalogue()[layer_id]
    assert layer.id == layer_id
    assert all([layer.title, layer.version, layer.licence, layer.citation, layer.attribution])
    assert layer.source_page.startswith("https://") and layer.url.startswith("https://" if layer.url else "")
    assert layer.url or not layer.range_reads
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


def test_layers_of_other_shapes_have_their_public_names() -> None:
    south_west = "https://esa-worldcover.s3.eu-central-1.amazonaws.com/v200/2021/map/ESA_WorldCover_10m_2021_v200_N00E006_Map.tif"
    assert layer_of("worldcover").tile_url("map", Tile(3, 6)) == south_west
    assert layer_of("eth_chm").tile_file("Map", Tile(3, 15)) == "ETH_GlobalCanopyHeight_10m_2020_N00E015_Map.tif"
    assert layer_of("cci_agb").tile_file("AGB_SD_2020", Tile(0, 20)) == "N00E020_ESACCI-BIOMASS-L4-AGB_SD-MERGED-100m-2020-fv6.0.tif"
    assert layer_of("glad_l").tile_file("alertDate26", Tile(0, -80)) == "2026/alertDate26_080W_10S_070W_00N.tif"
    assert layer_of("chirps3").tile_url("2020-03", None).endswith("/cogs/chirps-v3.0.2020.03.cog")
    assert layer_of("wapor3_aeti").tile_url("2020-03-D1", None).endswith("/L1-AETI-D/WAPOR-3.L1-AETI-D.2020-03-D1.tif")
    assert layer_of("mod16").tile_file("ET_2020-097", PlaneTile(9, 12)) == "MOD16A2GF.A2020097.h12v09.061.ET_500m.tif"
    assert layer_of("meta_chm").tile_file("height", PlaneTile(5, 3)) == "000000213.tif"


def test_a_layer_without_public_address_says_so() -> None:
    assert layer_of("mod16").tile_url("ET_2020-097", PlaneTile(9, 12)) == ""


def test_bands_in_time_are_found_by_the_days_that_they_lie_in() -> None:
    whole = layer_of("mod16").between(date(2019, 12, 20), date(2020, 1, 16), "ET_500m")
    assert [(band.name, band.days) for band in whole] == [("ET_2019-361", 5), ("ET_2020-001", 8), ("ET_2020-009", 8)]
    assert len(layer_of("chirps3").between(date(2020, 1, 1), date(2020, 12, 31))) == 12
    with pytest.raises(ValueError, match="no band in time"):
        _ = layer_of("hansen_gfc").band("lossyear").days


@pytest.mark.parametrize(
    "wrong",
    [
        {"dtype": "float32", "decoder": "categorical"},
        {"decoder": "categorical", "scale": 0.1},
        {"decoder": "days_since"},
        {"decoder": "quantity", "epoch": "2020-01-01"},
        {"decoder": "day_of_year"},
        {"decoder": "quantity", "colour": "red"},
    ],
)
def test_a_band_that_cannot_be_decoded_is_no_band(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        BandSpec.model_validate({"name": "x", "dtype": "int16", "units": "m", "values": [[0, 1]]} | wrong)


def test_layers_that_an_operator_makes_have_the_names_that_their_files_say() -> None:
    assert layer_of("jrc_gft2020").tile_file("map", Tile(10, -10)) == "JRC_GFT2020_V1_N10_W10.tif"
    assert layer_of("gfw_flux").tile_file("emissions_px", Tile(10, -10)) == "10N_010W_emissions_px.tif"
    assert layer_of("terraclimate").tile_file("pet_2025-03", None) == "TerraClimate_pet_2025-03.tif"
    assert layer_of("ssebop").tile_file("2020-03", None) == "SSEBop_v5_2020-03.tif"
    assert layer_of("bii_io").tile_file("2020", None) == "bii_io_2020.tif"
    assert layer_of("dist_ann").tile_file("VEG-DIST-DATE_2023", None) == "VEG-DIST-DATE_2023.tif"


def test_palm_planted_before_the_cutoff_is_below_the_day_of_the_methods() -> None:
    band = layer_of("palm_descals").band("planting_day")
    assert band.epoch is not None
    assert (date(2020, 12, 31) - band.epoch).days == 18_627
