"""Access tokens: short-lived JWTs of one algorithm, whose every claim is required and checked."""

import secrets
import time
from typing import Final

import jwt

from services.gateway.problems import unauthorized

ALGORITHM: Final = "HS256"
ISSUER: Final = "plotproof"
AUDIENCE: Final = "plotproof"
CLAIMS: Final = ("iss", "aud", "sub", "exp", "nbf", "iat", "jti", "typ")
MIN_KEY_BYTES: Final = 32


class Tokens:
    """Makes and reads access tokens with one key of at least 32 bytes."""

    def __init__(self, key: bytes, life_s: int) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ValueError(f"JWT_KEY must have at least {MIN_KEY_BYTES} bytes")
        self._key = key
        self.life_s = life_s

    def issue(self, user_id: str) -> str:
        """An access token for a user."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user_id,
            "iat": now,
            "nbf": now,
            "exp": now + self.life_s,
            "jti": secrets.token_hex(16),
            "typ": "access",
        }
        return jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def user_of(self, token: str) -> str:
        """The user that a token was made for; raises `Problem` 401, with no hint at what is wrong but its age."""
        try:
            claims = jwt.decode(
                token, self._key, algorithms=[ALGORITHM], issuer=ISSUER, audience=AUDIENCE, options={"require": list(CLAIMS)}
            )
        except jwt.ExpiredSignatureError as error:
            raise unauthorized("The access token has expired; POST /refresh_token gives a new one.") from error
        except jwt.InvalidTokenError as error:
            raise unauthorized("The access token is not valid.") from error
        if claims["typ"] != "access" or not claims["sub"]:
            raise unauthorized("The access token is not valid.")
        return str(claims["sub"])
