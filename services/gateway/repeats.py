"""Idempotency keys of requests: the first one works, every repeat waits for its answer and gets the same."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from services.gateway.parameters import is_clean
from services.gateway.problems import MEDIA_TYPE, Problem, fault, invalid
from shared.db import idempotency
from shared.service import Resources

HEADER: Final = "Idempotency-Key"
KEY_CHARACTERS: Final = 200
HOLD_MARGIN_S: Final = 30.0
"""A key is held for this longer than staging is waited for."""
LOOK_S: Final = 0.1
LOOKS: Final = 20
"""Looks for an answer before the key is asked for again: its holder may have died."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """The key of a request, with the digest of what it asks for."""

    owner_id: str
    key: str
    digest: str


def key_of(request: web.Request) -> str | None:
    """The key that the request carries, if any."""
    key = request.headers.get(HEADER)
    if key is not None and (not 0 < len(key) <= KEY_CHARACTERS or not key.isascii() or not is_clean(key)):
        raise invalid([fault(HEADER, "not_usable", f"An idempotency key has 1 to {KEY_CHARACTERS} plain characters.")])
    return key


async def hold(resources: Resources, ticket: Ticket) -> web.Response | None:
    """None once this request holds the key; else the answer that the first one got, waited for.

    Raises `Problem` 422 (`idempotency_mismatch`) when the first one asked for something else.
    """
    hold_s = resources.settings.gateway_staging_wait_s + HOLD_MARGIN_S
    while True:
        async with resources.database.write() as connection:
            if await idempotency.hold(connection, ticket.owner_id, ticket.key, hold_s) is None:
                return None
        if (final := await _final(resources, ticket)) is not None:
            return _again(ticket, final)


async def free(resources: Resources, ticket: Ticket) -> None:
    """Let the next request with this key try."""
    async with resources.database.write() as connection:
        await idempotency.free(connection, ticket.owner_id, ticket.key)


async def settle(resources: Resources, ticket: Ticket, status: int, body: bytes) -> None:
    """Store the answer that every repeat gets."""
    async with resources.database.write() as connection:
        await idempotency.settle(connection, ticket.owner_id, ticket.key, ticket.digest, status, body.decode())


async def _final(resources: Resources, ticket: Ticket) -> Any | None:
    """The row of the key once it has a final answer; None when the key is free or its holder takes long."""
    for _ in range(LOOKS):
        async with resources.database.read() as connection:
            if (final := await idempotency.answered(connection, ticket.owner_id, ticket.key)) is not None:
                return final
            if await idempotency.get(connection, ticket.owner_id, ticket.key) is None:
                return None
        await asyncio.sleep(LOOK_S)
    return None


def _again(ticket: Ticket, first: Any) -> web.Response:
    if first.digest != ticket.digest:
        raise Problem(422, "idempotency_mismatch", "This idempotency key was used for other parameters or another file.")
    media_type = MEDIA_TYPE if first.status >= 400 else "application/json"
    return web.Response(status=first.status, body=first.answer.encode(), content_type=media_type)
