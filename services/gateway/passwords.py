"""Checking passwords without giving anything away: two hashes at a time, and the same time for users that do not exist."""

import asyncio
import secrets
from typing import Final

from services.gateway.problems import Problem
from shared.accounts import MAX_PASSWORD, hash_password, is_password

AT_ONCE: Final = 2
"""Each hash takes 64 MiB."""
MOST_WAITING: Final = 20


class Passwords:
    """Checks passwords in threads, `AT_ONCE` at a time."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0
        self._nobody: str | None = None

    async def check(self, password_hash: str | None, password: str) -> bool:
        """True when `password` made the hash; None (no such user) takes as long and is False.

        Raises `Problem` 503 when too many wait already.
        """
        if self._waiting >= MOST_WAITING:
            raise Problem(503, "overloaded", "Too many sign in at once; try again.", headers={"Retry-After": "5"})
        self._waiting += 1
        try:
            async with self._turns:
                if self._nobody is None:
                    self._nobody = await asyncio.to_thread(hash_password, secrets.token_hex(16))
                same = await asyncio.to_thread(is_password, password_hash or self._nobody, password[:MAX_PASSWORD])
        finally:
            self._waiting -= 1
        return same and password_hash is not None and len(password) <= MAX_PASSWORD

    async def rehash(self, password: str) -> str:
        """A new hash of a password that was right."""
        async with self._turns:
            return await asyncio.to_thread(hash_password, password)
