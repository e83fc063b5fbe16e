"""What `POST /validate_plots` and `plotproof validate` answer (ours): what staging would say about a file."""

from collections.abc import Iterable
from typing import Any, Self

from contracts.envelope import Frozen


class PlotFinding(Frozen):
    """One check that one plot did not pass."""

    code: str
    severity: str
    """`error` leaves the plot out; `warning` and `info` do not."""
    plot_id: str | None
    feature_index: int
    """Position in the file, from 0."""
    message: str


class ValidationReport(Frozen):
    """What was found in a file, in the order of the file."""

    total: int
    accepted: int
    rejected: int
    confidence: str | None
    """`high`, `medium` or `low`; null when locations were not validated, or no plot is usable."""
    country: str | None
    """ISO 3166-1 alpha-2."""
    country_override_info: dict[str, Any] | None
    findings: tuple[PlotFinding, ...]

    @classmethod
    def of(cls, rejections: Iterable[Any], findings: Iterable[dict[str, Any]], **facts: Any) -> Self:
        """A report from rejected plots (objects), findings about plots (some of them the same), and the other fields."""
        names = tuple(PlotFinding.model_fields)
        listed = {(one.feature_index, one.code): PlotFinding(**{name: getattr(one, name) for name in names}) for one in rejections}
        for found in findings:
            listed.setdefault((found["feature_index"], found["code"]), PlotFinding(**{name: found[name] for name in names}))
        return cls(findings=tuple(one for _, one in sorted(listed.items(), key=lambda item: item[0])), **facts)
