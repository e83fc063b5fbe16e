"""The problem that an order ends with when its file cannot be processed."""

from typing import Any

from shared.errors import Refused


def problem_of(refused: Refused) -> dict[str, Any]:
    """The problem (RFC 9457) of a file that cannot be processed."""
    errors = [dict(error) for error in getattr(refused, "errors", ())]
    return {
        "status": getattr(refused, "http_status", 422),
        "code": refused.code,
        "title": "The file cannot be processed",
        "detail": refused.detail,
        "errors": errors[:100],
        "errors_total": getattr(refused, "errors_total", len(errors)),
    }
