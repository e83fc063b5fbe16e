"""KML as people make it, and as nobody should."""

import json
from typing import Any

import pyarrow.parquet as pq
import pytest
import shapely

from services.staging.faults import FileRefused
from services.staging.kml import DEPTH_LIMIT
from services.staging.rules import Limits
from tests.services.staging.make import only
from tests.services.staging.pack import KML, RING, kml, kml_polygon, placemark

HOLE = "10.004,5.004 10.006,5.004 10.006,5.006 10.004,5.006 10.004,5.004"
SQUARE = shapely.box(10, 5, 10.01, 5.01)


def properties(result: Any) -> list[dict[str, str]]:
    table = pq.read_table(result.path).sort_by("feature_index")
    return [json.loads(text) for text in table["properties"].to_pylist()]


def rejected(staged: Any, body: bytes, **options: Any) -> list[str]:
    with pytest.raises(FileRefused) as caught:
        staged(body, KML, **options)
    assert caught.value.code == "no_usable_plot"
    return [one.code for one in caught.value.rejected]


def refused(staged: Any, body: bytes, **options: Any) -> FileRefused:
    with pytest.raises(FileRefused) as caught:
        staged(body, KML, **options)
    return caught.value


def test_positions_are_taken_as_they_are_written(staged: Any) -> None:
    [found] = only(staged(kml(placemark(kml_polygon(f"\n  {RING}  \n", HOLE))), KML)).geometry
    assert found.equals(SQUARE.difference(shapely.box(10.004, 5.004, 10.006, 5.006)))


def test_placemarks_of_all_folders_are_plots_in_the_order_of_the_file(staged: Any) -> None:
    east = kml_polygon("10.1,5 10.11,5 10.11,5.01 10.1,5")
    body = kml(f"<Folder><name>east</name>{placemark(east, '<name>B</name>')}</Folder>", placemark(kml_polygon()))
    assert [one["name"] for one in properties(staged(body, KML))] == ["B", "A"]


def test_names_and_extended_data_become_properties(staged: Any) -> None:
    data = (
        "<name>A</name><description><![CDATA[<b>cocoa</b>]]></description>"
        '<ExtendedData><Data name="area_ha"><displayName>Area</displayName><value>1.50</value></Data>'
        '<SchemaData schemaUrl="#s"><SimpleData name="farmer">Ama &amp; Kofi</SimpleData></SchemaData>'
        '<Data name="name"><value>own</value></Data></ExtendedData>'
    )
    [found] = properties(staged(kml(placemark(kml_polygon(), data)), KML))
    assert found == {
        "kml_name": "A",
        "name": "own",
        "description": "<b>cocoa</b>",
        "area_ha": "1.50",
        "farmer": "Ama & Kofi",
    }


def test_the_id_of_a_placemark_serves_when_no_property_does(staged: Any) -> None:
    body = kml(f'<Placemark id="P-7">{kml_polygon()}</Placemark>')
    assert only(staged(body, KML)).plot_id == ["P-7"]


def test_a_multigeometry_of_polygons_is_one_plot(staged: Any) -> None:
    second = kml_polygon("10.1,5 10.11,5 10.11,5.01 10.1,5")
    result = staged(kml(placemark(f"<MultiGeometry>{kml_polygon()}{second}</MultiGeometry>")), KML)
    assert only(result).geometry[0].geom_type == "MultiPolygon"
    alone = staged(kml(placemark(f"<MultiGeometry>{kml_polygon()}</MultiGeometry>")), KML)
    assert only(alone).geometry[0].equals(SQUARE) and alone.warnings["collection_unwrapped"] == 1


def test_heights_are_dropped_with_a_warning(staged: Any) -> None:
    high = RING.replace(" ", ",12.5 ") + ",12.5"
    assert staged(kml(placemark(kml_polygon(high))), KML).warnings["z_dropped"] == 1


