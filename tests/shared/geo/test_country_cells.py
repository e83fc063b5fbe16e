"""Cells decide nothing that a look at each plot would decide otherwise."""

import numpy as np
import shapely
from hypothesis import given, settings, strategies as st

from shared.geo.boundaries import natural_earth
from shared.geo.countries import detect
from shared.geo.country_cells import inland, located

# Borders, coasts, islands, a lake, an enclave, the sea, and the middle of countries.
PLACES = [
    (106.2, 11.6),
    (-0.05, 5.6),
    (-51.6, 4.0),
    (28.2, -29.6),
    (33.2, 0.3),
    (108.2, 12.6),
    (-55.0, -9.0),
    (-30.0, 0.0),
    (179.99, -16.6),
]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(PLACES), st.sampled_from([0.02, 0.2, 1.0]), st.integers(0, 2**32 - 1))
def test_countries_are_those_of_each_plot_by_itself(place: tuple[float, float], spread: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    centre = np.clip(place + random.normal(0, spread, (120, 2)), [-179.9, -89], [179.9, 89])
    half = random.uniform(1e-5, 0.03, (120, 2)) * random.integers(0, 2, (120, 1))
    boxes = np.hstack([centre - half, centre + half])
    outlines = np.where(half[:, 0] > 0, shapely.box(*boxes.T), shapely.points(centre))
    found, sure = located(natural_earth(), boxes, lambda rows: outlines[rows])
    each = detect(natural_earth(), outlines)
    assert found.code == each.code
    assert found.snapped.tolist() == each.snapped.tolist()
    assert found.near_second.tolist() == each.near_second.tolist()
    assert not (each.snapped | each.near_second)[sure].any()


def test_fields_in_the_middle_of_a_country_need_no_look_at_each() -> None:
    centre = np.array([108.2, 12.6]) + np.random.default_rng(1).uniform(-0.1, 0.1, (1000, 2))
    number = inland(natural_earth(), np.hstack([centre - 1e-4, centre + 1e-4]))
    sure = number[number >= 0]
    assert {natural_earth().countries[one] for one in sure.tolist()} == {"VN"}
    assert len(sure) > 950  # but for those in cells at the rim that few others share
