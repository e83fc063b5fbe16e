"""Parked messages, and the claim that lets one tracker at a time sweep."""

from typing import Any

from sqlalchemy import Row, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.clock import now
from shared.db.rows import dumps, insert_or_nothing
from shared.db.tables import claims, parked_messages


async def keep(connection: AsyncConnection, parked_id: str, queue: str, body: bytes, headers: dict[str, Any], reason: str) -> None:
    """Store a parked message once."""
    row = {"parked_id": parked_id, "queue": queue, "body": body, "headers": dumps(headers), "reason": reason, "parked_at": now()}
    await insert_or_nothing(connection, parked_messages, [row])


async def count(connection: AsyncConnection) -> int:
    """How many messages are parked."""
    return int((await connection.execute(select(func.count()).select_from(parked_messages))).scalar_one())


async def newest(connection: AsyncConnection, limit: int) -> list[Row[Any]]:
    """The newest parked messages."""
    query = select(parked_messages).order_by(parked_messages.c.parked_at.desc(), parked_messages.c.parked_id).limit(limit)
    return list(await connection.execute(query))


async def claim(connection: AsyncConnection, name: str, holder: str, life_s: float) -> bool:
    """Hold the claim `name` for `life_s`, or prolong it; False when another live holder has it."""
    await insert_or_nothing(connection, claims, [{"name": name, "holder": holder, "until": 0.0}])
    c = claims.c
    mine = update(claims).where(c.name == name, or_(c.holder == holder, c.until < now()))
    return (await connection.execute(mine.values(holder=holder, until=now() + life_s))).rowcount == 1


async def drop_claim(connection: AsyncConnection, name: str) -> None:
    """Let go of a claim that has served its purpose."""
    await connection.execute(delete(claims).where(claims.c.name == name))


async def void_claims(connection: AsyncConnection) -> None:
    """Void every claim: for the one process that owns its database and has just started."""
    await connection.execute(delete(claims))
