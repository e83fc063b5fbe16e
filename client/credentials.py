"""The file that `plotproof login` writes: the tokens of each server, readable by its owner only."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Tokens:
    """What `POST /refresh_token` answered; `expires_at` in seconds since 1970."""

    access_token: str
    refresh_token: str | None = None
    expires_at: float | None = None


class CredentialsFile:
    """Tokens by server address, in JSON, written whole with mode 0600."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or Path.home() / ".config" / "plotproof" / "credentials.json"

    def read(self, url: str) -> Tokens | None:
        """The tokens for `url`, or None."""
        found = self._all().get(url)
        return Tokens(**found) if found else None

    def write(self, url: str, tokens: Tokens) -> None:
        """Keep `tokens` for `url`."""
        text = orjson.dumps({**self._all(), url: asdict(tokens)}, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        partial = self.path.with_suffix(f".{os.getpid()}")
        partial.touch(mode=0o600)
        partial.write_bytes(text)
        partial.replace(self.path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from renewing at the same time: a refresh token works once, a second use revokes it."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _all(self) -> dict[str, Any]:
        try:
            return dict(orjson.loads(self.path.read_bytes()))
        except FileNotFoundError:
            return {}
