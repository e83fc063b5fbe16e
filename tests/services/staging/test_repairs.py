"""Every mended outline is on record, before and after."""

import json
from typing import Any

import pytest
import shapely

from services.staging.staged import Staged
from shared.blobs import REPAIRS_FILE
from shared.staged import read_chunk
from tests.services.staging.make import GOOD, collection, feature, polygon, square

SPIKE = [[10, 5], [10.01, 5], [10.01, 5.01], [10.0100001, 5.0100001], [10.01, 5.01], [10, 5.01], [10, 5]]


def repairs(result: Staged) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.path.with_name(REPAIRS_FILE).read_bytes().splitlines()]


def test_a_made_valid_outline_is_recorded_with_both_areas_and_both_outlines(staged: Any) -> None:
    content = collection(feature(square(12, 5), id="fine"), feature(polygon([SPIKE]), id="spiked"))
    result = staged(content, repair="all")
    [repair] = repairs(result)
    assert (repair["feature_index"], repair["plot_id"], repair["rules"]) == (1, "spiked", ["geometry_repaired"])
    before, after = (shapely.from_wkb(bytes.fromhex(repair[f"geometry_{which}_wkb"])) for which in ("before", "after"))
    assert shapely.get_coordinates(before).tolist() == SPIKE and not before.is_valid
    stored = read_chunk(result.path, 0)
    assert after.equals_exact(stored.geometry[stored.plot_id.index("spiked")], 0)
    assert [repair["area_before_ha"], repair["area_after_ha"]] == pytest.approx([122.634, 122.634], abs=0.002)


def test_an_outline_that_is_refused_is_on_no_record(staged: Any) -> None:
    result = staged(collection(feature(square(12, 5)), feature(polygon([SPIKE]))), repair="safe")
    assert (len(result.rejected), repairs(result)) == (1, [])


@pytest.mark.parametrize(
    ("ring", "rules"),
    [
        (GOOD[:-1], ["ring_closed"]),
        ([GOOD[0], *GOOD], ["repeated_vertices_removed"]),
        (GOOD[::-1], None),
        ([[*xy, 7] for xy in GOOD], None),
    ],
    ids=["open", "repeated", "clockwise", "height"],
)
def test_safe_mendings_of_the_outline_are_recorded_and_others_change_none(staged: Any, ring: Any, rules: list[str] | None) -> None:
    found = repairs(staged(collection(feature(polygon([ring]), id="a"))))
    assert [one["rules"] for one in found] == ([rules] if rules else [])
    for one in found:
        assert one["area_before_ha"] == pytest.approx(one["area_after_ha"], rel=1e-12)


def test_a_mended_plot_that_is_left_out_later_is_on_no_record(staged: Any) -> None:
    sea = [[x - 20, y] for x, y in GOOD[:-1]]
    result = staged(collection(feature(square(12, 5)), feature(polygon([sea]))))
    assert ([one.code for one in result.rejected], repairs(result)) == (["in_the_sea"], [])


def test_no_repair_at_all_leaves_an_empty_record(staged: Any) -> None:
    assert repairs(staged(collection(feature(square(12, 5))), repair="off")) == []
