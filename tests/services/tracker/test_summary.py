"""What a supply base adds up to, and how a run ends: by hand."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pytest
from hypothesis import given, strategies as st
from pydantic import Field

from contracts.v1.results.cft import Cft
from contracts.v1.results.result import Result, named_values
from services.tracker.plan import missing, pins, ranges
from services.tracker.product import TOO_LITTLE_PRODUCT
from services.tracker.summary import NOT_ADDITIVE, PlotValue, Sums, end_state
from services.tracker.weight import TOO_LITTLE
from shared.outcome import Together


def kind(name: str) -> Any:
    return Field(json_schema_extra={"aggregate": name})


class Small(Result):
    """One field of each kind."""

    SCHEMA: ClassVar[str] = "1.1.0"
    WORST_FIRST: ClassVar[Mapping[str, Sequence[str]]] = {"grade": ("c", "b", "a")}
    NOT_ADDITIVE: ClassVar[Sequence[str]] = ("mesh_ha",)
    PRODUCT: ClassVar[str | None] = "cft"

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
    mesh_ha: float | None = None
    cft: dict[str, Any] | None = None


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
    assert (summed["missing"], summed["partial_fields"], summed["partial"]) == ({"mesh_ha": NOT_ADDITIVE}, [], False)


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
    with pytest.raises(ValueError, match="13 values"):
        named_values(Small, [None] * 13)


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


def test_an_ordinal_class_has_the_worst_and_the_share_of_each_of_all_ground_and_no_mean() -> None:
    summed = row(plot(6.0, grade="a"), plot(1.0, grade="b"), plot(3.0))
    assert (summed["grade_worst"], summed["grade_area_share"]) == ("b", {"a": 0.6, "b": 0.1})
    assert row(plot(1.0))["grade_worst"] is None
    assert row(plot(1.0, grade="c"), PlotValue("failed", None))["grade_area_share"] == {"c": None}
    assert "flags_worst" not in summed and "grade" not in summed


def test_a_landscape_metric_is_null_and_says_that_plots_do_not_add_up_to_it() -> None:
    summed = row(plot(1.0, mesh_ha=3.0), plot(1.0, mesh_ha=5.0))
    assert (summed["mesh_ha"], summed["missing"]["mesh_ha"], summed["partial"]) == (None, NOT_ADDITIVE, False)


def test_what_was_found_of_all_plots_together_stands_for_the_whole() -> None:
    sums = Sums(Small)
    sums.add([plot(1.0, emitted_t=1.0, height_m=1.0, mesh_ha=3.0), plot(1.0, emitted_t=1.0, height_m=1.0, mesh_ha=5.0)])
    known = sums.row(0, Together({"mesh_ha": 11.0, "landscape_area_ha": 40.0}, {"mesh_ha": 0.95}, {}))
    assert (known["mesh_ha"], known["landscape_area_ha"], known["valid_share"]["mesh_ha"]) == (11.0, 40.0, 0.95)
    assert (known["missing"], known["partial_fields"], known["partial"]) == (
        {"by_year_ha": TOO_LITTLE, "by_cover_ha": TOO_LITTLE}, [], False,
    )  # fmt: skip
    in_part = sums.row(0, Together({"mesh_ha": 11.0}, {"mesh_ha": 0.7}, {}))
    assert (in_part["partial_fields"], in_part["partial"]) == (["mesh_ha"], True)
    not_there = sums.row(0, Together({"mesh_ha": None}, {"mesh_ha": 0.7}, {"mesh_ha": "single_patch"}))
    assert (not_there["missing"]["mesh_ha"], not_there["partial_fields"], not_there["partial"]) == ("single_patch", [], False)


def making(total: float | None, product_t: float | None, per_finished: float | None = None) -> dict[str, Any]:
    per_t = None if total is None or not product_t else total / product_t
    given = {"non_biomass_kgco2e_total": total, "product_t": product_t, "non_biomass_kgco2e_per_t_product": per_t}
    return {**dict.fromkeys(Cft.model_fields), **given, "product_kgco2e_per_t": per_finished}


def test_a_ratio_per_product_is_a_sum_over_a_sum() -> None:
    """100 kg of 1 t and 900 kg of 3 t: 250 kg a tonne, where the mean of 100 and 300 is 200."""
    cft = row(plot(1.0, cft=making(100.0, 1.0, 150.0)), plot(1.0, cft=making(900.0, 3.0, 350.0)))["cft"]
    assert (cft["non_biomass_kgco2e_total"], cft["product_t"], cft["non_biomass_kgco2e_per_t_product"]) == (1000.0, 4.0, 250.0)
    assert cft["product_kgco2e_per_t"] == (150 + 3 * 350) / 4
    assert cft["non_biomass_kgco2e_rice"] is None and cft["missing"]["non_biomass_kgco2e_rice"] == TOO_LITTLE
    assert cft["partial_fields"] == []
    assert row(plot(1.0))["cft"] is None


@pytest.mark.parametrize(
    ("known_ha", "per_t", "partial"), [(79.0, None, False), (80.0, 50.0, True), (99.0, 50.0, True), (100.0, 50.0, False)]
)
def test_a_ratio_per_product_needs_four_fifths_of_the_area_and_says_what_is_missing(
    known_ha: float, per_t: float | None, partial: bool
) -> None:
    cft = row(plot(known_ha, cft=making(100.0, 2.0)), plot(100.0 - known_ha, cft=making(7.0, None)))["cft"]
    name = "non_biomass_kgco2e_per_t_product"
    assert (cft[name], cft["missing"].get(name)) == (per_t, None if per_t else TOO_LITTLE_PRODUCT)
    assert (name in cft["partial_fields"]) == partial
    assert cft["non_biomass_kgco2e_total"] == 107.0
