"""What the checks say about single plots: one record for whoever stores, shows or counts it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.staging.faults import NOTES, PLOT_FAULTS, Check, Severity, cut


@dataclass(frozen=True, slots=True)
class Finding:
    """One check that one plot did not pass, in words for its owner."""

    code: str
    """A code of checks.toml."""
    severity: Severity
    plot_id: str
    feature_index: int
    """Position in the file, from 0."""
    message: str
    """What is wrong and what to do."""
    lon: float | None = None
    """Where: the plot's centroid, in degrees; None when it has no usable geometry."""
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Hits:
    """The plots that one check found, by their row."""

    code: str
    rows: NDArray[np.intp]
    values: Mapping[str, Sequence[Any] | NDArray[Any]] = field(default_factory=dict)
    """What fills the message, by name: one value a row."""

    def __iter__(self) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each row with the values of its message."""
        for at, row in enumerate(self.rows.tolist()):
            yield row, {name: values[at] for name, values in self.values.items()}

    @property
    def check(self) -> Check:
        """The entry of checks.toml."""
        return PLOT_FAULTS.get(self.code) or NOTES[self.code]

    @property
    def rejects(self) -> bool:
        """Whether these plots are left out."""
        return self.code in PLOT_FAULTS


def hits(code: str, found: NDArray[np.bool_], /, **values: Sequence[Any] | NDArray[Any]) -> Hits:
    """The rows where `found` is true (shape [n]); `values` have one entry for each of the n plots."""
    rows = np.flatnonzero(found)
    some = {name: each[rows] if isinstance(each, np.ndarray) else [each[row] for row in rows.tolist()] for name, each in values.items()}
    return Hits(code, rows, some)


def message_of(check: Check, plot_id: str, feature_index: int, values: Mapping[str, Any]) -> str:
    """The sentence that names the plot, what is wrong and what to do."""
    return f"Plot {cut(plot_id)} (feature {feature_index}): {check.message(values)}"
