"""Where the files of polygon layers are found, that a process keeps to what it read, and that runs learn of it."""

from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import shapely

from shared.errors import Refused, Unavailable
from shared.isolation import compute_alone
from shared.outcome import Plots, Terms, Window
from shared.rasters.reader import Rasters
from shared.rasters.recorded import RecordedRasters, layer_manifest, open_rasters, open_vectors
from shared.settings import Settings
from shared.vectors.opening import OpenedPolygons, Polygons, open_layer, open_polygons, state_of
from tests.shared.vectors.counting import compute
from tests.shared.vectors.make import array, polygons_of, write_layer

SQUARE = shapely.box(0, 0, 1, 1)


def test_a_layer_without_a_file_is_not_configured(tmp_path: Path) -> None:
    assert open_polygons(tmp_path, "kba") is None
    assert open_polygons(None, "kba") is None
    assert not Polygons(tmp_path).configured("kba")
    assert state_of(open_layer(RecordedRasters(Rasters()), "kba"), known=False) == "not_configured"


def test_a_read_layer_is_recorded_with_the_checksum_of_its_bytes(tmp_path: Path) -> None:
    vectors = polygons_of(tmp_path, "wdpa", [SQUARE])
    [path] = (tmp_path / "wdpa").iterdir()
    recorded = RecordedRasters(Rasters(), vectors)
    assert recorded.sources() == []
    opened = open_layer(recorded, "wdpa")
    checksum = f"sha256:{sha256(path.read_bytes()).hexdigest()}"
    facts = {"layer": "wdpa", "band": "polygons", "name": "wdpa_2026-09.parquet", "version": "2026-09", "checksum": checksum}
    assert recorded.sources() == [facts]
    assert [state_of(opened, known) for known in (True, False)] == ["available", "not_covered"]


def test_the_manifest_of_a_statistic_pins_polygons_beside_rasters(tmp_path: Path) -> None:
    bow_tie = shapely.Polygon([(10, 0), (11, 1), (11, 0), (10, 1)])
    vectors = polygons_of(tmp_path, "aqueduct40", [SQUARE, bow_tie])
    manifest = layer_manifest(Rasters(), vectors, ("hansen_gfc", "aqueduct40", "kba"))
    layer = vectors.layer("aqueduct40")
    assert layer is not None
    pinned = {name: manifest["aqueduct40"][name] for name in ("version", "checksum", "features", "features_mended")}
    assert pinned == {"version": "Y2023M07D05", "checksum": layer.checksum, "features": 2, "features_mended": 1}
    assert (manifest["kba"]["checksum"], manifest["kba"]["features"]) == (None, None)
    assert manifest["hansen_gfc"]["configured_bands"] == []


def test_the_settings_give_files_in_the_place_of_both_kinds_of_layers(tmp_path: Path) -> None:
    path = write_layer(tmp_path / "mine.parquet", "kba", [SQUARE])
    config = Settings(layer_files={"kba": path})
    layer = open_vectors(config).layer("kba")
    assert layer is not None and (layer.version, layer.name) == ("local", "mine.parquet")
    assert open_rasters(config).state("hansen_gfc", "lossyear") == "not_configured"


def test_a_given_file_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        Polygons(files={"kba": tmp_path / "none.parquet"})
    assert refused.value.code == "layer_file_missing"


def test_two_releases_side_by_side_are_not_chosen_between(tmp_path: Path) -> None:
    for month in ("2026-08", "2026-09"):
        write_layer(tmp_path / f"wdpa/wdpa_{month}.parquet", "wdpa", [SQUARE])
    with pytest.raises(Unavailable, match=r"wdpa_2026-08\.parquet, wdpa_2026-09\.parquet") as unavailable:
        open_polygons(tmp_path, "wdpa")
    assert unavailable.value.code == "layer_ambiguous"


def test_a_process_keeps_to_the_file_that_it_read(tmp_path: Path) -> None:
    vectors = polygons_of(tmp_path, "kba", [SQUARE])
    before = vectors.layer("kba")
    write_layer(tmp_path / "kba/kba_2026-09.parquet", "kba", [SQUARE, SQUARE])
    assert vectors.layer("kba") is before and before is not None and len(before) == 1
    fresh = open_polygons(tmp_path, "kba")
    assert fresh is not None and len(fresh) == 2 and fresh.checksum != before.checksum


def test_a_broken_file_fails_its_layer_and_its_successor_waits_for_a_new_start(tmp_path: Path) -> None:
    path = tmp_path / "kba/kba_2026-09.parquet"
    path.parent.mkdir()
    path.write_bytes(b"PAR1")
    vectors = Polygons(tmp_path)
    recorded = RecordedRasters(Rasters(), vectors)
    with pytest.raises(Unavailable):
        open_layer(recorded, "kba")
    assert open_layer(recorded, "kba", give_up=True) == OpenedPolygons("failed", None)
    facts = vectors.facts("kba")
    assert (facts["features"], facts["checksum"]) == (None, f"sha256:{sha256(b'PAR1').hexdigest()}")
    write_layer(path, "kba", [SQUARE])
    with pytest.raises(Unavailable) as unavailable:
        vectors.layer("kba")
    assert unavailable.value.code == "layer_changed"


def test_a_plot_that_is_computed_alone_reads_the_same_file_and_says_so(tmp_path: Path) -> None:
    vectors = polygons_of(tmp_path, "aqueduct40", [SQUARE])
    geometries = array(shapely.box(0.1, 0.1, 0.2, 0.2), shapely.box(5, 5, 5.1, 5.1))
    plots = Plots(np.arange(2), geometries, np.ones(2), np.zeros(2, dtype=bool))
    terms = Terms(Window(date(2024, 1, 1), date(2024, 12, 31)))
    outcomes, read = compute_alone(compute, plots, terms, Settings(layers_dir=tmp_path), lambda done: None)
    assert [outcome.reasons for outcome in outcomes] == [("available",), ("not_covered",)]
    layer = vectors.layer("aqueduct40")
    assert layer is not None
    assert {source.checksum for source in read} == {layer.checksum}
