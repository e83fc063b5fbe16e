"""CSV files: points, WKT and GeoJSON text, delimiters, decimal signs and encodings."""

import json
import math
from typing import Any

import numpy as np
import pytest
import shapely

from tests.services.staging.make import GOOD, collection, feature, only


def test_csv_reads_points_and_keeps_the_other_columns(staged: Any) -> None:
    text = "Plot_ID,Lat,Long,LON,area_ha,farmer\n a1 ,5.5,x,10.25,2.5,Ann\n2,-5,y,15,,\n"
    plots = only(staged(text, "text/csv"))
    rows = {index: at for at, index in enumerate(plots.feature_index.tolist())}
    assert [shapely.get_coordinates(plots.geometry[rows[i]]).tolist()[0] for i in (0, 1)] == [[10.25, 5.5], [15, -5]]
    assert [plots.plot_id[rows[i]] for i in (0, 1)] == [" a1 ", "2"]
    np.testing.assert_equal([plots.area_ha[rows[i]] for i in (0, 1)], [2.5, math.nan])
    assert json.loads(plots.properties[rows[0]]) == {"Plot_ID": " a1 ", "Long": "x", "area_ha": "2.5", "farmer": "Ann"}
    assert json.loads(plots.properties[rows[1]])["farmer"] == ""


CSV_GEOMETRIES = [
    ('"POLYGON ((10 5,10.01 5,10.01 5.01,10 5.01,10 5))"', []),
    ('"SRID=4326;POLYGON((10 5,10.01 5,10.01 5.01,10 5.01,10 5))"', []),
    ('"POLYGON Z((10 5 1,10.01 5 1,10.01 5.01 1,10 5.01 1,10 5 1))"', ["z_dropped"]),
    ('"POLYGON ((10 5,10.01 5,10.01 5.01,10 5.01))"', ["ring_closed"]),
    ('"GEOMETRYCOLLECTION(POLYGON ((10 5,10.01 5,10.01 5.01,10 5.01,10 5)))"', ["collection_unwrapped"]),
    ('"{""type"":""Polygon"",""coordinates"":[[[10,5],[10.01,5],[10.01,5.01],[10,5.01],[10,5]]]}"', []),
]


@pytest.mark.parametrize(("field", "notes"), CSV_GEOMETRIES)
def test_csv_reads_wkt_and_geojson_as_geojson_files_are_read(staged: Any, field: str, notes: list[str]) -> None:
    plots = only(staged(f"geometry,a\r\n{field},1\r\n", "text/csv; charset=utf-8"))
    assert shapely.get_coordinates(plots.geometry).tolist() == GOOD
    assert plots.notes == [notes]
    assert plots.geometry_hash == only(staged(collection(feature({"type": "Polygon", "coordinates": [GOOD]})))).geometry_hash


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("lat;lon;area\n5,5;10,25;2,5\n", {"csv_delimiter": 1, "csv_decimal_comma": 1}),
        ("lat;lon;area\n5.5;10.25;2.5\n", {"csv_delimiter": 1}),
        ("lat\tlon\tarea\n5.5\t10.25\t2.5\n", {"csv_delimiter": 1}),
        ('lat,lon,area,"a;b;c;d"\n5.5,10.25,2.5,x\n', {}),
        ("\ufefflat,lon,area\n5.5,10.25,2.5\n", {"bom_removed": 1}),
    ],
)
def test_csv_delimiter_comes_from_the_header_and_decimal_commas_need_semicolons(staged: Any, text: str, notes: dict[str, int]) -> None:
    result = staged(text, "text/csv")
    plots = only(result)
    assert (shapely.get_coordinates(plots.geometry).tolist(), plots.area_ha.tolist()) == ([[10.25, 5.5]], [2.5])
    assert result.warnings == notes


def test_csv_in_utf16_is_read_when_it_is_declared(staged: Any) -> None:
    plots = only(staged("lat,lon,name\n5,10,Ngũ\n".encode("utf-16"), "text/csv; charset=utf-16"))
    assert plots.plot_id == ["Ngũ"]
