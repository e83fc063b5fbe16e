"""What staging remarks on good plots: stored with the plot, counted, listed with place and advice, graded."""

import json
from typing import Any

import pytest

from services.staging.checks.thresholds import TRACES_BYTES
from services.staging.faults import FileRefused
from services.staging.staged import Staged
from shared.blobs import FINDINGS_FILE
from shared.staged import StagedPlots, read_chunk
from tests.services.staging.make import collection, csv, feature

LAND = (-1.6234567, 6.7123456)
"""In Ghana, some 200 km from its coast."""
ACCRA_SEA = (-1.6234567, 3.7123456)


def plot(dx: float = 0.0, dy: float = 0.0, width: float = 0.0012345, height: float = 0.0011234, at: Any = LAND) -> dict[str, Any]:
    x, y = at[0] + dx, at[1] + dy
    ring = [[x, y], [x + width, y], [x + width * 1.1, y + height], [x, y + height * 1.2], [x, y]]
    return {"type": "Polygon", "coordinates": [[[round(a, 7), round(b, 7)] for a, b in ring]]}


def by_id(result: Staged) -> dict[str, tuple[list[str], str | None, str | None]]:
    """Codes, grade and country of each plot."""
    chunk: StagedPlots = read_chunk(result.path, 0)
    return {
        id_: (notes, grade, country)
        for id_, notes, grade, country in zip(chunk.plot_id, chunk.notes, chunk.locations_confidence, chunk.country, strict=True)
    }


def listed(result: Staged) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.path.with_name(FINDINGS_FILE).read_bytes().splitlines()]


def test_a_good_file_is_high_and_nothing_is_remarked(staged: Any) -> None:
    result = staged(collection(*(feature(plot(0.01 * i), id=f"p{i}") for i in range(10))), remarks=True, country="Ghana")
    assert (result.warnings, listed(result)) == ({}, [])
    assert (result.confidence.grade, result.skip_reason, result.country, result.country_override) == ("high", None, "GH", None)
    assert result.confidence.reason == "of 10 plots 10 are high, 0 medium, 0 low"
    assert set(map(repr, by_id(result).values())) == {repr(([], "high", "GH"))}


def test_a_remark_has_plot_place_and_advice_and_is_stored_counted_and_graded(staged: Any) -> None:
    same = feature(plot(), id="b")
    result = staged(collection(feature(plot(), id="a"), same, feature(plot(0.02), id="c")), remarks=True)
    assert result.warnings == {"duplicate_geometry": 2}
    assert by_id(result) == {
        "a": (["duplicate_geometry"], "medium", "GH"),
        "b": (["duplicate_geometry"], "medium", "GH"),
        "c": ([], "high", "GH"),
    }
    assert result.confidence.grade == "medium"
    first, second = listed(result)
    assert (first["plot_id"], first["code"], first["severity"], first["feature_index"]) == ("a", "duplicate_geometry", "warning", 0)
    assert first["message"].startswith("Plot a (feature 0): its outline is that of plot b. Remove one of them")
    assert (first["lon"], first["lat"]) == pytest.approx((LAND[0] + 0.00063, LAND[1] + 0.0006), abs=2e-4)
    assert second["plot_id"] == "b"


def test_a_plot_at_sea_is_left_out_and_counts_as_outside_any_country(staged: Any) -> None:
    result = staged(collection(feature(plot(), id="a"), feature(plot(at=ACCRA_SEA), id="wet")), country="GH")
    assert [(one.plot_id, one.code) for one in result.rejected] == [("wet", "in_the_sea")]
    assert "lies more than 1 km from land" in result.rejected[0].message
    assert result.confidence.grade == "low"
    assert [(one["plot_id"], one["code"], one["severity"]) for one in listed(result)] == [("wet", "in_the_sea", "error")]


def test_a_file_with_swapped_axes_says_so_and_stays_as_it_is(staged: Any) -> None:
    swapped = [feature({"type": "Point", "coordinates": [LAND[1] + i / 100, LAND[0]]}, id=f"p{i}", area_ha=1) for i in range(3)]
    with pytest.raises(FileRefused) as refused:
        staged(collection(*swapped), country="Ghana")
    assert {one.code for one in refused.value.rejected} == {"in_the_sea"}
    assert all("latitude and longitude may be swapped" in one.message for one in refused.value.rejected)


def test_locations_that_are_not_validated_are_neither_remarked_on_nor_graded(staged: Any) -> None:
    some = collection(feature(plot(at=ACCRA_SEA), id="a"), feature(plot(at=ACCRA_SEA), id="b"), feature(plot(width=4e-6), id="tiny"))
    result = staged(some, remarks=True, validate_locations=False, country="Ghana")
    assert result.warnings == {"tiny_area": 1, "sliver": 1}
    assert (result.confidence, result.country, result.country_override) == (None, "GH", None)  # as given
    assert {grade for _, grade, _ in by_id(result).values()} == {None}


