"""What an address is asked before it is opened, and how GDAL is to ask it: small, bounded requests and no guessing."""

from dataclasses import dataclass
from time import sleep

import httpx

from shared.errors import Unavailable

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same request may succeed."""


def remote_checksum(url: str, timeout_s: float, retry_delays_s: tuple[float, ...]) -> str | None:
    """`etag:…`, `modified:…` or `none` for the file at `url`, None when there is no such file (404).

    Raises Unavailable (`layer_unavailable`) when the server still fails after the delays, refuses, or serves whole
    files only. A refusal (403) is not "no such file": it must not pass for ocean.
    """
    answer = _first_byte(url, timeout_s)
    for delay_s in retry_delays_s:
        if answer.status not in _PASSING:
            break
        sleep(delay_s)
        answer = _first_byte(url, timeout_s)
    if answer.status == 404:
        return None
    if answer.status != 206:
        reason = "serves whole files only" if answer.status == 200 else answer.reason
        raise Unavailable(f"{url} {reason}", code="layer_unavailable")
    return _mark(answer.headers)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    reason: str
    headers: httpx.Headers


def _first_byte(url: str, timeout_s: float) -> _Answer:
    headers = {"Range": "bytes=0-0", "Accept-Encoding": "identity"}
    try:
        with httpx.stream("GET", url, headers=headers, timeout=timeout_s, follow_redirects=True) as response:
            return _Answer(response.status_code, f"answers {response.status_code}", response.headers)
    except httpx.TransportError as error:
        return _Answer(503, f"does not answer ({type(error).__name__}: {error})", httpx.Headers())


def _mark(headers: httpx.Headers) -> str:
    if "etag" in headers:
        return f"etag:{headers['etag']}"
    return f"modified:{headers['last-modified']}" if "last-modified" in headers else "none"


def gdal_options(timeout_s: float) -> dict[str, str]:
    """No look at neighbouring files, no side files, no remembered failures, bounded requests (stack measurements, part 6)."""
    return {
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".tif",
        "CPL_VSIL_CURL_NON_CACHED": "/vsicurl/",
        "GDAL_PAM_ENABLED": "NO",
        "GDAL_HTTP_TIMEOUT": f"{timeout_s:g}",
        "GDAL_HTTP_CONNECTTIMEOUT": f"{timeout_s:g}",
    }
