"""Plots in WKB, here of GeoParquet: bad ones are rejected with the codes of GeoJSON, and mended alike."""

import struct
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely

from tests.services.staging.formats import GEOPARQUET, wkb_parquet
from tests.services.staging.make import GOOD, only

SQUARE = shapely.Polygon(GOOD)
WKB = shapely.to_wkb(SQUARE)


def moved(dx: float) -> bytes:
    return bytes(shapely.to_wkb(shapely.transform(SQUARE, lambda xy: xy + np.array([dx, 0]))))


def polygon_wkb(*positions: tuple[float, ...], code: int = 3) -> bytes:
    return struct.pack("<BIII", 1, code, 1, len(positions)) + b"".join(struct.pack("<dd", *each) for each in positions)


LINE = bytes(shapely.to_wkb(shapely.LineString(GOOD)))
DEEP = struct.pack("<BII", 1, 6, 1) * 50_000 + WKB
SIDE = struct.pack("<BII", 1, 6, 2) + WKB + struct.pack("<BII", 1, 6, 1) * 50_000 + WKB
PLOTS: list[tuple[str, bytes | None, str]] = [
    ("null", None, "empty_geometry"),
    ("empty_polygon", bytes(shapely.to_wkb(shapely.Polygon())), "empty_geometry"),
    ("empty_part", bytes(shapely.to_wkb(shapely.from_wkt("MULTIPOLYGON(((10 5,11 5,11 6,10 5)),EMPTY)"))), "empty_geometry"),
    ("empty_collection", bytes(shapely.to_wkb(shapely.GeometryCollection())), "empty_geometry"),
    ("line", LINE, "geometry_type_not_supported"),
    ("multipoint", bytes(shapely.to_wkb(shapely.MultiPoint([(1, 2)]))), "geometry_type_not_supported"),
    ("line_in_collection", bytes(shapely.to_wkb(shapely.GeometryCollection([shapely.LineString(GOOD)]))), "geometry_type_not_supported"),
    ("two_in_collection", bytes(shapely.to_wkb(shapely.GeometryCollection([SQUARE, SQUARE]))), "geometry_type_not_supported"),
    ("curve", struct.pack("<BII", 1, 10, 0), "geometry_type_not_supported"),
    ("deep", DEEP, "malformed_geometry"),
    ("deep_beside", SIDE, "malformed_geometry"),
    ("deep_collection", struct.pack("<BII", 1, 7, 1) * 50_000 + WKB, "geometry_type_not_supported"),
    ("no_bytes", b"", "malformed_geometry"),
    ("text", b"POINT (1 2)", "malformed_geometry"),
    ("cut", WKB[:-4], "malformed_geometry"),
    ("huge_ring", struct.pack("<BIII", 1, 3, 1, 4_000_000_000), "malformed_geometry"),
    ("three_positions", polygon_wkb((10, 5), (11, 5), (10, 5)), "degenerate_geometry"),
    ("same_point", polygon_wkb(*[(10, 5)] * 5), "degenerate_geometry"),
    ("nan", polygon_wkb((10, 5), (float("nan"), 5), (11, 6), (10, 5)), "non_finite_coordinate"),
    ("endless_point", bytes(struct.pack("<BIdd", 1, 1, float("inf"), 5)), "non_finite_coordinate"),
    ("metres", polygon_wkb((500_010, 5), (500_011, 5), (500_011, 6), (500_010, 5)), "coordinate_out_of_range"),
    ("null_island", bytes(shapely.to_wkb(shapely.Point(0, 0))), "null_island"),
    ("antimeridian", polygon_wkb((179.9, 5), (-179.9, 5), (-179.9, 5.1), (179.9, 5)), "antimeridian"),
    ("bowtie", polygon_wkb((10, 5), (10.02, 5.02), (10.02, 5), (10, 5.02), (10, 5)), "invalid_geometry"),
    ("other_srid", bytes(shapely.to_wkb(shapely.set_srid(SQUARE, 3857), include_srid=True)), "crs_not_supported"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "code"), [pytest.param(*case[1:], id=case[0]) for case in PLOTS])
def test_a_bad_plot_is_rejected_and_the_rest_goes_on(staged: Any, bad: bytes | None, code: str) -> None:
    result = staged(wkb_parquet([WKB, bad, moved(1)], plotid=pa.array(["a", "b", "c"])), GEOPARQUET)
    assert [(r.feature_index, r.plot_id, r.code) for r in result.rejected] == [(1, "b", code)]
    assert sorted(only(result).plot_id) == ["a", "c"]


MEASURED = shapely.from_wkt("POLYGON M((10 5 1,10.01 5 1,10.01 5.01 1,10 5.01 1,10 5 1))")
MENDED: list[tuple[str, bytes, list[str], str]] = [
    ("open_ring", polygon_wkb(*map(tuple, GOOD[:-1])), ["ring_closed"], "ring_not_closed"),
    ("height", bytes(shapely.to_wkb(shapely.force_3d(SQUARE, 7.0))), ["z_dropped"], "z_present"),
    ("measure", bytes(shapely.to_wkb(MEASURED, flavor="iso")), ["z_dropped"], "z_present"),
    ("repeated", polygon_wkb((10, 5), *map(tuple, GOOD)), ["repeated_vertices_removed"], "repeated_vertices"),
    ("gathered", bytes(shapely.to_wkb(shapely.GeometryCollection([SQUARE]))), ["collection_unwrapped"], "geometry_type_not_supported"),
    ("clockwise", polygon_wkb(*map(tuple, GOOD[::-1])), [], "wrong_winding"),
    ("own_srid", bytes(shapely.to_wkb(shapely.set_srid(SQUARE, 4326), include_srid=True)), [], ""),
]  # fmt: skip


@pytest.mark.parametrize(("wkb", "notes", "fault"), [pytest.param(*case[1:], id=case[0]) for case in MENDED])
def test_safe_repair_mends_and_notes_and_off_rejects(staged: Any, wkb: bytes, notes: list[str], fault: str) -> None:
    content = wkb_parquet([wkb, moved(1)])
    plots = only(staged(content, GEOPARQUET, validate_locations=False))
    at = plots.feature_index.tolist().index(0)
    assert shapely.get_coordinates(plots.geometry[at]).tolist() == GOOD
    assert set(notes) <= set(plots.notes[at])
    assert [r.code for r in staged(content, GEOPARQUET, repair="off").rejected] == [fault] * bool(fault)
