"""The supply base as a whole: pure sums over plot results by the rule of each kind of field, and the state in which a run ends."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from contracts.v1.results.result import AREA_FIELD, Aggregate, Result, aggregates, named_values
from services.tracker.product import Products
from services.tracker.weight import DIGITS, LEAST_VALID_SHARE, PARTIAL_BELOW_SHARE, TOO_LITTLE, Weight
from shared.outcome import Together

AREA_BASIS: Final = "sum over plots; overlapping ground counts in each plot"
STATES: Final = ("ok", "not_covered", "failed")
SKIPPED: Final = "skipped"
"""A plot that the run was not asked for."""
NOT_ADDITIVE: Final = "not_additive"
"""Neither sum nor mean of the plots' values is that of the whole, and nobody looked at the whole."""


@dataclass(frozen=True, slots=True)
class PlotValue:
    """One plot as a run left it."""

    state: str | None
    """`ok`, `not_covered`, `failed`, or None: the run was not asked for it."""
    area_ha: float | None
    """Geodesic or declared area; None for a point that declares none."""
    values: Sequence[Any] | None = None
    """In the order of the result model's fields."""


@dataclass
class _Field:
    """What has been gathered of one field."""

    valid: Weight = field(default_factory=Weight)
    total: float = 0.0
    weighted: float = 0.0
    by_year: list[float] = field(default_factory=list)
    years: list[Weight] = field(default_factory=list)
    by_class: dict[str, float] = field(default_factory=dict)
    counts: dict[str, Weight] = field(default_factory=dict)
    bound: str | None = None


class Sums:
    """Running sums of one statistic of one run; feed it every plot, in plot order."""

    def __init__(self, model: type[Result]) -> None:
        self._model = model
        self._kinds = aggregates(model)
        self._fields = {name: _Field() for name in self._kinds}
        self._adders = [(name, self._fields[name], _ADD[kind]) for name, kind in self._kinds.items()]
        self._products = Products()
        self._asked = Weight()
        self._states: dict[str, Weight] = {state: Weight() for state in (*STATES, SKIPPED)}

    def add(self, plots: Iterable[PlotValue]) -> None:
        """Take in some plots."""
        for plot in plots:
            values = None if plot.values is None else named_values(self._model, plot.values)
            # The area that was computed with: for a point without one, that of its disc.
            area_ha = plot.area_ha if values is None else values.get(AREA_FIELD, plot.area_ha)
            self._states[plot.state or SKIPPED].add(area_ha)
            if plot.state is not None:
                self._asked.add(area_ha)
                self._add_values(values or {}, area_ha)
                if self._model.PRODUCT is not None:
                    self._products.add((values or {}).get(self._model.PRODUCT), area_ha)

    def _add_values(self, values: Mapping[str, Any], area_ha: float | None) -> None:
        for name, gathered, add in self._adders:
            value = values.get(name)
            if value is not None:
                gathered.valid.add(area_ha)
                add(gathered, value, area_ha)

    def share(self, valid: Weight) -> float:
        """Share of the asked plots that `valid` is: of their area, or of their number when an area is not known."""
        if not self._asked.plots:
            return 0.0
        if self._asked.without_area or not self._asked.area_ha:
            return valid.plots / self._asked.plots
        return valid.area_ha / self._asked.area_ha

    @property
    def without_area(self) -> int:
        """Asked plots whose area is not known."""
        return self._asked.without_area

    def valid_share(self, name: str) -> float:
        """Share of the asked plots that have a value of an aggregated field; 0 for a field that is not aggregated."""
        return self.share(self._fields[name].valid) if name in self._fields else 0.0

    def row(self, rejected: int | None = None, whole: Together | None = None) -> dict[str, Any]:
        """The statistic's part of the `stat_supply_shed` row; `rejected` is how many plots of the file were left out.

        `whole` is what was found of the plots together, for the fields that plots have no sum and no mean of.

        A value that fewer than half of the area have is null, and `missing` says why; between 50 and 95 % it is in `partial_fields`.
        """
        values: dict[str, Any] = {}
        shares: dict[str, float] = {}
        for name, kind in self._kinds.items():
            found, thresholded = self._value(name, kind)
            values |= found
            if thresholded:
                shares[name] = self.share(self._fields[name].valid)
        together = unknown(self._model, NOT_ADDITIVE) if whole is None else whole
        missing = {name: TOO_LITTLE for name, share in shares.items() if share < LEAST_VALID_SHARE} | dict(together.missing)
        shares |= together.valid_share
        partial = [name for name, share in shares.items() if share < PARTIAL_BELOW_SHARE and name not in missing]
        return {
            "n_plots": self._asked.plots,
            **{f"n_{state}": weight.plots for state, weight in self._states.items()},
            "n_rejected": rejected,
            # The outline of a rejected plot may be what is wrong with it: its area is not known.
            "area_by_state_ha": {**{state: w.known_area_ha for state, w in self._states.items()}, "rejected": None if rejected else 0.0},
            **values,
            **together.values,
            **({} if self._model.PRODUCT is None else {self._model.PRODUCT: self._products.row(self.share)}),
            "valid_share": {name: round(share, DIGITS) for name, share in shares.items()},
            "missing": missing,
            "partial_fields": partial,
            "partial": bool(partial) or self.share(self._states["ok"]) < PARTIAL_BELOW_SHARE,
            "area_basis": AREA_BASIS,
        }

    def _value(self, name: str, kind: Aggregate) -> tuple[dict[str, Any], bool]:
        """The entries of one field, and whether the threshold of valid area holds for it."""
        gathered = self._fields[name]
        enough = self.share(gathered.valid) >= LEAST_VALID_SHARE
        match kind:
            case "earliest" | "latest":  # no date means no event: null is an answer
                return {name: gathered.bound}, False
            case "counts":
                return self._counts(name, gathered), False
            case "sum":
                return {name: round(gathered.total, DIGITS) if enough else None}, True
            case "mean":
                known = enough and gathered.valid.area_ha > 0
                return {name: round(gathered.weighted / gathered.valid.area_ha, DIGITS) if known else None}, True
            case "sum_by_year":
                return {name: self._by_year(gathered) if enough else None}, True
            case "sum_by_class":
                by_class = {key: round(gathered.by_class[key], DIGITS) for key in sorted(gathered.by_class)}
                return {name: by_class if enough else None}, True

    def _by_year(self, gathered: _Field) -> list[float | None]:
        pairs = zip(gathered.by_year, gathered.years, strict=True)
        return [round(total, DIGITS) if self.share(valid) >= LEAST_VALID_SHARE else None for total, valid in pairs]

    def _counts(self, name: str, gathered: _Field) -> dict[str, Any]:
        by_class = [(key, gathered.counts[key]) for key in sorted(gathered.counts)]
        area_ha = {key: weight.known_area_ha for key, weight in by_class}
        found = {f"{name}_plots": {key: weight.plots for key, weight in by_class}, f"{name}_area_ha": area_ha}
        order = self._model.WORST_FIRST.get(name)
        if order is None:
            return found
        whole_ha = self._asked.known_area_ha
        shares = {key: None if one is None or not whole_ha else round(one / whole_ha, DIGITS) for key, one in area_ha.items()}
        return {**found, f"{name}_area_share": shares, f"{name}_worst": next((one for one in order if one in area_ha), None)}


