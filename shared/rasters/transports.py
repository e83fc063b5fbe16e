"""One range request to a file behind an address, over HTTP or to an S3 bucket: what was answered, without any second try."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from time import monotonic
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpx
import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

PART: Final = 206
MISSING: Final = 404
NO_RANGE: Final = 416
"""The file ends before the range."""
SILENT: Final = 503
"""Status that stands for no answer at all: as with an overloaded server, the same request may succeed later."""
_REFUSED: Final = 403
_STATUS: Final = re.compile(r"status code: (\d{3})\b")
_CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one range; `content` and `size` count only with the status 206."""

    status: int
    reason: str
    content: bytes = b""
    size: int = 0
    """Bytes of the whole file."""
    mark: str = "none"
    """Version of the file: `etag:<value>`, `modified:<date>`, or `none` where the server gives neither."""
    retry_after_s: float | None = None


class Transport(Protocol):
    """A way to reach one file."""

    def get(self, start: int, end: int) -> Answer:
        """The bytes [start, end) of the file, fewer where it ends before; raises nothing that a server can cause."""


class Transports:
    """Makes transports that share connections; addresses are `http://`, `https://` or `s3://bucket/key`."""

    def __init__(self, timeout_s: float, s3_unsigned: bool) -> None:
        self._timeout_s = timeout_s
        self._s3_unsigned = s3_unsigned
        self._client: httpx.Client | None = None
        self._stores: dict[str, S3Store] = {}
        self._lock = Lock()

    def to(self, url: str) -> Transport:
        """The transport to one address."""
        parts = urlsplit(url)
        if parts.scheme == "s3":
            return _S3Transport(self._store(parts.netloc), parts.path.lstrip("/"))
        return _HttpTransport(self._http(), url, self._timeout_s)

    def _http(self) -> httpx.Client:
        """Made when the first address is asked for: loading the certificates takes longer than opening ten local layers."""
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(timeout=self._timeout_s, follow_redirects=True)
            return self._client

    def _store(self, bucket: str) -> S3Store:
        with self._lock:
            if bucket not in self._stores:
                self._stores[bucket] = S3Store(
                    bucket,
                    config={"skip_signature": True} if self._s3_unsigned else None,
                    # Given options replace those of the environment: an endpoint without TLS is named by AWS_ENDPOINT_URL alone.
                    client_options={"allow_http": True, "timeout": f"{self._timeout_s:g}s", "connect_timeout": f"{self._timeout_s:g}s"},
                    retry_config={"max_retries": 0},
                )
            return self._stores[bucket]


@dataclass(frozen=True, slots=True)
class _HttpTransport:
    client: httpx.Client
    url: str
    timeout_s: float

    def get(self, start: int, end: int) -> Answer:
        headers = {"Range": f"bytes={start}-{end - 1}", "Accept-Encoding": "identity"}
        try:
            with self.client.stream("GET", self.url, headers=headers) as response:
                if response.status_code != PART:
                    reason = "serves whole files only" if response.status_code == 200 else f"answers {response.status_code}"
                    return Answer(response.status_code, reason, retry_after_s=_retry_after_s(response.headers))
                return self._part(response, start, end)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Answer(SILENT, f"does not answer ({type(error).__name__}: {error})")

    def _part(self, response: httpx.Response, start: int, end: int) -> Answer:
        announced = response.headers.get("content-range", "")
        found = _CONTENT_RANGE.fullmatch(announced)
        if found is None or int(found[1]) != start or int(found[2]) + 1 != min(end, int(found[3])):
            return Answer(SILENT, f"answers another range than asked ({announced or 'none named'})")
        length, content, deadline = int(found[2]) + 1 - start, bytearray(), monotonic() + self.timeout_s
        for chunk in response.iter_raw():
            content += chunk
            if len(content) > length:
                return Answer(SILENT, "sends more than it announced")
            if monotonic() > deadline:  # the client's own timeout starts again with every packet
                return Answer(SILENT, f"does not answer in full within {self.timeout_s:g} s")
        if len(content) != length:
            return Answer(SILENT, f"sends {len(content)} bytes of {length}")
        return Answer(PART, "answers", bytes(content), int(found[3]), _mark(response.headers))


@dataclass(frozen=True, slots=True)
class _S3Transport:
    store: S3Store
    key: str

    def get(self, start: int, end: int) -> Answer:
        try:
            result = obstore.get(self.store, self.key, options={"range": (start, end)})
            meta, (first, last) = result.meta, result.range
            content = bytes(result.bytes())
        except FileNotFoundError as error:
            # A bucket that does not exist is a mistake in the address, never a tile that was not published.
            return Answer(_REFUSED, "names no bucket") if "NoSuchBucket" in str(error) else Answer(MISSING, "answers 404")
        except (PermissionDeniedError, UnauthenticatedError, PermissionError):
            return Answer(_REFUSED, "answers 403")
        except (BaseError, OSError) as error:
            said = _STATUS.search(str(error))  # obstore has no field for it
            return Answer(int(said[1]), f"answers {said[1]}") if said else Answer(SILENT, f"does not answer ({type(error).__name__})")
        if first != start or last != min(end, meta["size"]) or len(content) != last - first:
            return Answer(SILENT, f"sends {len(content)} bytes of {min(end, meta['size']) - start}")
        etag = meta["e_tag"]
        mark = f"etag:{etag}" if etag else f"modified:{meta['last_modified'].isoformat()}"
        return Answer(PART, "answers", content, meta["size"], mark)


def _mark(headers: httpx.Headers) -> str:
    if "etag" in headers:
        return f"etag:{headers['etag']}"
    return f"modified:{headers['last-modified']}" if "last-modified" in headers else "none"


def _retry_after_s(headers: httpx.Headers) -> float | None:
    """Seconds that the server asks us to wait, which it gives as a number or as a date; None when it says nothing readable."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