def test_plots_in_another_country_are_remarked_on_and_may_override_the_declared_one(staged: Any) -> None:
    result = staged(collection(*(feature(plot(0.01 * i), id=f"p{i}") for i in range(4))), remarks=True, country="Nigeria")
    assert result.warnings == {"outside_declared_country": 4}
    assert (result.country, result.country_override.detected_country) == ("GH", "Ghana")


def test_low_confidence_skips_only_when_it_was_asked_for(staged: Any) -> None:
    rough = csv("lat,lon,area_ha", *(f"6.71{i},-1.62{i},1" for i in range(4)))
    result = staged(rough, "text/csv", remarks=True)
    assert result.warnings == {"few_decimals": 4, "point_plot": 4, "synthetic_outline": 4}
    assert (result.confidence.grade, result.skip_reason) == ("low", None)
    skipped = staged(rough, "text/csv", skip_on_low_confidence=True)
    counts, lowered = "of 4 plots 0 are high, 0 medium, 4 low", "few_decimals (4), point_plot (4), synthetic_outline (4)"
    assert skipped.skip_reason == f"low_location_confidence: {counts}; lowered by {lowered}"


@pytest.mark.parametrize(
    ("media_type", "text"),
    [
        ("text/csv", "lat,lon,area\n6.7123,-1.6234,1\n"),
        ("text/csv", 'wkt,area\n"POINT(-1.6234 6.7123)",1\n'),
        ("text/csv", 'geometry,area\n"{""type"":""Point"",""coordinates"":[-1.6234,6.7123]}",1\n'),
        ("application/geo+json", '{"type":"Feature","properties":{"area":1},"geometry":{"type":"Point","coordinates":[-1.6234,6.7123]}}'),
        (
            "application/vnd.google-earth.kml+xml",
            "<kml><Placemark><Point><coordinates>-1.6234,6.7123</coordinates></Point></Placemark></kml>",
        ),
    ],
    ids=["columns", "wkt", "json_in_csv", "geojson", "kml"],
)
def test_decimals_are_those_of_the_text_in_every_text_format(staged: Any, media_type: str, text: str) -> None:
    assert staged(text.encode(), media_type, remarks=True).warnings == {"four_decimals": 1, "point_plot": 1}


def test_zeros_at_the_end_of_a_text_are_decimals(staged: Any) -> None:
    assert "few_decimals" not in staged(b"lat,lon\n6.712000,-1.623000\n", "text/csv", remarks=True).warnings


def test_a_point_over_four_hectares_is_left_out_but_for_cattle(staged: Any) -> None:
    point = {"type": "Point", "coordinates": list(LAND)}
    some = collection(feature(point, area_ha=4, id="a"), feature({**point, "coordinates": [-1.63, 6.7123451]}, area_ha=4.01, id="b"))
    result = staged(some)
    assert [(one.plot_id, one.code) for one in result.rejected] == [("b", "point_needs_polygon")]
    assert staged(some, crop_type="cattle").accepted == 2


def test_on_invalid_reject_also_refuses_what_the_checks_reject(staged: Any) -> None:
    with pytest.raises(FileRefused) as refused:
        staged(collection(feature(plot()), feature(plot(at=ACCRA_SEA))), on_invalid="reject")
    assert (refused.value.code, [one.code for one in refused.value.rejected]) == ("invalid_plots", ["in_the_sea"])


def test_a_country_that_nobody_knows_refuses_the_file(staged: Any) -> None:
    with pytest.raises(FileRefused) as refused:
        staged(collection(feature(plot())), country="Atlantis")
    assert refused.value.code == "country_not_known"


def test_a_file_beyond_the_limit_of_traces_is_remarked_on(staged: Any) -> None:
    padded = collection(feature(plot()), padding=" " * 900_000)
    text = json.dumps(padded)
    assert "traces_file_size" not in staged(text.encode(), remarks=True).warnings
    assert staged((text + " " * TRACES_BYTES).encode(), remarks=True).warnings == {"traces_file_size": 1}


def test_the_order_of_the_file_changes_no_remark(staged: Any) -> None:
    shapes = [plot(0.0007 * (i % 4), 0.0009 * (i // 4)) for i in range(12)] + [plot(), plot(0.5, width=0.05, height=0.0002)]
    features = [feature(shape, id=f"p{i}") for i, shape in enumerate(shapes)]
    first = staged(collection(*features), remarks=True)
    before = (first.warnings, first.confidence, by_id(first), [{**one, "feature_index": 0, "message": ""} for one in listed(first)])
    messages = {(one["plot_id"], one["code"]): one["message"].split("): ")[1] for one in listed(first)}
    second = staged(collection(*features[::-1]), remarks=True)
    after = (second.warnings, second.confidence, by_id(second), [{**one, "feature_index": 0, "message": ""} for one in listed(second)])
    assert before[:3] == after[:3]
    assert sorted(map(str, before[3])) == sorted(map(str, after[3]))
    assert {(one["plot_id"], one["code"]): one["message"].split("): ")[1] for one in listed(second)} == messages
    assert {"overlap", "duplicate_geometry", "sliver"} <= set(first.warnings)