def _add_sum(gathered: _Field, value: float, _area_ha: float | None) -> None:
    gathered.total += value


def _add_mean(gathered: _Field, value: float, area_ha: float | None) -> None:
    gathered.weighted += value * (area_ha or 0.0)


def _add_counts(gathered: _Field, value: Any, area_ha: float | None) -> None:
    keys = value if isinstance(value, list | tuple) else [value]
    for key in keys:
        gathered.counts.setdefault(str(key).lower() if isinstance(key, bool) else str(key), Weight()).add(area_ha)


def _add_earliest(gathered: _Field, value: str, _area_ha: float | None) -> None:
    gathered.bound = str(value) if gathered.bound is None else min(gathered.bound, str(value))


def _add_latest(gathered: _Field, value: str, _area_ha: float | None) -> None:
    gathered.bound = str(value) if gathered.bound is None else max(gathered.bound, str(value))


def _add_by_year(gathered: _Field, value: Sequence[float | None], area_ha: float | None) -> None:
    while len(gathered.by_year) < len(value):
        gathered.by_year.append(0.0)
        gathered.years.append(Weight())
    for at, amount in enumerate(value):
        if amount is not None:
            gathered.by_year[at] += amount
            gathered.years[at].add(area_ha)


def _add_by_class(gathered: _Field, value: Mapping[str, float | None], _area_ha: float | None) -> None:
    for key, amount in value.items():
        gathered.by_class[key] = gathered.by_class.get(key, 0.0) + (amount or 0.0)


_ADD: Final[dict[Aggregate, Callable[[_Field, Any, float | None], None]]] = {
    "sum": _add_sum,
    "mean": _add_mean,
    "counts": _add_counts,
    "earliest": _add_earliest,
    "latest": _add_latest,
    "sum_by_year": _add_by_year,
    "sum_by_class": _add_by_class,
}


def unknown(model: type[Result], code: str) -> Together:
    """Nothing of the plots together, and why."""
    return Together(dict.fromkeys(model.NOT_ADDITIVE), {}, dict.fromkeys(model.NOT_ADDITIVE, code))


def end_state(results: int, failed: int, lost_tasks: int) -> Literal["COMPLETED", "PARTIAL", "FAILED"]:
    """How a run ends: by how many of its plot results are failed, and whether a task has no results at all."""
    if results == 0 or failed >= results:
        return "FAILED"
    return "PARTIAL" if failed or lost_tasks else "COMPLETED"
