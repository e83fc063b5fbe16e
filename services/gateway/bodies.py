"""Small JSON bodies of requests: read, checked against their model, refused with every fault that they have."""

from typing import Any, TypeVar

import orjson
from aiohttp import web
from pydantic import BaseModel, ValidationError

from services.gateway.meter import read_small
from services.gateway.parameters import depth_of
from services.gateway.problems import Problem, fault, invalid

M = TypeVar("M", bound=BaseModel)
MAX_DEPTH = 8


async def body_of(request: web.Request, model: type[M], limit_bytes: int) -> M:
    """The body as `model`; raises `Problem` 400, 413 or 422."""
    try:
        given = orjson.loads(await read_small(request, limit_bytes))
    except orjson.JSONDecodeError as error:
        raise Problem(400, "malformed_request", "The body must be JSON.") from error
    if depth_of(given) > MAX_DEPTH:
        raise Problem(400, "nesting_too_deep", "The JSON is nested too deeply.")
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise invalid([_fault(one) for one in error.errors()]) from error


def _fault(error: Any) -> dict[str, str]:
    pointer = "/".join(map(str, error["loc"]))
    if error["type"] == "extra_forbidden":
        return fault(pointer, "unknown_parameter", f"There is no parameter {pointer[:64]!r} here.")
    return fault(pointer, error["type"], f"{pointer}: {error['msg'].removeprefix('Value error, ')}.")
