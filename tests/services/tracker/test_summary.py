"""What a supply base adds up to, and how a run ends: by hand."""

import pytest

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from services.tracker.plan import missing, pins, ranges
from services.tracker.summary import DeforestationSums, end_state

FIELDS = tuple(EudrDeforestation.model_fields)


def values(**given: object) -> list[object]:
    blank: dict[str, object] = dict.fromkeys(FIELDS) | {"alert_class": "none", "plot_area_ha": 1.0}
    return list((blank | given).values())


def test_hectares_and_classes_add_up_and_null_is_not_zero() -> None:
    sums = DeforestationSums()
    sums.add(
        [
            (
                "ok",
                values(
                    alert_class="critical",
                    noncompliance_area_ha=0.5,
                    plot_area_ha=3.0,
                    annual_defor_ha=[0.5, 0.0],
                    deforestation_start="2021-01-01",
                    deforestation_end="2021-12-31",
                ),
            ),
            ("ok", values(alert_class="none", noncompliance_area_ha=0.0, plot_area_ha=2.0, annual_defor_ha=[0.0, None])),
            ("ok", values(alert_class="inconclusive", noncompliance_area_ha=None, plot_area_ha=1.0)),
            ("failed", None),
        ]
    )
    row = sums.row(total_area_ha=6.0)
    assert row["noncompliance_area_ha"] == 0.5
    assert row["plots_by_class"] == {"critical": 1, "inconclusive": 1, "none": 1}
    assert row["area_by_class_ha"] == {"critical": 3.0, "inconclusive": 1.0, "none": 2.0}
    assert (row["n_plots"], row["n_ok"], row["n_failed"], row["noncompliance_plot_count"]) == (4, 3, 1, 1)
    assert row["annual_defor_ha"] == [0.5, 0.0]
    assert (row["deforestation_start"], row["deforestation_end"], row["partial"]) == ("2021-01-01", "2021-12-31", True)


def test_a_sum_with_under_half_of_the_area_is_null() -> None:
    sums = DeforestationSums()
    sums.add([("ok", values(noncompliance_area_ha=0.1, plot_area_ha=4.0)), ("ok", values(noncompliance_area_ha=None, plot_area_ha=6.0))])
    assert sums.row(total_area_ha=10.0)["noncompliance_area_ha"] is None


@pytest.mark.parametrize(
    ("results", "failed", "lost", "ends"),
    [(10, 0, 0, "COMPLETED"), (10, 1, 0, "PARTIAL"), (10, 10, 1, "FAILED"), (0, 0, 1, "FAILED"), (10, 0, 1, "PARTIAL")],
)
def test_a_run_ends_by_its_failed_results(results: int, failed: int, lost: int, ends: str) -> None:
    assert end_state(results, failed, lost) == ends


def test_a_run_waits_for_statistics_without_workers_and_pins_those_with() -> None:
    known = {"a": {"method": {"version": "1"}, "layers": {"x": {"version": "v1"}}, "engine": {"numpy": "2"}}}
    assert missing(["a", "b"], known) == ["b"]
    assert pins(["a"], known) == {"methods": {"a": {"version": "1"}}, "layers": {"x": {"version": "v1"}}, "engine": {"numpy": "2"}}


def test_chunks_are_consecutive_plot_numbers() -> None:
    assert ranges([250, 250, 3]) == [(0, 249), (250, 499), (500, 502)]
