"""Protected areas and Key Biodiversity Areas: what counts, each place once, and how far the nearest is."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from services.biodiversity.sites import Sites, sites_at, strictest
from shared.geo.areas import geodesic_area_ha
from shared.vectors.layer import PolygonLayer
from tests.shared.vectors.make import array, polygons_of

PLOT = shapely.box(10.0, 5.0, 10.01, 5.01)
BESIDE = shapely.box(10.02, 5.0, 10.03, 5.01)
FAR = shapely.box(10.2, 5.2, 10.3, 5.3)


def layer(folder: Path, *rows: tuple[shapely.Geometry, str, str, str]) -> PolygonLayer:
    """Outline, status, designation and category of each site."""
    geometry, status, designation, category = (list(column) for column in zip(*rows, strict=True))
    found = polygons_of(folder, "wdpa", geometry, {"STATUS": status, "DESIG_ENG": designation, "IUCN_CAT": category}).layer("wdpa")
    assert found is not None
    return found


def at(held: PolygonLayer, *plots: shapely.Geometry) -> Sites:
    return sites_at(array(*plots), held, 10_000.0)


def test_overlapping_sites_count_once(tmp_path: Path) -> None:
    west, most = shapely.box(9.99, 4.99, 10.005, 5.02), shapely.box(9.99, 4.99, 10.0075, 5.02)
    found = at(layer(tmp_path, (west, "Designated", "Park", "IV"), (most, "Inscribed", "Reserve", "Ib")), PLOT)
    want = geodesic_area_ha(array(shapely.intersection(PLOT, most)))[0] * 10_000
    assert found.overlap_m2[0] == pytest.approx(want, rel=1e-9)
    assert (found.category, found.distance_m.tolist(), found.within.tolist()) == (("Ib",), [0.0], [True])


@pytest.mark.parametrize(
    ("status", "designation", "counts"),
    [
        ("Designated", "National Park", True),
        ("Inscribed", "World Heritage Site", True),
        ("Established", "Reserve", True),
        ("Proposed", "National Park", False),
        ("Adopted", "National Park", False),
        ("Not Reported", "National Park", False),
        ("Designated", "UNESCO-MAB Biosphere Reserve", False),
    ],
)
def test_sites_that_are_no_protected_areas_are_left_out(tmp_path: Path, status: str, designation: str, counts: bool) -> None:
    found = at(layer(tmp_path, (shapely.box(9.9, 4.9, 10.1, 5.1), status, designation, "II")), PLOT)
    assert (found.overlap_m2[0] > 0, found.within[0], found.category[0]) == (counts, counts, "II" if counts else None)
    assert found.known[0]


def test_distance_to_the_nearest_site_that_counts(tmp_path: Path) -> None:
    gap = shapely.box(10.011, 5.0, 10.015, 5.01)
    held = layer(tmp_path, (gap, "Proposed", "Park", "II"), (BESIDE, "Designated", "Park", "II"), (FAR, "Designated", "Park", "Ia"))
    found = at(held, PLOT, shapely.Point(10.025, 5.005), shapely.box(10.1, 5.0, 10.11, 5.01))
    assert found.distance_m[0] == pytest.approx(0.01 * 111_319.49 * np.cos(np.radians(5.005)), rel=2e-3)
    assert found.distance_m[1] == 0.0, "a point in a site"
    assert found.distance_m[2] == pytest.approx(0.07 * 111_319.49 * np.cos(np.radians(5.005)), rel=2e-3)
    assert (found.overlap_m2[1], found.category[1]) == (0.0, "II")


def test_no_site_near_is_no_distance_and_beyond_the_file_nothing_is_known(tmp_path: Path) -> None:
    held = layer(tmp_path, (shapely.box(10.0, 5.0, 10.01, 5.01), "Designated", "Park", "II"), (FAR, "Designated", "Park", "II"))
    found = at(held, shapely.box(10.14, 5.0, 10.15, 5.01), shapely.box(40.0, 5.0, 40.01, 5.01))
    assert found.known.tolist() == [True, False]
    assert np.isnan(found.distance_m).all()


def test_key_biodiversity_areas_have_no_category(tmp_path: Path) -> None:
    held = polygons_of(tmp_path, "kba", [BESIDE]).layer("kba")
    assert held is not None
    assert at(held, BESIDE).category == (None,)


def test_the_strictest_category() -> None:
    assert strictest(["VI", "III", None, "Not Applicable"]) == "III"
    assert strictest(["Not Assigned", None]) == "Not Reported"