def test_a_point_has_the_area_that_it_declares(staged: Any) -> None:
    data = '<ExtendedData><Data name="area"><value>2.5</value></Data></ExtendedData>'
    result = staged(kml(placemark("<Point><coordinates>10,5</coordinates></Point>", data)), KML)
    assert result.area_ha_total == 2.5


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        ("", "empty_geometry"),
        ("<Polygon/>", "empty_geometry"),
        ("<Point><coordinates/></Point>", "empty_geometry"),
        ("<LineString><coordinates>10,5 11,6</coordinates></LineString>", "geometry_type_not_supported"),
        ("<LinearRing><coordinates>10,5 11,6 11,5 10,5</coordinates></LinearRing>", "geometry_type_not_supported"),
        ("<Model/>", "geometry_type_not_supported"),
        (f"<MultiGeometry>{kml_polygon()}<Point><coordinates>10,5</coordinates></Point></MultiGeometry>", "geometry_type_not_supported"),
        (kml_polygon() + kml_polygon(), "malformed_geometry"),
        (kml_polygon("10, 5 10.01, 5 10.01, 5.01 10, 5"), "malformed_geometry"),
        (kml_polygon("10 5 10.01 5 10.01 5.01 10 5"), "malformed_geometry"),
        (kml_polygon("10;5 10.01;5"), "malformed_geometry"),
        (kml_polygon("10,x 10.01,5 10.01,5.01 10,5"), "non_numeric_coordinate"),
        (kml_polygon("10,NaN 10.01,5 10.01,5.01 10,5"), "non_finite_coordinate"),
        (kml_polygon("10,1e999 10.01,5 10.01,5.01 10,5"), "non_finite_coordinate"),
        (kml_polygon("500000,5 500010,5 500010,15 500000,5"), "coordinate_out_of_range"),
        (kml_polygon().replace("outerBoundaryIs", "innerBoundaryIs"), "malformed_geometry"),
        (kml_polygon(RING).replace("</Polygon>", f"{kml_polygon()[9:-10]}</Polygon>"), "malformed_geometry"),
    ],
)
def test_a_placemark_that_is_no_plot_is_rejected(staged: Any, geometry: str, code: str) -> None:
    assert rejected(staged, kml(placemark(geometry))) == [code]


def test_a_property_that_occurs_twice_is_rejected(staged: Any) -> None:
    data = "<ExtendedData><Data name='a'><value>1</value></Data><Data name='a'><value>2</value></Data></ExtendedData>"
    assert rejected(staged, kml(placemark(kml_polygon(), data))) == ["repeated_property"]


def test_a_placemark_that_is_too_large_is_rejected_alone(staged: Any) -> None:
    limits = Limits(max_vertices_per_plot=10)
    large = placemark(kml_polygon(), f"<description>{'x' * limits.max_feature_bytes}</description>")
    result = staged(kml(large, placemark(kml_polygon())), KML, limits=limits)
    assert [(one.feature_index, one.code) for one in result.rejected] == [(0, "feature_too_large")]


BOMB = '<!DOCTYPE kml [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("head", [BOMB, "<!DOCTYPE kml>", '<!DOCTYPE kml SYSTEM "file:///etc/passwd">'])
def test_a_document_type_declaration_is_refused(staged: Any, head: str) -> None:
    error = refused(staged, kml(placemark(kml_polygon(), "<name>&b;</name>"), head=head))
    assert (error.code, error.http_status) == ("kml_malformed", 400)
    assert "document type declaration" in error.detail and error.errors[0]["line"] == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<kml><Placemark>",
        b"<kml></kml>x",
        b"<html><body/></html>",
        b"<kml>&undefined;</kml>",
        b"<kml><a></b></kml>",
        b'<?xml version="1.0" encoding="nonsense"?><kml/>',
        b"<kml>\xff\xfe\xfd</kml>",
    ],
)
def test_what_is_no_kml_is_refused_with_its_place(staged: Any, body: bytes) -> None:
    error = refused(staged, body)
    assert error.code == "kml_malformed" and error.errors[0]["line"] == 1


def test_deep_nesting_is_refused(staged: Any) -> None:
    deep = "<Folder>" * DEPTH_LIMIT + "</Folder>" * DEPTH_LIMIT
    assert refused(staged, kml(deep)).code == "nesting_too_deep"
    assert refused(staged, b"<kml>" + b"<a>" * 1_000_000).code == "nesting_too_deep"


def test_too_many_placemarks_are_refused(staged: Any) -> None:
    assert refused(staged, kml(*[placemark(kml_polygon())] * 3), limits=Limits(max_plots=2)).code == "too_many_features"


def test_a_network_link_is_said_and_not_followed(staged: Any) -> None:
    link = "<NetworkLink><Link><href>http://127.0.0.1:9/more.kml</href></Link></NetworkLink>"
    assert staged(kml(placemark(kml_polygon()), link), KML).warnings["network_link_ignored"] == 1
    assert refused(staged, kml(link)).code == "no_features"


def test_the_decimals_are_counted_as_they_are_written(staged: Any) -> None:
    assert staged(kml(placemark(kml_polygon())), KML, remarks=True).warnings["few_decimals"] == 1
    fine = RING.replace("5.01", "5.010000").replace("10.01", "10.010000")
    assert "few_decimals" not in staged(kml(placemark(kml_polygon(fine))), KML, remarks=True).warnings


def test_assume_crs_does_not_move_kml(staged: Any) -> None:
    result = staged(kml(placemark(kml_polygon())), KML, assume_crs="EPSG:32632")
    assert only(result).geometry[0].equals(SQUARE) and result.warnings["assume_crs_unused"] == 1
