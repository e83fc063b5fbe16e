"""Good plots come through untouched but for the mendings that are allowed."""

import math
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq
import pytest
import shapely

from tests.services.staging.make import GOOD, collection, feature, only, square


def test_a_polygon_comes_through_untouched(staged: Any) -> None:
    result = staged(collection(feature({"type": "Polygon", "coordinates": [GOOD]}, plotid="A-1", n=1)))
    plots = only(result)
    assert (plots.plot_id, plots.properties, plots.notes) == (["A-1"], ['{"plotid":"A-1","n":1}'], [[]])
    assert shapely.get_coordinates(plots.geometry).tolist() == GOOD
    assert (plots.plot_no.tolist(), plots.feature_index.tolist(), plots.is_point.tolist()) == ([0], [0], [False])
    assert result.bounds == (10.0, 5.0, 10.01, 5.01)
    assert plots.area_ha[0] == pytest.approx(122.634, abs=0.001)  # 1,108.98 m by 1,105.83 m at 5.005 degrees north
    assert result.area_ha_total == plots.area_ha[0]
    assert (result.warnings, list(result.rejected), result.size_bytes) == ({}, [], result.path.stat().st_size)


@pytest.mark.parametrize(
    "content",
    [
        feature(square(10, 5)),
        square(10, 5),
        {"type": "GeometryCollection", "geometries": [square(10, 5)]},
        {"features": [feature(square(10, 5))], "type": "FeatureCollection"},
        collection(feature(square(10, 5)), crs=None),
    ],
)
def test_one_plot_may_be_a_collection_a_feature_or_a_geometry(staged: Any, content: Any) -> None:
    assert shapely.get_coordinates(only(staged(content)).geometry).tolist() == square(10, 5)["coordinates"][0]


@pytest.mark.parametrize(
    "name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326", "OGC:CRS84"]
)
def test_a_crs_member_that_names_wgs84_is_noted(staged: Any, name: str) -> None:
    content = collection(feature(square(10, 5)), crs={"type": "name", "properties": {"name": name}})
    assert staged(content).warnings == {"legacy_crs_member": 1}


def test_a_byte_order_mark_is_removed_and_noted(staged: Any) -> None:
    assert staged(b"\xef\xbb\xbf" + orjson.dumps(collection(feature(square(10, 5))))).warnings == {"bom_removed": 1}


MENDED: list[tuple[str, dict[str, Any], str, str, Any]] = [
    ("open_ring", {"type": "Polygon", "coordinates": [GOOD[:-1]]}, "ring_closed", "ring_not_closed", GOOD),
    ("height", {"type": "Polygon", "coordinates": [[[*p, 7.5] for p in GOOD]]}, "z_dropped", "z_present", GOOD),
    ("repeated", {"type": "Polygon", "coordinates": [[GOOD[0], *GOOD]]}, "repeated_vertices_removed", "repeated_vertices", GOOD),
    (
        "gathered",
        {"type": "GeometryCollection", "geometries": [square(10, 5)]},
        "collection_unwrapped",
        "geometry_type_not_supported",
        GOOD,
    ),
    ("clockwise", {"type": "Polygon", "coordinates": [GOOD[::-1]]}, "", "wrong_winding", GOOD),
]


@pytest.mark.parametrize(("geometry", "note", "fault", "ring"), [pytest.param(*case[1:], id=case[0]) for case in MENDED])
def test_safe_repair_mends_and_notes_and_off_rejects(staged: Any, geometry: Any, note: str, fault: str, ring: Any) -> None:
    content = collection(feature(geometry), feature(square(20, 5)))
    result = staged(content)
    plots = only(result)
    at = plots.feature_index.tolist().index(0)
    assert shapely.get_coordinates(plots.geometry[at]).tolist() == ring
    assert plots.notes[at] == ([note] if note else [])
    assert result.warnings == ({note: 1} if note else {})
    strict = staged(content, repair="off")
    assert [(r.feature_index, r.code) for r in strict.rejected] == [(0, fault)]


def test_a_ring_that_only_differs_in_height_at_its_ends_is_closed(staged: Any) -> None:
    ring = [[*p, z] for z, p in enumerate(GOOD)]
    assert staged(collection(feature({"type": "Polygon", "coordinates": [ring]}))).warnings == {"z_dropped": 1}


