"""What every statistic takes and gives back for a chunk: plots, the terms of the run, and one outcome a plot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from contracts.envelope import Frozen

OutcomeState = Literal["ok", "not_covered", "failed"]


@dataclass(frozen=True, slots=True)
class Plots:
    """The plots of one chunk as aligned arrays of shape [n]."""

    plot_no: NDArray[np.integer]
    geometry: NDArray[np.object_]
    """Valid Polygon, MultiPolygon or Point; lon/lat in EPSG:4326."""
    area_ha: NDArray[np.float64]
    """Geodesic area of polygons; declared area of points, nan when none was declared."""
    is_point: NDArray[np.bool_]
    country: NDArray[np.object_] | None = None
    """ISO 3166-1 alpha-2 of each plot, None where it is not known; None when locations were not validated."""

    def __len__(self) -> int:
        return len(self.plot_no)

    def span(self, start: int, stop: int | None = None) -> "Plots":
        """The plots from `start` to before `stop`, as a view."""
        at = slice(start, stop)
        country = None if self.country is None else self.country[at]
        return Plots(self.plot_no[at], self.geometry[at], self.area_ha[at], self.is_point[at], country)

    def where(self, chosen: NDArray[np.bool_]) -> "Plots":
        """The plots for which `chosen` (bool [n]) is true."""
        country = None if self.country is None else self.country[chosen]
        return Plots(self.plot_no[chosen], self.geometry[chosen], self.area_ha[chosen], self.is_point[chosen], country)


def joined(parts: Sequence[Plots]) -> Plots:
    """The plots of several chunks, one at least, in their order; countries are left behind."""
    return Plots(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("plot_no", "geometry", "area_ha", "is_point")))


@dataclass(frozen=True, slots=True)
class Window:
    """The dates a run asks about; what each statistic counts between them is said in its METHOD.md."""

    start_date: date
    end_date: date


@dataclass(frozen=True, slots=True)
class Terms:
    """What a run asks for beside its plots: the same for all of them."""

    window: Window
    crop_type: str | int | None = None
    """As the user wrote it."""
    non_biomass: bool = False
    input_payload: Mapping[str, Any] = field(default_factory=dict)
    country: str | None = None
    """ISO 3166-1 alpha-2 that the collection is processed with."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer for one plot; `values` is None unless the state is `ok`, and `reasons` says what could not be known."""

    plot_no: int
    state: OutcomeState
    values: Frozen | None
    reasons: tuple[str, ...]
    """Sorted codes in snake_case, some with a layer after a colon."""


@dataclass(frozen=True, slots=True)
class Together:
    """What a statistic finds of all plots of a run together, where that is no sum and no mean of what it finds of each."""

    values: Mapping[str, Any]
    """By field: those of `Result.NOT_ADDITIVE`, and what they depend on. Null where it is not known."""
    valid_share: Mapping[str, float]
    """By field of `NOT_ADDITIVE`: of what it is reckoned on, the share that is known; 0 to 1."""
    missing: Mapping[str, str]
    """Why a field of `NOT_ADDITIVE` is null, in snake_case."""
