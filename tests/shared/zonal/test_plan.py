"""How pieces of plots are laid out: in parts, runs and rows that lie far apart, none of which may change a number."""

import numpy as np
import pytest
import shapely

from shared.geo.areas import geodesic_area_ha
from shared.zonal import plan as plans
from shared.zonal.grid import Grid
from shared.zonal.plan import Plan
from shared.zonal.strips import strips_of

GLOBE = Grid(-180.0, 90.0, 0.0005, 0.0005, 720_000, 360_000)
LATITUDES = (-61.3, -33.0, -3.9, 0.0, 0.1, 45.2, 71.0)


def plots(count: int) -> np.ndarray:
    """Discs on a few latitudes far apart, many of them over each other."""
    rng = np.random.default_rng(8)
    places = shapely.points(np.column_stack((10 + rng.uniform(0, 0.05, count), rng.choice(LATITUDES, count))))
    return np.asarray(shapely.buffer(places, rng.uniform(0.0002, 0.006, count)))


def areas_m2(plan: Plan, count: int) -> np.ndarray:
    """Area of each plot, part by part."""
    total = np.zeros(count)
    for run in plan.runs():
        for pieces in run.pieces:
            strips = strips_of(plan.outlines, plan.layout, pieces, run.before, plan.areas_m2(run), 1e-9)
            of_cell = strips.share * np.repeat(strips.cell_m2, strips.cells)
            by_piece = np.bincount(np.repeat(strips.piece, strips.cells), of_cell, minlength=strips.pieces)
            np.add.at(total, plan.plots[pieces.start : pieces.stop], by_piece)
    return total


def test_rows_far_apart_have_their_own_areas() -> None:
    some = plots(300)
    found = areas_m2(Plan.of(some, GLOBE, (512, 512)), len(some))
    assert found == pytest.approx(geodesic_area_ha(some) * 1e4, rel=1e-5)


def test_strips_lie_inside_the_values_of_their_run() -> None:
    plan = Plan.of(plots(300), GLOBE, (512, 512))
    for run in plan.runs():
        reads = plan.reads(run)
        for pieces in run.pieces:
            strips = strips_of(plan.outlines, plan.layout, pieces, run.before, plan.areas_m2(run), 1e-9)
            assert strips.start.min() >= 0 and (strips.start + strips.cells).max() <= (reads[:, 2] * reads[:, 3]).sum()
            assert strips.share.min() >= 0 and strips.share.max() <= 1 and strips.cells.sum() == len(strips.share)


def test_parts_and_runs_cover_every_piece_once_and_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    some = plots(200)
    plan = Plan.of(some, GLOBE, (512, 512))
    whole = areas_m2(plan, len(some))
    monkeypatch.setattr(plans, "RUN_CELLS", 2_000)
    monkeypatch.setattr(plans, "LAYOUT_CELLS", 500)
    runs = plan.runs()
    parts = [part for run in runs for part in run.pieces]
    assert len(runs) > 3 and len(parts) > 3 * len(runs)
    assert [piece for part in parts for piece in part] == list(range(len(plan.plots)))
    assert (areas_m2(plan, len(some)) == whole).all()
