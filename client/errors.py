"""What a call can end with instead of an answer, sorted by what the caller can do about it."""

from typing import Any

import httpx
import orjson


class ClientError(Exception):
    """Base of every error of the client."""


class Unreachable(ClientError):
    """The server did not answer: start it, or look at the address."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"no answer from {url}: {reason}")
        self.url = url
        self.reason = reason


class Incomplete(ClientError):
    """The answer broke off, or holds fewer plots than it should: ask again."""


class ProblemError(ClientError):
    """The server refused, in the words of its problem+json (RFC 9457).

    `code` is stable and snake_case; `errors` name the feature, plot, line or JSON pointer.
    """

    def __init__(
        self, status: int, code: str, detail: str, errors: tuple[dict[str, Any], ...] = (), errors_total: int | None = None
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.errors_total = len(errors) if errors_total is None else errors_total
        """How many there are; the server sends the first of them."""
        self.retry_after_s: float | None = None

    @property
    def is_passing(self) -> bool:
        """True when the same call may succeed later."""
        return self.status == httpx.codes.TOO_MANY_REQUESTS or self.status >= httpx.codes.INTERNAL_SERVER_ERROR


def problem_of(response: httpx.Response) -> ProblemError:
    """The problem in an answer of status 400 or above, whose body has been read; any body makes one."""
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        body = None
    fields = body if isinstance(body, dict) else {}
    problem = problem_in(
        {"code": f"http_{response.status_code}", "title": response.reason_phrase, **fields, "status": response.status_code}
    )
    problem.retry_after_s = _retry_after_s(response)
    return problem


def problem_in(problem: dict[str, Any]) -> ProblemError:
    """A problem that travels inside an answer, such as the `problem` of a failed run's progress."""
    listed = problem.get("errors")
    errors = tuple(entry for entry in listed if isinstance(entry, dict)) if isinstance(listed, list) else ()
    detail = str(problem.get("detail") or problem.get("title") or "no reason given")
    return ProblemError(int(problem.get("status") or 0), str(problem.get("code")), detail, errors, problem.get("errors_total"))


def _retry_after_s(response: httpx.Response) -> float | None:
    """The header's seconds; None for its other form, a date."""
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else None
