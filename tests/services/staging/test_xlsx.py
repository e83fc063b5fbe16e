"""XLSX: the sheet with the plots, cells of every type, and the rules of CSV."""

import io
import json
import math
import zipfile
from typing import Any

import numpy as np
import pytest
import shapely

from services.staging.faults import FileRefused
from services.staging.stage import Limits
from tests.services.staging.formats import XLSX, xlsx
from tests.services.staging.make import GOOD, only

WKT = "POLYGON ((10 5,10.01 5,10.01 5.01,10 5.01,10 5))"
HEAD = ["Plot_ID", "lat", "lon", "area_ha", "farmer"]


def test_points_are_read_with_numbers_as_the_sheet_shows_them(staged: Any) -> None:
    plots = only(staged(xlsx([HEAD, [7, 5.5, 10.25, 2.5, "Ann"], [], [8, "-5", " 11 ", None, None, None]]), XLSX, validate_locations=False))
    rows = {index: at for at, index in enumerate(plots.feature_index.tolist())}
    assert [shapely.get_coordinates(plots.geometry[rows[i]]).tolist()[0] for i in (0, 1)] == [[10.25, 5.5], [11, -5]]
    assert [plots.plot_id[rows[i]] for i in (0, 1)] == ["7", "8"]
    np.testing.assert_equal([plots.area_ha[rows[i]] for i in (0, 1)], [2.5, math.nan])
    assert json.loads(plots.properties[rows[0]]) == {"Plot_ID": 7, "area_ha": 2.5, "farmer": "Ann"}
    assert json.loads(plots.properties[rows[1]]) == {"Plot_ID": 8, "area_ha": "", "farmer": ""}


def test_wkt_in_cells_is_read(staged: Any) -> None:
    assert shapely.get_coordinates(only(staged(xlsx([["wkt"], [WKT]]), XLSX)).geometry).tolist() == GOOD


def test_the_only_sheet_with_a_geometry_is_found(staged: Any) -> None:
    notes, plots = [["about"], ["x"]], [["wkt", "name"], [WKT, "a"]]
    assert only(staged(xlsx(notes, plots, notes), XLSX)).plot_id == ["a"]
    assert only(staged(xlsx(plots, [["wkt"], [WKT], [WKT]]), XLSX)).plot_id == ["a"]


def other_zip(**parts: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, text in parts.items():
            packed.writestr(name, text)
    return buffer.getvalue()


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


FILES: list[tuple[str, bytes, str, int]] = [
    ("no_geometry", xlsx([["a", "b"], [1, 2]]), "csv_missing_columns", 422),
    ("no_longitude", xlsx([["lat", "b"], [1, 2]]), "csv_missing_columns", 422),
    ("two_geometries", xlsx([["wkt", "lat", "lon"], [WKT, 5, 10]]), "mixed_geometry_columns", 422),
    ("repeated_column", xlsx([["wkt", "a", "a"], [WKT, 1, 2]]), "csv_repeated_column", 422),
    ("two_sheets", xlsx([["a"]], [["wkt"], [WKT]], [["wkt"], [WKT]]), "ambiguous_layers", 422),
    ("no_rows", xlsx([HEAD]), "no_features", 422),
    ("nothing", xlsx([]), "no_features", 422),
    ("another_zip", other_zip(a="b"), "xlsx_malformed", 400),
    ("no_workbook", other_zip(**{"xl/workbook.xml": "<a"}), "xlsx_malformed", 400),
    ("cut", cut(xlsx([HEAD])), "archive_malformed", 400),
    ("csv", b"lat,lon\n1,2", "content_mismatch", 415),
]


@pytest.mark.parametrize(("content", "code", "status"), [pytest.param(*case[1:], id=case[0]) for case in FILES])
def test_a_bad_workbook_is_refused_with_its_code(staged: Any, content: bytes, code: str, status: int) -> None:
    with pytest.raises(FileRefused) as refused:
        staged(content, XLSX)
    assert (refused.value.code, refused.value.http_status) == (code, status)


def test_a_workbook_that_unpacks_to_too_much_is_refused(staged: Any) -> None:
    with pytest.raises(FileRefused) as refused:
        staged(xlsx([HEAD, [1, 5, 10, 1, "x" * 100_000]]), XLSX, limits=Limits(max_archive_bytes=10_000))
    assert refused.value.code == "archive_limits"


ROWS: list[tuple[str, list[Any], str]] = [
    ("no_place", [1, None, None, 1, "x"], "empty_geometry"),
    ("one_missing", [1, 5, None, 1, "x"], "non_finite_coordinate"),
    ("text", [1, "north", 10, 1, "x"], "non_numeric_coordinate"),
    ("comma", [1, "5,5", 10, 1, "x"], "decimal_comma"),
    ("latitude_95", [1, 95, 10, 1, "x"], "coordinate_out_of_range"),
    ("area", [1, 5, 10, -1, "x"], "invalid_area"),
    ("beyond_the_header", [1, 5, 10, 1, "x", "y"], "csv_ragged_row"),
]


@pytest.mark.parametrize(("row", "code"), [pytest.param(*case[1:], id=case[0]) for case in ROWS])
def test_a_bad_row_is_rejected_and_the_rest_goes_on(staged: Any, row: list[Any], code: str) -> None:
    result = staged(xlsx([HEAD, [9, 6, 11, 1, "good"], row]), XLSX)
    assert [(r.feature_index, r.code) for r in result.rejected] == [(1, code)]
    assert result.accepted == 1


def test_a_rejected_row_names_the_row_of_the_sheet(staged: Any) -> None:
    (rejection,) = staged(xlsx([HEAD, [9, 6, 11, 1, "good"], [], [1, 5, 10, 1, "x", "y"]]), XLSX).rejected
    assert "line 4 has 6 fields, the header 5" in rejection.message
