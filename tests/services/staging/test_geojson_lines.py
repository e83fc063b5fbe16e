"""Newline-delimited GeoJSON and JSON text sequences: a feature at a time, with lines for what is broken."""

import json
from typing import Any

import pytest

from services.staging.faults import FileRefused
from services.staging.stage import Limits
from tests.services.staging.formats import LINES
from tests.services.staging.make import collection, feature, only, square

ONE, TWO = (json.dumps(feature(square(x, 5), id=f"p{x}")) for x in (10, 11))
PRETTY = json.dumps(feature(square(11, 5), id="p11"), indent=2)


@pytest.mark.parametrize("media_type", [LINES, "application/geo+json-seq"])
@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (f"{ONE}\n{TWO}\n", {}),
        (f"{ONE}\r\n\r\n  \n{TWO}", {}),
        (f"\ufeff{ONE}\n{TWO}", {"bom_removed": 1}),
        (f"\x1e{ONE}\n\x1e{TWO}\n", {}),
        (f"\n\x1e{ONE}\n\x1e\x1e{PRETTY}\n", {}),
    ],
    ids=["lines", "blank_lines", "bom", "separators", "several_lines"],
)
def test_features_are_read_line_by_line_or_between_separators(staged: Any, media_type: str, text: str, notes: dict[str, int]) -> None:
    result = staged(text, media_type, validate_locations=False)
    expected = only(staged(collection(json.loads(ONE), json.loads(TWO)), validate_locations=False))
    plots = only(result)
    assert (plots.plot_id, plots.geometry_hash) == (["p10", "p11"], expected.geometry_hash)
    assert result.warnings == notes


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "no_features", {}),
        ("\n \n", "no_features", {}),
        (f"{ONE}\n{{broken", "malformed_file", {"line": 2, "column": 2}),
        (f"{ONE}\nnull\n{{'a':1}}", "malformed_file", {"line": 3, "column": 2}),
        (f"{ONE}{TWO}", "malformed_file", {"line": 1, "column": len(ONE) + 1}),
        (f"{ONE}\n" + "[" * 5000, "nesting_too_deep", {"line": 2}),
        (PRETTY, "malformed_file", {"line": 1, "column": 2}),
    ],
    ids=["empty", "blank", "broken", "quotation", "two_on_a_line", "deep", "pretty_without_separators"],
)
def test_a_broken_file_is_refused_with_its_code_and_line(staged: Any, text: str, code: str, place: dict[str, int]) -> None:
    with pytest.raises(FileRefused) as refused:
        staged(text, LINES)
    assert refused.value.code == code
    assert place.items() <= refused.value.errors[0].items()


def test_what_is_no_feature_is_rejected_alone(staged: Any) -> None:
    rest = [
        "null",
        json.dumps(square(12, 5)),
        json.dumps(collection()),
        json.dumps(feature(None)),
        '{"type":"Feature","x":"' + "y" * 1_100_000 + '"}',
    ]
    result = staged("\n".join([ONE, *rest]), LINES, limits=Limits(max_vertices_per_plot=10))
    codes = ["not_a_feature", "not_a_feature", "not_a_feature", "empty_geometry", "feature_too_large"]
    assert [(r.feature_index, r.code) for r in result.rejected] == list(enumerate(codes, start=1))


def test_too_many_lines_are_refused(staged: Any) -> None:
    with pytest.raises(FileRefused) as refused:
        staged(f"{ONE}\n{TWO}", LINES, limits=Limits(max_plots=1))
    assert refused.value.code == "too_many_features"
