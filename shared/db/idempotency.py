"""Idempotency keys: the first request holds the key, and its answer is what every repeat gets."""

from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.clock import now
from shared.db.rows import insert_or_nothing
from shared.db.tables import idempotency_keys

k = idempotency_keys.c


async def hold(connection: AsyncConnection, owner_id: str, key: str, hold_s: float) -> Row[Any] | None:
    """Hold the key for the first request (None), or return the row of the one that has it.

    A key whose holder died without an answer is free again after `hold_s`.
    """
    stale = delete(idempotency_keys).where(k.owner_id == owner_id, k.key == key, k.status.is_(None), k.held_until < now())
    await connection.execute(stale)
    row = {"owner_id": owner_id, "key": key, "held_until": now() + hold_s, "created_at": now()}
    while True:  # the row that was in the way may be gone by the time it is read
        if await insert_or_nothing(connection, idempotency_keys, [row]) == 1:
            return None
        if (held := await get(connection, owner_id, key)) is not None:
            return held


async def get(connection: AsyncConnection, owner_id: str, key: str) -> Row[Any] | None:
    """The row of a key."""
    return (await connection.execute(select(idempotency_keys).where(k.owner_id == owner_id, k.key == key))).one_or_none()


async def keep(connection: AsyncConnection, owner_id: str, key: str, digest: str, status: int, answer: str) -> None:
    """Store what to answer if the holder dies from here on, with the digest of the request that it belongs to."""
    mine = update(idempotency_keys).where(k.owner_id == owner_id, k.key == key)
    await connection.execute(mine.values(digest=digest, status=status, answer=answer))


async def settle(connection: AsyncConnection, owner_id: str, key: str, digest: str, status: int, answer: str) -> None:
    """Store the final answer: repeats get it from now on."""
    mine = update(idempotency_keys).where(k.owner_id == owner_id, k.key == key)
    await connection.execute(mine.values(digest=digest, status=status, answer=answer, held_until=0))


async def answered(connection: AsyncConnection, owner_id: str, key: str) -> Row[Any] | None:
    """The row of a key whose answer is final: settled, or kept by a holder that died since."""
    final = select(idempotency_keys).where(k.owner_id == owner_id, k.key == key, k.status.is_not(None), k.held_until <= now())
    return (await connection.execute(final)).one_or_none()


async def free(connection: AsyncConnection, owner_id: str, key: str) -> None:
    """Forget a key that has no answer: the request failed in a way that a repeat may not."""
    await connection.execute(delete(idempotency_keys).where(k.owner_id == owner_id, k.key == key, k.status.is_(None)))
