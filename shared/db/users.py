"""Users and their refresh tokens: a token is kept as its SHA-256, used once, and rotated within its family."""

from typing import Any

from sqlalchemy import Row, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.db.clock import now
from shared.db.rows import insert_or_nothing
from shared.db.tables import refresh_tokens, users


async def add(connection: AsyncConnection, user_id: str, email: str, password_hash: str) -> bool:
    """Insert a user; False when the e-mail address is taken."""
    row = {"user_id": user_id, "email": email, "password_hash": password_hash, "created_at": now()}
    return await insert_or_nothing(connection, users, [row]) == 1


async def by_email(connection: AsyncConnection, email: str) -> Row[Any] | None:
    """The user with this e-mail address, disabled or not."""
    return (await connection.execute(select(users).where(users.c.email == email))).one_or_none()


async def by_id(connection: AsyncConnection, user_id: str) -> Row[Any] | None:
    """The user with this id."""
    return (await connection.execute(select(users).where(users.c.user_id == user_id))).one_or_none()


async def rehash(connection: AsyncConnection, user_id: str, password_hash: str) -> None:
    """Store a password hash made with newer parameters."""
    await connection.execute(update(users).where(users.c.user_id == user_id).values(password_hash=password_hash))


async def keep_token(connection: AsyncConnection, token_sha256: str, user_id: str, family: str, life_s: float) -> None:
    """Store a new refresh token of a family."""
    row = {"token_sha256": token_sha256, "user_id": user_id, "family": family, "expires_at": now() + life_s}
    await insert_or_nothing(connection, refresh_tokens, [row])


async def spend_token(connection: AsyncConnection, token_sha256: str) -> Row[Any] | None:
    """Use a token up: its row (`user_id`, `family`) when it was valid, else None.

    A token that was spent before revokes its whole family: somebody has stolen one of the two.
    """
    r = refresh_tokens.c
    fresh = update(refresh_tokens).where(r.token_sha256 == token_sha256, r.spent_at.is_(None), r.expires_at > now())
    row = (await connection.execute(fresh.values(spent_at=now()).returning(r.user_id, r.family))).one_or_none()
    if row is None:
        family = select(r.family).where(r.token_sha256 == token_sha256, r.spent_at.is_not(None)).scalar_subquery()
        await connection.execute(delete(refresh_tokens).where(r.family == family))
    return row
