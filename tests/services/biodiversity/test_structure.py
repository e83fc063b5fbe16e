"""The structure of landscapes that can be reckoned by hand: mesh 19 ha, a stepping stone, core, edges without the border."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra.numpy import arrays

from services.biodiversity.rules import rules
from services.biodiversity.structure import Structure, structure_of

RULES = rules()
EVERYWHERE = np.ones((100, 200), dtype=bool)
"""200 ha in cells of 10 m."""


def structure(habitat: np.ndarray, inside: np.ndarray | None = None, known: np.ndarray | None = None) -> Structure:
    all_of = np.ones_like(habitat)
    found = structure_of(habitat, all_of if known is None else known, all_of if inside is None else inside, RULES)
    assert found is not None
    return found


def test_three_patches_in_two_hundred_hectares() -> None:
    """50, 30 and 20 ha, 20 and 550 m apart: mesh (50^2 + 30^2 + 20^2) / 200 = 19 ha."""
    habitat = np.zeros_like(EVERYWHERE)
    habitat[:, :50], habitat[:, 52:82], habitat[:, 137:157] = True, True, True
    found = structure(habitat)
    assert (found.patches, found.landscape_ha, found.habitat_pct) == (3, 200.0, 50.0)
    assert found.effective_mesh_ha == pytest.approx(19.0)
    assert found.division == pytest.approx(1 - 3800 / 40_000)
    assert found.patch_density == pytest.approx(1.5)
    assert found.edge_density_m_ha == pytest.approx(5 * 1000 / 200), "five sides of 1,000 m; the border of the window is none"
    assert found.connectance_pct == pytest.approx(100 / 3), "20 m joins, 550 m and 870 m do not"
    reach = {gap: 0.5 ** (gap / 1000) for gap in (20, 550, 570)}
    square = 2500 + 900 + 400 + 2 * (50 * 30 * reach[20] + 30 * 20 * reach[550] + 50 * 20 * reach[570])
    assert found.eca_ha == pytest.approx(square**0.5), "from the first to the third by the second: 20 + 550 m"
    assert found.connectivity == pytest.approx(square**0.5 / 200)


def test_core_ends_a_hundred_metres_from_an_edge_but_not_at_the_border() -> None:
    habitat = EVERYWHERE.copy()
    habitat[:, 100:] = False
    assert structure(habitat).core_pct == pytest.approx(100 * 90 / 200)


def test_what_lies_beyond_the_landscape_ends_its_core_and_nothing_else() -> None:
    habitat = EVERYWHERE.copy()
    habitat[:, 150:] = False
    inside = np.zeros_like(EVERYWHERE)
    inside[:, :150] = True
    found = structure(habitat, inside)
    assert (found.habitat_pct, found.edge_density_m_ha, found.patches) == (100.0, 0.0, 1)
    assert found.core_pct == pytest.approx(100 * 140 / 150)


def test_unknown_ground_is_no_core_no_edge_and_no_area() -> None:
    known = EVERYWHERE.copy()
    known[:, 100:150] = False
    found = structure(EVERYWHERE.copy(), known=known)
    assert (found.landscape_ha, found.known_share, found.edge_density_m_ha, found.patches) == (150.0, 0.75, 0.0, 2)
    assert found.core_pct == pytest.approx(100 * (90 + 40) / 150)
    known[:, 80:] = False
    assert structure_of(EVERYWHERE, known, EVERYWHERE, RULES) is None, "under half is known"


def test_without_habitat_nothing_is_connected_and_nothing_is_undefined_that_has_a_value() -> None:
    found = structure(np.zeros_like(EVERYWHERE))
    assert (found.habitat_pct, found.eca_ha, found.connectivity, found.effective_mesh_ha, found.division) == (0.0, 0.0, 0.0, 0.0, 1.0)
    assert np.isnan(found.cohesion)
    assert np.isnan(found.connectance_pct)


def test_all_habitat_is_one_patch() -> None:
    found = structure(EVERYWHERE.copy())
    assert (found.connectivity, found.effective_mesh_ha, found.core_pct, found.division) == pytest.approx((1.0, 200.0, 100.0, 0.0))
    assert np.isnan(found.connectance_pct), "undefined below two patches"


@given(arrays(np.bool_, (14, 14)))
@settings(max_examples=40, deadline=None)
def test_ranges(habitat: np.ndarray) -> None:
    found = structure(habitat)
    assert 0.0 <= found.connectivity <= found.habitat_pct / 100 + 1e-12
    assert np.sqrt(found.effective_mesh_ha * found.landscape_ha) <= found.eca_ha + 1e-12, "patches alone are the least"
    assert found.effective_mesh_ha == pytest.approx((1 - found.division) * found.landscape_ha)


@given(arrays(np.bool_, (14, 14)))
@settings(max_examples=40, deadline=None)
def test_a_network_of_the_largest_patches_is_never_better_than_the_whole(habitat: np.ndarray) -> None:
    all_of = np.ones_like(habitat)
    whole, cut = (structure_of(habitat, all_of, all_of, replace(RULES, max_network_patches=most)) for most in (300, 2))
    assert whole is not None and cut is not None
    assert cut.eca_ha <= whole.eca_ha + 1e-12
    assert cut.network_cut == (whole.patches > 2)
