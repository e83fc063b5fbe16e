"""The supply base as a whole: a pure sum over plot results, and the state in which a run ends."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from contracts.v1.results.eudr_deforestation import EudrDeforestation
from contracts.v1.results.result import by_name

SUMMED_HA: Final = (
    "noncompliance_area_ha",
    "forest_2020_ha",
    "primary_2020_ha",
    "excluded_commodity_ha",
    "loss_on_excluded_ha",
    "loss_on_disputed_ha",
    "disturbance_ha",
    "plot_area_ha",
)
"""Fields of a deforestation result that are summed over plots."""
LEAST_VALID_SHARE: Final = 0.5
"""A sum is null when plots with a value hold less than this share of the area (methods, part 10)."""
PARTIAL_BELOW_SHARE: Final = 0.95
"""Below this share a sum is published as partial."""

YEARS: Final = ("annual_defor_ha", "hansen_loss_ha_by_year")


@dataclass
class DeforestationSums:
    """Running sums over the results of one run; feed it every result, in plot order."""

    plots: int = 0
    by_state: Counter[str] = field(default_factory=Counter)
    by_class: Counter[str] = field(default_factory=Counter)
    area_by_class_ha: dict[str, float] = field(default_factory=dict)
    sums: dict[str, float] = field(default_factory=dict)
    areas: dict[str, float] = field(default_factory=dict)
    """Plot area behind each sum; ha."""
    years: dict[str, list[float | None]] = field(default_factory=dict)
    first_date: str | None = None
    last_date: str | None = None

    def add(self, results: Iterable[tuple[str, Sequence[Any] | None]]) -> None:
        """Take in results as (`state`, values in the order of the model's fields)."""
        for state, values in results:
            self.plots += 1
            self.by_state[state] += 1
            if values is not None:
                self._add_values(by_name(EudrDeforestation, values))

    def _add_values(self, result: dict[str, Any]) -> None:
        area_ha = result["plot_area_ha"]
        self.by_class[result["alert_class"]] += 1
        self.area_by_class_ha[result["alert_class"]] = self.area_by_class_ha.get(result["alert_class"], 0.0) + area_ha
        for name in SUMMED_HA:
            if result[name] is not None:
                self.sums[name] = self.sums.get(name, 0.0) + result[name]
                self.areas[name] = self.areas.get(name, 0.0) + area_ha
        for name in YEARS:
            if result[name] is not None:
                total = self.years.setdefault(name, [None] * len(result[name]))
                self.years[name] = [_added(a, b) for a, b in zip(total, result[name], strict=True)]
        if result["deforestation_start"] is not None:
            self.first_date = min(filter(None, (self.first_date, result["deforestation_start"])))
            self.last_date = max(filter(None, (self.last_date, result["deforestation_end"])))

    def row(self, total_area_ha: float | None) -> dict[str, Any]:
        """The `stat_supply_shed` row; `total_area_ha` is the area of all accepted plots, or None when points hide it.

        Areas are sums over plots: ground that two plots share counts in both.
        """
        area = total_area_ha or self.sums.get("plot_area_ha", 0.0)
        shares = {name: (self.areas.get(name, 0.0) / area if area else 0.0) for name in SUMMED_HA}
        return {
            "n_plots": self.plots,
            "n_ok": self.by_state["ok"],
            "n_not_covered": self.by_state["not_covered"],
            "n_failed": self.by_state["failed"],
            "noncompliance_plot_count": self.by_class["critical"],
            "plots_by_class": {name: self.by_class[name] for name in sorted(self.by_class)},
            "area_by_class_ha": {name: round(self.area_by_class_ha[name], 9) for name in sorted(self.area_by_class_ha)},
            **{name: round(self.sums[name], 9) if shares[name] >= LEAST_VALID_SHARE else None for name in SUMMED_HA},
            **{
                name: [None if value is None else round(value, 9) for value in self.years[name]] if name in self.years else None
                for name in YEARS
            },
            "deforestation_start": self.first_date,
            "deforestation_end": self.last_date,
            "partial": any(share < PARTIAL_BELOW_SHARE for share in shares.values()),
            "area_basis": "sum over plots; overlapping ground counts in each plot",
        }


def _added(one: float | None, other: float | None) -> float | None:
    """The sum of what is known; None while nothing is."""
    return one if other is None else other + (one or 0.0)


def end_state(results: int, failed: int, lost_tasks: int) -> Literal["COMPLETED", "PARTIAL", "FAILED"]:
    """How a run ends: by how many of its plot results are failed, and whether a task has no results at all."""
    if results == 0 or failed >= results:
        return "FAILED"
    return "PARTIAL" if failed or lost_tasks else "COMPLETED"
