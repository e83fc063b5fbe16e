"""Files behind addresses: their bytes by few range requests that are tried again, held to one version of each file."""

from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import monotonic, sleep
from typing import Final

from shared.errors import Unavailable
from shared.rasters.transports import MISSING, NO_RANGE, PART, Answer, Transport, Transports

HEAD_BYTES: Final = 32 * 1024
"""Read on opening, with the question whether the file exists: the header of a tile and most of its list of blocks."""
PAGE_BYTES: Final = 16 * 1024
PAGES: Final = 8
"""Pages that are kept of each file beside its head: the list of blocks of a file of many."""
MERGED_GAP_BYTES: Final = 64 * 1024
"""Ranges that lie this close are one request: the bytes between them take less time than another round trip."""
MERGED_BYTES: Final = 8 * 1024 * 1024
"""Limit of a request that was put together from several."""
RANGES_AT_ONCE: Final = 8
"""Threads for ranges that lie far from each other in one file; with those that wait for single ranges, requests in flight are bounded."""
OPEN_FILES: Final = 256
KNOWN_S: Final = 600.0
"""Time after which a file that answered is asked whether it is still the same, and one that answered 404 whether it exists now."""
RETRY_AFTER_LIMIT_S: Final = 30.0
"""Longest wait that a server may ask for; a chunk that has to wait longer goes back to its queue."""
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same request may succeed."""


class ChangedError(Exception):
    """The file at an address is no longer the one that was opened."""


class RemoteFile:
    """One version of one file; safe to use from several threads."""

    def __init__(
        self, url: str, transport: Transport, head: Answer, retry_delays_s: tuple[float, ...], threads: ThreadPoolExecutor
    ) -> None:
        """`head` is the answer with its first bytes; `threads` fetch ranges that lie far from each other."""
        self.checksum, self.size = head.mark, head.size
        self.url = url
        self._transport = transport
        self._retry_delays_s = retry_delays_s
        self._head = head.content
        self._threads = threads
        self._pages: OrderedDict[int, bytes] = OrderedDict()
        self._lock = Lock()

    def read(self, start: int, length: int) -> bytes:
        """Bytes from `start` on, fewer where the file ends. Raises Unavailable (`layer_unavailable`), ChangedError."""
        end = min(start + length, self.size)
        if start >= end:
            return b""
        if end <= len(self._head):
            return self._head[start:end]
        if end - start > PAGE_BYTES:
            return self._fetched(start, end)
        first, behind = start // PAGE_BYTES, (end - 1) // PAGE_BYTES + 1
        return self._pages_of(range(first, behind))[start - first * PAGE_BYTES : end - first * PAGE_BYTES]

    def read_many(self, starts: Sequence[int], lengths: Sequence[int]) -> list[bytes]:
        """The bytes of each range, as `read`; ranges that lie close are fetched by one request."""
        wanted = [(start, min(start + length, self.size)) for start, length in zip(starts, lengths, strict=True)]
        groups = _merged(wanted)
        spans = [(wanted[group[0]][0], max(wanted[index][1] for index in group)) for group in groups]
        found: dict[int, bytes] = {}
        for group, (first, _), held in zip(groups, spans, self._spans(spans), strict=True):
            found |= {index: held[wanted[index][0] - first : wanted[index][1] - first] for index in group}
        return [found[index] for index in range(len(wanted))]

    def _spans(self, spans: list[tuple[int, int]]) -> list[bytes]:
        """The bytes of spans that lie far from each other, fetched side by side; the first error by their order is raised."""
        if len(spans) == 1:
            return [self.read(spans[0][0], spans[0][1] - spans[0][0])]
        ahead = [self._threads.submit(self.read, start, end - start) for start, end in spans]
        try:
            return [later.result() for later in ahead]
        finally:
            for later in ahead:
                later.cancel()

    def _pages_of(self, pages: range) -> bytes:
        with self._lock:
            if all(page in self._pages for page in pages):
                return b"".join(self._pages[page] for page in pages)
        content = self._fetched(pages.start * PAGE_BYTES, min(pages.stop * PAGE_BYTES, self.size))
        with self._lock:
            for index, page in enumerate(pages):
                self._pages[page] = content[index * PAGE_BYTES : (index + 1) * PAGE_BYTES]
            while len(self._pages) > PAGES:
                self._pages.popitem(last=False)
        return content

    def _fetched(self, start: int, end: int) -> bytes:
        answer = asked(self.url, self._transport, start, end, self._retry_delays_s)
        if answer is None or answer.status != PART or (answer.mark, answer.size) != (self.checksum, self.size):
            raise ChangedError(f"{self.url} is no longer {self.checksum} of {self.size} bytes")
        return answer.content


class RemoteFiles:
    """The addresses that this process has asked for; safe to use from several threads."""

    def __init__(self, timeout_s: float, retry_delays_s: tuple[float, ...], s3_unsigned: bool = False, known_s: float = KNOWN_S) -> None:
        self.retry_delays_s = retry_delays_s
        self._transports = Transports(timeout_s, s3_unsigned)
        self._threads = ThreadPoolExecutor(RANGES_AT_ONCE, thread_name_prefix="remote-range")  # started when used
        self._known_s = known_s
        self._known: OrderedDict[str, tuple[float, RemoteFile | None]] = OrderedDict()
        self._lock = Lock()

    def open(self, url: str) -> RemoteFile | None:
        """The file at an address, None when there is none (404); the same object as long as the file is the same.

        Raises Unavailable (`layer_unavailable`) when the server still fails after the delays, refuses, or serves whole
        files only. A refusal (403) is not "no such file": it must not pass for ocean. Nor must a file that was there
        and is gone.
        """
        with self._lock:
            until, held = self._known.get(url, (0.0, None))
            if monotonic() < until:
                self._known.move_to_end(url)
                return held
        transport = self._transports.to(url)
        head = asked(url, transport, 0, HEAD_BYTES, self.retry_delays_s)
        opened = None if head is None else RemoteFile(url, transport, head, self.retry_delays_s, self._threads)
        with self._lock:
            held = self._known.get(url, (0.0, None))[1]  # another thread may have been faster
            if held is not None and opened is None:
                raise Unavailable(f"{url} answers 404, though it was there before", code="layer_unavailable")
            if held is not None and opened is not None and (held.checksum, held.size) == (opened.checksum, opened.size):
                opened = held
            self._known[url] = (monotonic() + self._known_s, opened)
            self._known.move_to_end(url)
            if len(self._known) > OPEN_FILES:
                self._known.popitem(last=False)
        return opened

    def forget(self, url: str) -> None:
        """Ask anew when this address is opened next."""
        with self._lock:
            if url in self._known:
                self._known[url] = (0.0, self._known[url][1])


def asked(url: str, transport: Transport, start: int, end: int, retry_delays_s: tuple[float, ...]) -> Answer | None:
    """The answer with the bytes [start, end), None when there is no such file; raises Unavailable (`layer_unavailable`).

    Behind the first byte the answer may be that the file has no such range. Waits between tries as long as
    `retry_delays_s` says, and longer where the server asks for it.
    """
    answer = transport.get(start, end)
    for delay_s in retry_delays_s:
        wish_s = answer.retry_after_s or 0.0
        if answer.status not in _PASSING or wish_s > RETRY_AFTER_LIMIT_S:
            break
        sleep(max(delay_s, wish_s))
        answer = transport.get(start, end)
    if answer.status == MISSING:
        return None
    if answer.status != PART and not (answer.status == NO_RANGE and start > 0):
        raise Unavailable(f"{url} {answer.reason}", code="layer_unavailable", retry_after_s=answer.retry_after_s)
    return answer


def _merged(wanted: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Positions of the ranges that are fetched together, by their place in the file."""
    groups: list[list[int]] = []
    first = last = 0
    for index in sorted(range(len(wanted)), key=wanted.__getitem__):
        start, end = wanted[index]
        if groups and start - last <= MERGED_GAP_BYTES and max(end, last) - first <= MERGED_BYTES:
            groups[-1].append(index)
            last = max(last, end)
        else:
            groups.append([index])
            first, last = start, end
    return groups
