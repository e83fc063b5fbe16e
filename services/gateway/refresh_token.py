"""`POST /refresh_token`: an e-mail address with its password, or a refresh token, for new tokens."""

import hashlib
import secrets
from typing import Any, Final
from uuid import uuid4

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.gateway.context import BUCKETS, PASSWORDS, TOKENS, resources_of
from services.gateway.meter import read_small
from services.gateway.parameters import is_clean
from services.gateway.problems import Problem, fault, invalid, unauthorized
from shared.accounts import needs_rehash, normal_email
from shared.db import users

MAX_BODY_BYTES: Final = 16 * 1024
LOGINS_PER_MINUTE: Final = 5
ROTATIONS_PER_MINUTE: Final = 120
WRONG: Final = "E-mail address or password is wrong."


class Credentials(BaseModel):
    """Either `email` and `password`, or `refresh_token` (ours)."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    email: str | None = Field(default=None, max_length=320)
    password: str | None = Field(default=None, max_length=1024)
    refresh_token: str | None = Field(default=None, max_length=200)


class TokenAnswer(BaseModel):
    """New tokens: the access token for `Authorization: Bearer`, the refresh token for the next call, once."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int


async def refresh_token(request: web.Request) -> web.Response:
    """New tokens, or `Problem` 401 without a hint at what was wrong."""
    given = _credentials(await read_small(request, MAX_BODY_BYTES))
    address = request.remote or "unknown"
    if given.refresh_token is not None:
        request.app[BUCKETS].take(f"rotate {address}", ROTATIONS_PER_MINUTE)
        user_id, family = await _rotate(request, given.refresh_token)
    elif given.email is not None and given.password is not None:
        email = normal_email(given.email)
        request.app[BUCKETS].take(f"login {address} {email}", LOGINS_PER_MINUTE)
        user_id, family = await _log_in(request, email, given.password), str(uuid4())
    else:
        raise invalid([fault("", "missing", "Send email and password, or refresh_token.")])
    answer = await _new_tokens(request, user_id, family)
    return web.Response(body=orjson.dumps(answer.model_dump()), content_type="application/json")


def _credentials(body: bytes) -> Credentials:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Problem(400, "malformed_request", "The body must be JSON.") from error
    try:
        given = Credentials.model_validate(value)
    except ValidationError as error:
        faults = [fault("/".join(map(str, one["loc"])), one["type"], one["msg"]) for one in error.errors()]
        raise invalid(faults) from error
    if not is_clean(given.email or ""):
        raise invalid([fault("email", "control_character", "email holds a control character.")])
    return given


async def _log_in(request: web.Request, email: str, password: str) -> str:
    database = resources_of(request).database
    async with database.read() as connection:
        user = await users.by_email(connection, email)
    if not await request.app[PASSWORDS].check(None if user is None else user.password_hash, password) or user is None or user.disabled:
        raise unauthorized(WRONG)
    if needs_rehash(user.password_hash):
        renewed = await request.app[PASSWORDS].rehash(password)
        async with database.write() as connection:
            await users.rehash(connection, user.user_id, renewed)
    return str(user.user_id)


async def _rotate(request: web.Request, token: str) -> tuple[str, str]:
    """The user and family of a refresh token, which is spent by this."""
    async with resources_of(request).database.write() as connection:
        spent = await users.spend_token(connection, _sha256(token))
        user: Any = None if spent is None else await users.by_id(connection, spent.user_id)
    if spent is None or user is None or user.disabled:
        raise unauthorized("The refresh token is not valid; sign in again.")
    return str(spent.user_id), str(spent.family)


async def _new_tokens(request: web.Request, user_id: str, family: str) -> TokenAnswer:
    resources, tokens = resources_of(request), request.app[TOKENS]
    token = secrets.token_urlsafe(32)
    async with resources.database.write() as connection:
        await users.keep_token(connection, _sha256(token), user_id, family, resources.settings.refresh_token_s)
    return TokenAnswer(access_token=tokens.issue(user_id), refresh_token=token, token_type="Bearer", expires_in=tokens.life_s)  # noqa: S106


def _sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
