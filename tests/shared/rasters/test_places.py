"""What a folder of tiles holds of a band, while it grows."""

from pathlib import Path

from shared.rasters.catalogue import layer_of
from shared.rasters.places import Places

MOD16 = layer_of("mod16")


def test_a_band_is_configured_from_the_moment_that_a_tile_of_it_lies_there(tmp_path: Path) -> None:
    places = Places(tmp_path, False, {}, {})
    folder = tmp_path / "mod16"
    assert not places.configured(MOD16, "ET_2020-001")
    folder.mkdir()
    assert not places.configured(MOD16, "ET_2020-001")
    (folder / "MOD16A2GF.A2020001.h17v08.061.PET_500m.tif").touch()
    (folder / "MOD16A2GF.A2020009.h17v08.061.ET_500m.tif").touch()
    assert not places.configured(MOD16, "ET_2020-001")
    assert places.configured(MOD16, "PET_2020-001")
    (folder / "MOD16A2GF.A2020001.h18v08.061.ET_500m.tif").touch()
    assert places.configured(MOD16, "ET_2020-001")
    assert not places.configured(MOD16, "ET_2020-361")


def test_tiles_in_folders_of_their_own_are_found(tmp_path: Path) -> None:
    tile = tmp_path / "jrc_tmf" / "N10_W10" / "AnnualChange_2020.tif"
    tile.parent.mkdir(parents=True)
    tile.touch()
    places = Places(tmp_path, False, {}, {})
    assert places.configured(layer_of("jrc_tmf"), "AnnualChange_2020")
    assert not places.configured(layer_of("jrc_tmf"), "AnnualChange_2021")
