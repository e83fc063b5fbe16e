"""Random plots: valid, in bounds, in villages, and the same for the same seed."""

import json
from pathlib import Path

import numpy as np
import shapely

from sample import many
from sample.crowd import AREA_MAX_HA, AREA_MIN_HA
from sample.landscape import COLS, ROWS, latitude, longitude
from shared.geo.areas import geodesic_area_ha


def test_equal_seeds_give_equal_bytes_and_others_do_not(tmp_path: Path) -> None:
    first, second, other = (many(tmp_path / name, 50, seed).read_bytes() for name, seed in (("a", 4), ("b", 4), ("c", 5)))
    assert first == second != other


def test_plots_are_valid_in_the_region_and_between_their_sizes(tmp_path: Path) -> None:
    features = json.loads(many(tmp_path / "plots.geojson", 3000, 1).read_text())["features"]
    assert len({feature["properties"]["plotid"] for feature in features}) == 3000
    assert all(feature["properties"]["synthetic"] is True for feature in features)
    shapes = np.array([shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features])
    assert shapely.is_valid(shapes).all()
    assert shapely.is_ccw(shapely.get_exterior_ring(shapes)).all()
    west, south, east, north = shapely.total_bounds(shapes)
    assert longitude(0) < west < 0 < east < longitude(COLS)
    assert latitude(ROWS) < south < north < latitude(0)
    areas_ha = geodesic_area_ha(shapes)
    assert AREA_MIN_HA <= areas_ha.min() < 0.5 < 20 < areas_ha.max() <= AREA_MAX_HA
    assert 2.2 < np.median(areas_ha) < 2.8


def test_no_plot_at_all_is_still_a_collection(tmp_path: Path) -> None:
    assert json.loads(many(tmp_path / "none", 0, 1).read_text())["features"] == []
