"""The end of a run: a fact for integrators, that no service of ours hears."""

from typing import ClassVar, Literal

from pydantic import Field

from contracts.envelope import Message
from contracts.v1.stats import Statistic


class RunFinished(Message):
    """A run reached an end state and will not change any more."""

    TYPE: ClassVar[str] = "run.finished.v1"
    SCHEMA: ClassVar[str] = "1.1.0"
    ONCE: ClassVar[bool] = True

    run_id: str = Field(max_length=80)
    collection_id: str = Field(max_length=80)
    status: Literal["COMPLETED", "PARTIAL", "FAILED", "SKIPPED", "CANCELLED"]
    stats: tuple[Statistic, ...]
    plots: int | None = Field(default=None, ge=0)
    """Plots that were accepted; null when staging never ended."""
    rejected: int | None = Field(default=None, ge=0)
    failed_results: int = Field(default=0, ge=0)
    locations_confidence: str | None = Field(default=None, max_length=8)
    """`high`, `medium` or `low`; null when locations were not validated. Since 1.1.0."""
    skip_reason: str | None = Field(default=None, max_length=2000)
    """Why the run was skipped: `low_location_confidence: ...`. Since 1.1.0."""

    def subject(self) -> str | None:
        return self.run_id
