"""The same outlines get the same codes, notes and hashes as GeoJSON, as lines, as WKT in CSV and as WKB in GeoParquet."""

import json
import struct
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from services.staging.faults import FileRefused
from tests.services.staging.formats import GEOPARQUET, LINES, csv_of, wkb_parquet
from tests.services.staging.make import collection, feature, square

MENDINGS = {"ring_closed", "repeated_vertices_removed", "geometry_repaired"}
Ring = list[tuple[float, float]]
POSITIONS = st.tuples(st.sampled_from([10.0, 10.01, 10.02, 0.001, 179.9, -179.9, 190.0]), st.sampled_from([5.0, 5.01, 5.02, 0.001, 95.0]))
GOOD_POSITIONS = st.tuples(st.sampled_from([10.0, 10.01, 10.02]), st.sampled_from([5.0, 5.01, 5.02]))
RINGS = st.one_of(st.lists(GOOD_POSITIONS, min_size=3, max_size=7), st.lists(POSITIONS, min_size=3, max_size=5))


@st.composite
def rings(draw: st.DrawFn) -> Ring:
    ring = draw(RINGS)
    return [*ring, ring[0]] if draw(st.booleans()) else ring


POLYGONS = st.lists(rings(), min_size=1, max_size=2)
GEOMETRIES = st.one_of(
    st.tuples(st.just("Point"), POSITIONS),
    st.tuples(st.just("Polygon"), POLYGONS),
    st.tuples(st.just("MultiPolygon"), st.lists(POLYGONS, min_size=1, max_size=2)),
)


def wkb_of(kind: str, coordinates: Any) -> bytes:
    if kind == "Point":
        return struct.pack("<BIdd", 1, 1, *coordinates)
    if kind == "MultiPolygon":
        return struct.pack("<BII", 1, 6, len(coordinates)) + b"".join(wkb_of("Polygon", each) for each in coordinates)
    positions = (struct.pack("<I", len(ring)) + b"".join(struct.pack("<dd", *each) for each in ring) for ring in coordinates)
    return struct.pack("<BII", 1, 3, len(coordinates)) + b"".join(positions)


def wkt_of(kind: str, coordinates: Any) -> str:
    def text(value: Any) -> str:
        return f"{value[0]!r} {value[1]!r}" if isinstance(value, tuple) else "(" + ",".join(map(text, value)) + ")"

    return f"{kind.upper()} {text(coordinates) if kind != 'Point' else '(' + text(coordinates) + ')'}"


def _outcome(staged: Any, content: Any, media_type: str, repair: str) -> Any:
    try:
        result = staged(content, media_type, repair=repair, validate_locations=False)
    except FileRefused as refused:
        return refused.code, [(r.feature_index, r.code) for r in refused.rejected]
    table = pq.read_table(result.path, columns=["feature_index", "geometry", "geometry_hash", "area_ha", "notes"]).to_pylist()
    for row in table:  # other notes may depend on decimals, which only a text has
        row["notes"] = [note for note in row["notes"] if note in MENDINGS]
    return [(r.feature_index, r.code) for r in result.rejected], table


@pytest.mark.long
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(st.lists(GEOMETRIES, min_size=1, max_size=6), st.sampled_from(["off", "safe", "all"]))
def test_every_format_gives_the_same_plots_and_faults(staged: Any, geometries: list[tuple[str, Any]], repair: str) -> None:
    features = [feature({"type": kind, "coordinates": coordinates}) for kind, coordinates in geometries] + [feature(square(20, 5))]
    shapes = [*geometries, ("Polygon", [[tuple(each) for each in square(20, 5)["coordinates"][0]]])]
    expected = _outcome(staged, collection(*features), "application/geo+json", repair)
    assert _outcome(staged, "\n".join(map(json.dumps, features)), LINES, repair) == expected
    assert _outcome(staged, wkb_parquet([wkb_of(*shape) for shape in shapes]), GEOPARQUET, repair) == expected
    assert _outcome(staged, csv_of([["wkt"], *([wkt_of(*shape)] for shape in shapes)]), "text/csv", repair) == expected


@pytest.mark.parametrize(
    ("kind", "coordinates", "text"), [("Point", (1.5, 2.0), "POINT (1.5 2.0)"), ("Polygon", [[(1.0, 2.0)]], "POLYGON ((1.0 2.0))")]
)
def test_the_writers_of_these_tests_write_what_they_should(kind: str, coordinates: Any, text: str) -> None:
    assert wkt_of(kind, coordinates) == text
