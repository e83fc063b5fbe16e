"""What `GET /batch_progress` answers: `BatchProcessProgress` and its parts (ours: the documented fields are not public)."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from contracts.envelope import Frozen

RunStatus = Literal["SUBMITTED", "PROCESSING", "COMPLETED", "PARTIAL", "FAILED", "SKIPPED", "CANCELLED"]
StageStatus = Literal["pending", "in_progress", "completed", "partial", "failed", "skipped", "cancelled"]


class PlotCounts(Frozen):
    """Plots of the file; null until staging knows."""

    total: int | None
    accepted: int | None
    rejected: int | None


class StageProgress(Frozen):
    """One stage of a run; `done`, `total` and `failed` count plots."""

    name: str
    status: StageStatus
    progress_pct: float
    done: int
    total: int | None
    failed: int
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    message: str | None


class Failure(Frozen):
    """Plots that a stage rejected or failed, by reason."""

    stage: str
    code: str
    message: str
    plots: tuple[str, ...]
    """The first of their plot ids."""
    count: int


class BatchProcessProgress(Frozen):
    """How far a run is, stage by stage."""

    tracking_id: str
    collection_id: str
    collection_name: str
    operation: str
    run_id: str
    status: RunStatus
    progress_pct: float
    current_stage: str | None
    plots: PlotCounts
    stages: tuple[StageProgress, ...]
    failures: tuple[Failure, ...]
    problem: dict[str, Any] | None
    """Why the run failed as a whole, as the problem+json that a direct answer would have been."""
    country: str | None = None
    """ISO 3166-1 alpha-2 of the country that the collection is processed with; null until staging knows, or when nothing says."""
    country_override_info: dict[str, Any] | None
    locations_confidence: str | None
    """`high`, `medium` or `low`; null until staging knows, or when locations are not validated."""
    confidence_reason: str | None = None
    """The counts behind it, and the checks that lowered it."""
    skip_reason: str | None = None
    """Why the run was skipped."""
    warnings: dict[str, int] = Field(default_factory=dict)
    """Accepted plots by the code of a remark; 1 for a remark on the whole file."""
    eta_s: float | None
    submitted_at: AwareDatetime
    last_updated: AwareDatetime
    finished_at: AwareDatetime | None
