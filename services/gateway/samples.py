"""Fixed examples of answers: what `dummy_data=true` gives and what the API description shows."""

from typing import Final

from contracts.v1.progress import BatchProcessProgress

_ID: Final = "0x" + "0123456789abcdef" * 4


def _stage(name: str, status: str, pct: float, done: int, total: int, started: str | None, finished: str | None) -> dict[str, object]:
    return {
        "name": name,
        "status": status,
        "progress_pct": pct,
        "done": done,
        "total": total,
        "failed": 0,
        "started_at": started,
        "finished_at": finished,
        "message": None,
    }


PROGRESS: Final = BatchProcessProgress.model_validate(
    {
        "tracking_id": _ID,
        "collection_id": _ID,
        "collection_name": "example",
        "operation": "batch_process",
        "run_id": "00000000-0000-4000-8000-000000000000",
        "status": "PROCESSING",
        "progress_pct": 62.6,
        "current_stage": "statistics",
        "plots": {"total": 100, "accepted": 97, "rejected": 3},
        "stages": [
            _stage("staging", "completed", 100, 100, 100, "2025-01-01T00:00:00+00:00", "2025-01-01T00:00:02+00:00"),
            _stage("uploading", "completed", 100, 97, 97, "2025-01-01T00:00:02+00:00", "2025-01-01T00:00:03+00:00"),
            _stage("eudr_deforestation", "in_progress", 61.9, 60, 97, "2025-01-01T00:00:03+00:00", None),
            _stage("summarising", "pending", 0, 0, 97, None, None),
        ],
        "failures": [
            {"stage": "staging", "code": "self_intersection", "message": "the outline crosses itself", "plots": ["A-17"], "count": 3}
        ],
        "problem": None,
        "country_override_info": None,
        "locations_confidence": None,
        "eta_s": 12.5,
        "submitted_at": "2025-01-01T00:00:00+00:00",
        "last_updated": "2025-01-01T00:00:23+00:00",
        "finished_at": None,
    }
)
"""Synthetic: staging 5, uploading 5, and 61.9 % of the statistics' 85, of 100."""
