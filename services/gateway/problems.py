"""Errors as the caller reads them: RFC 9457 problem+json with a stable code, never a trace and little of the input."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
from aiohttp import web

from shared.errors import Conflict, PlotproofError, Refused, Unavailable, Unroutable

MEDIA_TYPE: Final = "application/problem+json"
ECHO_CHARACTERS: Final = 64
MAX_ERRORS: Final = 100
RETRY_AFTER_S: Final = 5
STATUS_OF_CODE: Final = {"not_found": 404, "collection_exists": 409, "payload_too_large": 413}
"""HTTP status of refusals that are raised below the gateway; every other is 422."""
CODE_OF_STATUS: Final = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "payload_too_large",
    HTTPStatus.EXPECTATION_FAILED: "expectation_failed",
}


class Problem(PlotproofError):
    """An answer of status 400 or above; raised anywhere in a handler, written by the middleware.

    `errors` are entries with `code`, `message` and a place: `pointer` (a parameter), `feature_index`, `line`, …
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, Any]] = (),
        errors_total: int | None = None,
        title: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail, code)
        self.status = status
        self.title = title or HTTPStatus(status).phrase
        self.errors = list(errors)
        self.errors_total = len(self.errors) if errors_total is None else errors_total
        self.headers = dict(headers or {})

    def body(self, instance: str | None = None) -> dict[str, Any]:
        """The problem as JSON holds it."""
        shown = self.errors[:MAX_ERRORS]
        listed = {"errors": shown, "errors_total": self.errors_total, "truncated": self.errors_total > len(shown)} if shown else {}
        return {
            "type": f"urn:plotproof:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "instance": instance,
            **listed,
        }


def cut(value: object) -> str:
    """`value` as printable text of at most 64 characters: what a message may repeat of the input."""
    text = "".join(character if character.isprintable() else "?" for character in str(value)[: ECHO_CHARACTERS + 1])
    return text if len(text) <= ECHO_CHARACTERS else text[: ECHO_CHARACTERS - 1] + "…"


def problem_of(error: PlotproofError) -> Problem:
    """The problem for an error that was raised below the gateway."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Refused):
        return Problem(STATUS_OF_CODE.get(error.code, 422), error.code, error.detail)
    if isinstance(error, Conflict):
        return Problem(409, error.code, error.detail)
    if isinstance(error, Unavailable | Unroutable):
        wait_s = getattr(error, "retry_after_s", None) or RETRY_AFTER_S
        return Problem(503, error.code, error.detail, headers={"Retry-After": str(int(wait_s))})
    return Problem(500, "internal_error", "The server failed at this request; it is in its log.")


def problem_of_http(error: web.HTTPException) -> Problem:
    """The problem for an error of aiohttp itself, such as an unknown path."""
    code = CODE_OF_STATUS.get(HTTPStatus(error.status), f"http_{error.status}")
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return Problem(error.status, code, HTTPStatus(error.status).description or error.reason, headers=headers)


def answer(problem: Problem, instance: str | None = None) -> web.Response:
    """The response of a problem."""
    response = web.Response(
        status=problem.status, body=orjson.dumps(problem.body(instance)), content_type=MEDIA_TYPE, headers=problem.headers
    )
    if problem.status in {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT}:
        response.force_close()  # the rest of the body is not wanted
    return response


def not_found(what: str) -> Problem:
    """The same answer for what does not exist and for what belongs to somebody else."""
    return Problem(404, "not_found", f"You have no {what} with this id or name.")


def unauthorized(detail: str) -> Problem:
    """No token, or one that does not count."""
    return Problem(401, "unauthorized", detail, headers={"WWW-Authenticate": 'Bearer realm="plotproof"'})


def invalid(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """Parameters that cannot be used; the problem's code is that of its errors when all have the same special one."""
    codes = {str(error["code"]) for error in errors}
    special = codes & {"statistic_not_available", "parameter_not_available"}
    code = special.pop() if len(codes) == 1 and special else "validation_error"
    detail = str(errors[0]["message"]) if len(errors) == 1 else f"{len(errors)} parameters cannot be used."
    return Problem(422, code, detail, errors=errors)


def fault(pointer: str, code: str, message: str) -> dict[str, str]:
    """One entry of `errors` about the parameter at JSON pointer `pointer`."""
    return {"pointer": f"/{pointer}" if pointer else "", "code": code, "message": message}
