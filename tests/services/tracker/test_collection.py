"""The row of a whole collection from its rows: overlapping, failed and missing plots, against a slow check by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
import pytest
import shapely

from services.tracker.summarise import summed_up
from shared.db import Database, collections, plots, results, runs
from shared.geo.areas import geodesic_area_ha
from shared.geo.discs import discs
from tests.databases import STAT, ordered
from tests.services.gateway.scene import evidence, stored

BOX = shapely.box
OUTLINES = [
    BOX(0.0, 0.0, 0.01, 0.01),
    BOX(0.005, 0.0, 0.015, 0.01),  # half of it lies on the first
    BOX(0.1, 0.1, 0.11, 0.11),
    BOX(0.1, 0.1, 0.11, 0.11),  # the same again
    BOX(0.2, 0.2, 0.201, 0.201),
    shapely.Point(0.0, 0.02),
]


def hash_of(outline: shapely.Geometry) -> str:
    return shapely.to_wkb(outline, hex=True)[-64:].lower().rjust(64, "0")


async def collected(database: Database, losses: Sequence[float | str | None], **changed: Any) -> dict[str, Any]:
    """The deforestation row of a collection of `OUTLINES`: loss (ha), None for a value that is not known, or a state."""
    run_id = await ordered(database)
    area = geodesic_area_ha(np.array(OUTLINES, dtype=object))
    rows = [
        plots.PlotRow("0x1", at, f"P{at}", at, one, shapely.to_geojson(one), "{}", float(area[at]) or None, hash_of(one), "[]")
        for at, one in enumerate(OUTLINES)
    ]
    found = []
    for at, loss in enumerate(losses):
        if isinstance(loss, str):
            found += [] if loss == "skipped" else [results.ResultRow(at, loss, None, None, None, "[]")]
        else:
            alert = "inconclusive" if loss is None else "critical" if loss else "none"
            values = evidence(noncompliance_area_ha=loss, plot_area_ha=float(area[at]) or 4.0, alert_class=alert, **changed)
            found.append(results.ResultRow(at, "ok", alert, loss, stored(values), "[]"))
    async with database.write() as connection:
        await collections.staged(connection, "0x1", {"plots_total": 8, "plots_accepted": 6, "plots_rejected": 2, "chunks": "[6]"}, [])
        await plots.replace(connection, "0x1", rows)
        await results.put(connection, run_id, STAT, found)
        run = await runs.get(connection, run_id)
    row: dict[str, Any] = orjson.loads(orjson.dumps((await summed_up(database, run))[0]))[STAT]  # type: ignore[arg-type]
    return row


def union_ha(outlines: Sequence[shapely.Geometry]) -> float:
    disc = discs(np.array([0.0]), np.array([0.02]), np.array([4.0]))[0]
    drawn = [disc if shapely.get_dimensions(one) == 0 else one for one in outlines]
    return float(geodesic_area_ha(np.array([shapely.union_all(drawn)], dtype=object))[0])


async def test_ground_is_counted_once_and_loss_as_far_as_it_is_known(database: Database) -> None:
    row = await collected(database, [10.0, 0.0, 7.0, 7.0, 0.0, 0.5])
    area = [float(one) or 4.0 for one in geodesic_area_ha(np.array(OUTLINES, dtype=object))]
    assert row["noncompliance_area_ha"] == pytest.approx(24.5)  # as documented: plots added up
    assert row["plot_area_ha"] == pytest.approx(sum(area))
    assert row["union_area_ha"] == pytest.approx(union_ha(OUTLINES), rel=1e-6)
    assert row["overlap_double_count_ha"] == pytest.approx(sum(area) - union_ha(OUTLINES), rel=1e-6)
    # The copy adds nothing; the second plot has no loss of its own: 10 + 7 + 0.5, whichever way.
    assert (row["noncompliance_union_lo_ha"], row["noncompliance_union_hi_ha"]) == (pytest.approx(17.5), pytest.approx(17.5))
    assert row["noncompliance_pct"] == pytest.approx(100 * 17.5 / union_ha(OUTLINES))
    assert (row["risk_tier"], row["noncompliance_plot_count"], row["plots_by_class"]) == ("Medium", 4, {"critical": 4, "none": 2})
    assert (row["n_plots"], row["n_ok"], row["n_rejected"], row["partial"]) == (6, 6, 2, False)


async def test_failed_and_uncovered_plots_are_no_zeros_and_stand_in_no_denominator(database: Database) -> None:
    row = await collected(database, [10.0, "failed", 7.0, None, "not_covered", 0.5])
    area = geodesic_area_ha(np.array(OUTLINES, dtype=object))
    assert (row["n_ok"], row["n_failed"], row["n_not_covered"]) == (4, 1, 1)
    assert row["area_by_state_ha"]["failed"] == pytest.approx(area[1])
    judged = [OUTLINES[at] for at in (0, 2, 5)]
    assert row["judged_union_area_ha"] == pytest.approx(union_ha(judged), rel=1e-6)
    assert row["noncompliance_pct"] == pytest.approx(100 * 17.5 / union_ha(judged), rel=1e-6)
    assert row["partial"] and "noncompliance_area_ha" in row["partial_fields"]
    assert row["valid_share"]["noncompliance_area_ha"] == pytest.approx((area[0] + area[2] + 4) / (area[:5].sum() + 4))


async def test_under_half_of_the_area_there_is_no_number_and_the_reason(database: Database) -> None:
    row = await collected(database, [None, None, None, 7.0, 0.0, 0.5])
    assert row["noncompliance_area_ha"] is row["noncompliance_pct"] is row["risk_tier"] is None
    assert row["missing"]["noncompliance_area_ha"] == row["risk_tier_reason"] == "valid_area_below_50_pct"


async def test_plots_that_the_run_was_not_asked_for_are_in_nothing_but_their_count(database: Database) -> None:
    row = await collected(database, [10.0, "skipped", "skipped", "skipped", 0.0, "skipped"])
    assert (row["n_plots"], row["n_skipped"]) == (2, 4)
    assert row["union_area_ha"] == pytest.approx(union_ha([OUTLINES[0], OUTLINES[4]]), rel=1e-6)
    assert not row["partial"]
