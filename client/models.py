"""What the endpoints answer, as far as no contract defines it already."""

from datetime import datetime
from typing import Any

from pydantic import Field

from contracts.envelope import Frozen
from contracts.v1.progress import RunStatus


class Submission(Frozen):
    """The answer of `POST /batch_process`; what staging has not found yet is None."""

    status: RunStatus
    collection_id: str
    collection_name: str | None = None
    tracking_id: str | None = None
    run_id: str | None = None
    stats: tuple[str, ...] = ()
    plot_number: int | None = None
    locations_confidence: str | None = None
    country: str | None = None
    country_override_info: dict[str, Any] | None = None
    reason: str | None = None
    """Why the file was skipped."""
    links: dict[str, str] = Field(default_factory=dict)


class BatchJob(Frozen):
    """One run of a collection."""

    status: str
    run_id: str | None = None
    outcome: str | None = None
    stats: tuple[str, ...] = ()
    start_date: str | None = None
    end_date: str | None = None
    complete_task_ids: tuple[str, ...] = ()
    failed_task_ids: tuple[str, ...] = ()


class Collection(Frozen):
    """One entry of `GET /get_collections`."""

    collection_id: str
    description: str | None = None
    ingestion_time: datetime | None = None
    plot_number: int | None = None
    locations_confidence: str | None = None
    country: str | None = None
    country_override_info: dict[str, Any] | None = None
    batch_jobs: tuple[BatchJob, ...] = ()
    """Newest first."""


class Rejection(Frozen):
    """Why one plot of the file was left out."""

    feature_index: int
    plot_id: str
    code: str
    severity: str | None = None
    message: str
