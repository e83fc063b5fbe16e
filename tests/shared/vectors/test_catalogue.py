"""The packaged catalogue of polygon layers says whose each is, how it may be used, and how its file is made."""

import pytest

from shared.errors import Refused
from shared.rasters.catalogue import catalogue
from shared.vectors.catalogue import vector_catalogue, vector_layer_of

LAYERS = {"aqueduct40", "geoboundaries_adm1", "geoboundaries_adm2", "hydrobasins_lev06", "hydrobasins_lev08", "kba", "wdpa"}
OWN = {"supply_sheds"}
"""Layers that nobody publishes."""


def test_the_layers_of_the_methods_are_there_and_no_raster_has_their_names() -> None:
    assert set(vector_catalogue()) == LAYERS | OWN
    assert not (LAYERS | OWN) & set(catalogue())


@pytest.mark.parametrize("layer_id", sorted(LAYERS))
def test_every_layer_says_whose_it_is_and_how_its_file_is_made(layer_id: str) -> None:
    layer = vector_layer_of(layer_id)
    assert layer.id == layer_id
    assert all([layer.title, layer.version, layer.licence, layer.citation, layer.attribution])
    assert layer.source_page.startswith("https://") and layer.licence_url.startswith("https://")
    assert "ogr2ogr -f Parquet" in layer.prepare
    assert layer.file.format(version="2026-09") in layer.prepare, "the commands make another file than the one that is read"
    assert all(name in layer.prepare for name in layer.columns)


def test_what_nobody_may_be_given_is_marked() -> None:
    assert {layer.id for layer in vector_catalogue().values() if layer.restricted} == {"kba", "wdpa"}


OWN = {"supply_sheds"}
"""Layers that nobody publishes."""


def test_a_name_that_the_catalogue_does_not_know_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        vector_layer_of("gadm")
    assert refused.value.code == "layer_unknown"
