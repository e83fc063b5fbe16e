"""Areas and decimals at each threshold: just below, at, just above."""

import math
from typing import Any

import pytest
import shapely

from contracts.v1.batch import BatchParameters
from services.staging.checks.size import size_hits
from services.staging.findings import message_of
from tests.services.staging.checks.make import box, codes, plots

POINT, AREA = shapely.Point(10, 5), box(10, 5, 0.01, 0.01)


def parameters(**given: Any) -> BatchParameters:
    return BatchParameters.model_validate({"collection_name": "c", "stats": ["eudr_deforestation"], "end_date": "2025-12-31", **given})


@pytest.mark.parametrize(
    ("area_ha", "code"),
    [
        (0.99e-4, "area_too_small"),
        (1e-4, "tiny_area"),
        (0.0099, "tiny_area"),
        (0.01, None),
        (10_000, None),
        (10_000.1, "huge_area"),
        (math.nan, None),
    ],
)
def test_areas_of_polygons(area_ha: float, code: str | None) -> None:
    assert codes(size_hits(plots(AREA, area_ha=area_ha), parameters())) == ({code: [0]} if code else {})


@pytest.mark.parametrize(("area_ha", "crop", "found"), [(1000, "Cocoa", False), (1000.1, " COCOA", True), (1000.1, "soy", False)])
def test_smallholder_crops_are_huge_earlier(area_ha: float, crop: str, found: bool) -> None:
    assert ("huge_area" in codes(size_hits(plots(AREA, area_ha=area_ha), parameters(crop_type=crop)))) is found


@pytest.mark.parametrize(
    ("area_ha", "given", "found"),
    [
        (3.9999, {}, False),
        (4.0, {}, False),
        (4.0001, {}, True),
        (math.nan, {}, False),
        (9.0, {"crop_type": "Cattle"}, False),
        (9.0, {"crop_type": "cocoa"}, True),
        (9.0, {"stats": ["water"]}, False),
    ],
)
def test_points_over_four_hectares_need_a_polygon_for_the_regulation(area_ha: float, given: dict[str, Any], found: bool) -> None:
    wanted = {"point_plot": [0], **({"point_needs_polygon": [0]} if found else {})}
    assert codes(size_hits(plots(POINT, area_ha=area_ha), parameters(**given))) == wanted


def test_a_polygon_over_four_hectares_is_what_the_regulation_asks_for() -> None:
    assert codes(size_hits(plots(AREA, area_ha=5), parameters())) == {}


@pytest.mark.parametrize(
    ("decimals", "code"),
    [(6, None), (5, "five_decimals"), (4, "four_decimals"), (3, "few_decimals"), (0, "few_decimals"), (-1, None)],
)
def test_decimals(decimals: int, code: str | None) -> None:
    assert codes(size_hits(plots(AREA, decimals=decimals), parameters())) == ({code: [0]} if code else {})


def test_every_finding_has_a_sentence() -> None:
    found = size_hits(plots(POINT, POINT, area_ha=[9.0, 1e-5], decimals=[2, 4]), parameters())
    texts = [message_of(each.check, "A-1", row, values) for each in found for row, values in each]
    assert "Plot A-1 (feature 0): it is a point of 9 ha, and Regulation (EU) 2023/1115 asks for the polygon" in " ".join(texts)
    assert len(texts) == 6 and not [text for text in texts if "{" in text]
