"""Sea, countries and swapped axes by hand table."""

from collections.abc import Sequence

import numpy as np
import pytest

from services.staging.checks.places import Places, looks_swapped, place_hits
from tests.services.staging.checks.make import codes


def places(country: Sequence[str | None], swapped: Sequence[str | None] = (), sea: tuple[int, ...] = ()) -> Places:
    count = len(country)
    land = np.ones(count, dtype=bool)
    land[list(sea)] = False
    return Places(np.linspace(1, 2, count), np.linspace(3, 4, count), land, country, swapped or [None] * count)


@pytest.mark.parametrize(
    ("inside", "inside_swapped", "swapped"),
    [(0, 90, True), (9, 90, True), (10, 90, False), (0, 89, False), (9, 100, True), (100, 100, False)],
)
def test_nine_tenths_swapped_and_less_than_one_tenth_as_they_are(inside: int, inside_swapped: int, swapped: bool) -> None:
    rows = np.arange(100)
    assert looks_swapped(rows < inside, rows < inside_swapped) is swapped


def test_swapped_plots_are_told_and_nothing_is_changed() -> None:
    found = place_hits(places([None] * 10, ["GH"] * 9 + ["TG"], sea=(0, 1)), "GH")
    assert codes(found) == {"in_the_sea": [0, 1], "likely_swapped_axes": list(range(9)), "outside_any_country": list(range(2, 10))}
    [sea] = [each for each in found if each.code == "in_the_sea"]
    assert dict(sea)[0] == {"lon": 1.0, "lat": 3.0, "hint": "; latitude and longitude may be swapped"}


def test_another_country_than_the_declared_one() -> None:
    found = place_hits(places(["GH", "TG", None, "GH"]), "GH")
    assert codes(found) == {"outside_declared_country": [1], "outside_any_country": [2]}


def test_without_a_declared_country_nothing_is_elsewhere_or_swapped() -> None:
    assert codes(place_hits(places(["GH", "TG", None], ["GH"] * 3), None)) == {"outside_any_country": [2]}
