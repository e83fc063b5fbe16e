"""Users and their passwords: made here, for the command that adds them and for the gateway that checks them."""

import asyncio
from typing import Final
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.db import Database, users
from shared.errors import Refused

MIN_PASSWORD: Final = 12
MAX_PASSWORD: Final = 128
_HASHER: Final = PasswordHasher()
"""argon2id with the defaults of argon2-cffi (RFC 9106, low memory: 64 MiB, 3 passes, 4 lanes)."""


def normal_email(email: str) -> str:
    """The form in which addresses are stored and looked up."""
    return email.strip().casefold()


async def add_user(database: Database, email: str, password: str) -> str:
    """Add a user and return the new user id.

    Raises `Refused`: `invalid_email`, `password_length` (12 to 128 characters) or `user_exists`.
    """
    address = normal_email(email)
    name, _, domain = address.partition("@")
    if not name or not domain or len(address) > 320 or not address.isprintable() or " " in address:
        raise Refused("this is not an e-mail address", "invalid_email")
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Refused(f"a password has {MIN_PASSWORD} to {MAX_PASSWORD} characters", "password_length")
    user_id = str(uuid4())
    password_hash = await asyncio.to_thread(hash_password, password)
    async with database.write() as connection:
        if not await users.add(connection, user_id, address, password_hash):
            raise Refused("there is a user with this e-mail address", "user_exists")
    return user_id


def hash_password(password: str) -> str:
    """An argon2id hash; takes some 50 ms and 64 MiB, so run it in a thread."""
    return _HASHER.hash(password)


def is_password(password_hash: str, password: str) -> bool:
    """True when `password` made `password_hash`; as slow as hashing, so run it in a thread."""
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(password_hash: str) -> bool:
    """True when the hash was made with older parameters."""
    return _HASHER.check_needs_rehash(password_hash)
