"""A request's body as it arrives, with its own count of bytes, a limit on silence and a least pace."""

import asyncio
import time
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Final

from aiohttp import StreamReader, web

from services.gateway.problems import Problem

SILENCE_S: Final = 30.0
PACE_AFTER_S: Final = 10.0
MIN_BYTES_PER_S: Final = 1000
LONGEST_S: Final = 3600.0
BLOCK_BYTES: Final = 256 * 1024


def too_large(limit_bytes: int) -> Problem:
    """The body is larger than this deployment takes."""
    return Problem(413, "payload_too_large", f"The limit is {limit_bytes} bytes; see GET /config.")


class Meter:
    """Reads like the `StreamReader` of a request. Raises `Problem` 408 or 413; `limit_bytes` is what the message names."""

    def __init__(self, content: StreamReader, limit_bytes: int, overhead_bytes: int = 0) -> None:
        self._content = content
        self._limit_bytes = limit_bytes
        self._overhead_bytes = overhead_bytes
        self._begun = time.monotonic()

    async def read(self, size: int = -1) -> bytes:
        """At most `size` bytes; empty at the end."""
        return await self._watched(self._content.read(size))

    async def readline(self, *, max_line_length: int | None = None) -> bytes:
        """One line; empty at the end."""
        return await self._watched(self._content.readline(max_line_length=max_line_length))

    def at_eof(self) -> bool:
        """True when everything has been read."""
        return self._content.at_eof()

    def unread_data(self, data: bytes) -> None:
        """Put back what was read too far."""
        self._content.unread_data(data)

    async def _watched(self, reading: Awaitable[bytes]) -> bytes:
        try:
            async with asyncio.timeout(SILENCE_S):
                data = await reading
        except TimeoutError as error:
            raise _too_slow(f"nothing came for {SILENCE_S:.0f} s") from error
        if self._content.total_bytes > self._limit_bytes + self._overhead_bytes:
            raise too_large(self._limit_bytes)
        elapsed_s = time.monotonic() - self._begun
        if elapsed_s > LONGEST_S or (elapsed_s > PACE_AFTER_S and self._content.total_bytes < MIN_BYTES_PER_S * elapsed_s):
            raise _too_slow(f"fewer than {MIN_BYTES_PER_S} bytes a second, or longer than {LONGEST_S:.0f} s")
        return data


def _too_slow(why: str) -> Problem:
    return Problem(HTTPStatus.REQUEST_TIMEOUT, "upload_too_slow", f"The upload was given up: {why}.")


def check_head(request: web.Request, limit_bytes: int, overhead_bytes: int = 0) -> None:
    """Raise `Problem` for what the header alone gives away: a compressed body (415) or one that is too large (413)."""
    coding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if coding != "identity":
        raise Problem(415, "unsupported_media_type", "Send the body as it is, without Content-Encoding.")
    if (request.content_length or 0) > limit_bytes + overhead_bytes:
        raise too_large(limit_bytes)


async def read_small(request: web.Request, limit_bytes: int) -> bytes:
    """The whole body of at most `limit_bytes`."""
    check_head(request, limit_bytes)
    meter, blocks = Meter(request.content, limit_bytes), []
    while block := await meter.read(BLOCK_BYTES):
        blocks.append(block)
    return b"".join(blocks)
