"""The score, the normalised Q, land use, and the constants that they stand on."""

import numpy as np
import pytest

from services.biodiversity.canopy import normalised
from services.biodiversity.landuse import cropland_share, msa_of
from services.biodiversity.rules import LAND_COVER, land_use_of, land_uses, rules, thresholds
from services.biodiversity.score import score_of
from shared.crops import crop_of


def test_the_score_is_the_mean_of_what_is_known() -> None:
    found = score_of(0.6, 0.3, 0.9, 0.15)
    assert found.score == pytest.approx(60.0)
    assert found.sd == pytest.approx(5.0), "a third of 0.15"
    assert found.components == {"rao_q_norm": 0.6, "connectivity": 0.3, "bii": 0.9}


def test_a_component_that_is_missing_is_left_out_and_never_zero() -> None:
    found = score_of(np.nan, 0.3, 0.9, np.nan)
    assert found.score == pytest.approx(60.0)
    assert (found.sd, sorted(found.components)) == (None, ["bii", "connectivity"])
    assert score_of(np.nan, np.nan, np.nan, np.nan).score is None
    assert score_of(0.5, np.nan, np.nan, np.nan).sd is None, "heights without errors"


def test_intactness_above_one_counts_as_one() -> None:
    assert score_of(np.nan, np.nan, 1.07, np.nan).score == 100.0


def test_q_is_normalised_by_half_the_height() -> None:
    q, p95 = np.array([10.0, 0.0, 0.0, 2.0, 9.0]), np.array([30.0, 30.0, 0.0, 0.0, 12.0])
    assert normalised(q, p95) == pytest.approx([2 / 3, 0.0, 0.0, np.nan, 1.0], nan_ok=True)


def land(**hectares: tuple[float, float, float]) -> np.ndarray:
    areas = np.zeros((len(LAND_COVER), 3))
    for cover, row in hectares.items():
        areas[LAND_COVER.index(int(cover.removeprefix("c")))] = row
    return areas


def test_land_use_by_hand() -> None:
    """3 ha of natural trees at 0.7, 1 ha of planted trees at 0.2, 1 ha of built ground at 0.05; 5 ha of water have no use."""
    assert msa_of(land(c10=(3, 1, 0), c50=(0, 0, 1), c80=(5, 0, 0)), None) == pytest.approx((3 * 0.7 + 0.2 + 0.05) / 5)
    assert msa_of(land(c80=(5, 0, 0)), None) is None


@pytest.mark.parametrize(("crop", "msa"), [("maize", 0.1), ("rice", 0.05), ("coffee", 0.2), (None, 0.1), ("no such crop", 0.1)])
def test_cropland_is_read_by_the_declared_crop(crop: str | None, msa: float) -> None:
    assert msa_of(land(c40=(0, 0, 2)), crop_of(crop)) == pytest.approx(msa)
    assert cropland_share(land(c40=(0, 0, 2), c10=(0, 0, 6))) == 0.25


def test_every_class_of_land_has_a_use_and_water_none() -> None:
    for cover in LAND_COVER:
        for state in ("natural", "converted", "unknown"):
            assert (land_use_of(cover, state, None) is None) == (cover == 80)
    assert all(0 < use.msa <= 1 for use in land_uses().values())


def test_thresholds_fill_their_types() -> None:
    held = rules()
    for name, kind in type(held).__annotations__.items():
        assert isinstance(getattr(held, name), kind), name
    assert set(thresholds()) == set(type(held).__annotations__)
