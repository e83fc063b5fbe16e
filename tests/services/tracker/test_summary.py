"""What a supply base adds up to, and how a run ends: by hand."""

from typing import Any, ClassVar

import pytest
from hypothesis import given, strategies as st
from pydantic import Field

from contracts.v1.results.result import Result, named_values
from services.tracker.plan import missing, pins, ranges
from services.tracker.summary import TOO_LITTLE, PlotValue, Sums, end_state


def kind(name: str) -> Any:
    return Field(json_schema_extra={"aggregate": name})


class Small(Result):
    """One field of each kind."""

    SCHEMA: ClassVar[str] = "1.1.0"

    emitted_t: float | None = kind("sum")
    height_m: float | None = kind("mean")
    grade: str | None = kind("counts")
    start: str | None = kind("earliest")
    end: str | None = kind("latest")
    by_year_ha: tuple[float | None, ...] | None = kind("sum_by_year")
    by_cover_ha: dict[str, float] | None = kind("sum_by_class")
    plot_area_ha: float
    remark: str | None = None
    flags: tuple[str, ...] = Field(default=(), json_schema_extra={"aggregate": "counts"})


def plot(area_ha: float = 1.0, state: str | None = "ok", **given_values: Any) -> PlotValue:
    blank: dict[str, Any] = dict.fromkeys(Small.model_fields) | {"plot_area_ha": area_ha}
    return PlotValue(state, area_ha, list((blank | given_values).values()))


def row(*plots: PlotValue, rejected: int = 0) -> dict[str, Any]:
    sums = Sums(Small)
    sums.add(plots)
    return sums.row(rejected)


def test_every_kind_of_field_adds_up_by_its_rule() -> None:
    one = plot(
        3.0, emitted_t=6.0, height_m=10.0, grade="a", start="2021-03-01", end="2021-04-01", by_year_ha=[1, 0.5], by_cover_ha={"x": 2}
    )
    other = plot(
        1.0, emitted_t=1.0, height_m=30.0, grade="b", start="2020-01-01", end="2020-02-01", by_year_ha=[0, None], by_cover_ha={"y": 1}
    )
    summed = row(one, other)
    assert (summed["emitted_t"], summed["height_m"]) == (7.0, (3 * 10 + 30) / 4)
    assert (summed["grade_plots"], summed["grade_area_ha"]) == ({"a": 1, "b": 1}, {"a": 3.0, "b": 1.0})
    assert (summed["start"], summed["end"]) == ("2020-01-01", "2021-04-01")
    assert (summed["by_year_ha"], summed["by_cover_ha"]) == ([1.0, 0.5], {"x": 2.0, "y": 1.0})
    assert (summed["missing"], summed["partial_fields"], summed["partial"]) == ({}, [], False)


def test_states_are_counted_with_their_areas_and_a_skipped_plot_is_in_no_share() -> None:
    failed, uncovered = PlotValue("failed", 2.0), PlotValue("not_covered", 1.0)
    summed = row(plot(5.0, emitted_t=1.0), failed, uncovered, PlotValue(None, 100.0), rejected=3)
    assert [summed[f"n_{state}"] for state in ("plots", "ok", "not_covered", "failed", "skipped", "rejected")] == [3, 1, 1, 1, 1, 3]
    assert summed["area_by_state_ha"] == {"ok": 5.0, "not_covered": 1.0, "failed": 2.0, "skipped": 100.0, "rejected": None}
    assert summed["valid_share"]["emitted_t"] == 5 / 8
    assert summed["emitted_t"] == 1.0 and summed["partial_fields"] == ["emitted_t"] and summed["partial"]


@pytest.mark.parametrize(("valid_ha", "value", "partial"), [(49.9, None, False), (50.0, 1.0, True), (94.9, 1.0, True), (95.0, 1.0, False)])
def test_a_value_is_null_below_half_of_the_area_and_partial_up_to_95_pct(valid_ha: float, value: float | None, partial: bool) -> None:
    summed = row(plot(valid_ha, emitted_t=1.0, height_m=1.0), plot(100.0 - valid_ha))
    assert (summed["emitted_t"], summed["height_m"]) == (value, value)
    assert summed["missing"].get("emitted_t") == (TOO_LITTLE if value is None else None)
    assert ("emitted_t" in summed["partial_fields"]) == partial


def test_a_year_that_few_plots_have_observed_is_null_alone() -> None:
    assert row(plot(6.0, by_year_ha=[1.0, None]), plot(4.0, by_year_ha=[2.0, 7.0]))["by_year_ha"] == [3.0, None]


def test_without_an_area_plots_are_counted_instead_of_hectares() -> None:
    summed = row(plot(1.0, emitted_t=1.0), plot(1.0, emitted_t=1.0), PlotValue("failed", None))
    assert summed["valid_share"]["emitted_t"] == pytest.approx(2 / 3)
    assert summed["area_by_state_ha"]["failed"] is None


def test_a_failed_plot_is_never_zero() -> None:
    assert row(PlotValue("failed", 1.0))["emitted_t"] is None
    assert row(PlotValue("failed", 1.0))["missing"]["height_m"] == TOO_LITTLE
    assert row()["emitted_t"] is None


def test_flags_are_counted_one_by_one_and_an_older_shorter_row_has_the_defaults() -> None:
    old = PlotValue("ok", 1.0, [1.0, 2.0, "a", None, None, None, None, 1.0])
    summed = row(old, plot(1.0, flags=["point_buffer", "x"]), plot(1.0, flags=["x"]))
    assert summed["flags_plots"] == {"point_buffer": 1, "x": 2}
    assert named_values(Small, old.values or [])["remark"] is None
    with pytest.raises(ValueError, match="height_m"):
        named_values(Small, [1.0])
    with pytest.raises(ValueError, match="11 values"):
        named_values(Small, [None] * 11)


amounts = st.lists(st.tuples(st.floats(0.01, 100), st.none() | st.floats(0, 10)), min_size=1, max_size=30)


@given(amounts)
def test_sums_and_means_equal_a_slow_reckoning(plots: list[tuple[float, float | None]]) -> None:
    summed = row(*[plot(area, emitted_t=value, height_m=value) for area, value in plots])
    valid = [(area, value) for area, value in plots if value is not None]
    covered = sum(area for area, _ in valid)
    if covered / sum(area for area, _ in plots) < 0.5:
        assert summed["emitted_t"] is summed["height_m"] is None
    else:
        assert summed["emitted_t"] == pytest.approx(sum(value for _, value in valid), abs=1e-8)
        assert summed["height_m"] == pytest.approx(sum(area * value for area, value in valid) / covered, abs=1e-8)


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