def test_winding_of_holes_is_clockwise_and_a_part_stays_a_part(staged: Any) -> None:
    hole = [[10.002, 5.002], [10.004, 5.002], [10.004, 5.004], [10.002, 5.002]]
    geometry = {"type": "MultiPolygon", "coordinates": [[GOOD[::-1], hole], square(11, 5)["coordinates"]]}
    (stored,) = only(staged(collection(feature(geometry)))).geometry
    assert (stored.geom_type, len(stored.geoms), len(stored.geoms[0].interiors)) == ("MultiPolygon", 2, 1)
    assert stored.geoms[0].exterior.is_ccw
    assert not stored.geoms[0].interiors[0].is_ccw


def test_points_and_multipolygons_and_polygons_mix_in_one_slice(staged: Any) -> None:
    multi = {"type": "MultiPolygon", "coordinates": [square(12, 5)["coordinates"], square(13, 5)["coordinates"]]}
    features = [
        feature({"type": "Point", "coordinates": [11, 5]}),
        feature(multi),
        feature(square(10, 5)),
        feature({"type": "Point", "coordinates": [14, 5]}),
    ]
    plots = only(staged(collection(*features)))
    kinds = dict(zip(plots.feature_index.tolist(), [geometry.geom_type for geometry in plots.geometry], strict=True))
    assert kinds == {0: "Point", 1: "MultiPolygon", 2: "Polygon", 3: "Point"}
    stored = {
        index: shapely.get_coordinates(geometry)[0].tolist()
        for index, geometry in zip(plots.feature_index.tolist(), plots.geometry, strict=True)
    }
    assert stored == {0: [11, 5], 1: [12, 5], 2: [10, 5], 3: [14, 5]}


def test_a_multipolygon_split_at_the_antimeridian_is_accepted(staged: Any) -> None:
    geometry = {"type": "MultiPolygon", "coordinates": [square(179.99, 5)["coordinates"], square(-180, 5)["coordinates"]]}
    assert staged(collection(feature(geometry)), validate_locations=False).accepted == 1


SPIKE = [[10, 5], [10.01, 5], [10.01, 5.01], [10.0100001, 5.0100001], [10.01, 5.01], [10, 5.01], [10, 5]]
BOWTIE = [[10, 5], [10.03, 5.03], [10.03, 5], [10, 5.01], [10, 5]]
"""Its two triangles have 3.375 and 0.375 units of area, of which the ring itself counts the difference: 25 % less."""


def test_repair_all_mends_what_hardly_changes_the_area_and_nothing_else(staged: Any) -> None:
    content = collection(
        feature({"type": "Polygon", "coordinates": [SPIKE]}), feature({"type": "Polygon", "coordinates": [BOWTIE]}), feature(square(20, 5))
    )
    assert [(r.feature_index, r.code) for r in staged(content).rejected] == [(0, "invalid_geometry"), (1, "invalid_geometry")]
    result = staged(content, repair="all")
    assert [(r.feature_index, r.code) for r in result.rejected] == [(1, "invalid_geometry")]
    plots = only(result)
    mended = plots.feature_index.tolist().index(0)
    assert plots.notes[mended] == ["geometry_repaired"]
    assert plots.geometry[mended].is_valid
    assert plots.area_ha[mended] == pytest.approx(122.634, abs=0.001)


def test_repair_all_leaves_outlines_of_more_than_1000_vertices(staged: Any) -> None:
    angles = np.linspace(0, 2 * math.pi, 1201)[:-1]
    ring = [[10 + 0.01 * math.cos(a), 5 + 0.01 * math.sin(a)] for a in angles]
    ring = [*ring, ring[0], [10.0100001, 5.0000001], ring[0]]
    content = collection(feature({"type": "Polygon", "coordinates": [ring]}), feature(square(20, 5)))
    assert [r.code for r in staged(content, repair="all").rejected] == ["invalid_geometry"]


@pytest.mark.parametrize(
    ("properties", "area_ha"),
    [
        ({"area_ha": 2.5}, 2.5),
        ({"Area": 3}, 3.0),
        ({"area": 9, "area_ha": 1}, 1.0),
        ({"area": "2.25"}, 2.25),
        ({"area_ha": None}, math.nan),
        ({"area": ""}, math.nan),
        ({}, math.nan),
    ],
)
def test_a_point_has_the_area_that_it_declares_or_none(staged: Any, properties: Any, area_ha: float) -> None:
    result = staged(collection(feature({"type": "Point", "coordinates": [10, 5]}, **properties)))
    plots = only(result)
    assert plots.is_point.tolist() == [True]
    np.testing.assert_equal(plots.area_ha, [area_ha])
    assert result.area_ha_total == (0 if math.isnan(area_ha) else area_ha)
    assert pq.read_table(result.path)["area_ha"].null_count == math.isnan(area_ha)
