"""A server of files with ranges on loopback, with latency and faults, that counts what it is asked."""

import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LAST_MODIFIED = "Sun, 01 Feb 2026 10:00:00 GMT"


@dataclass(frozen=True)
class Fault:
    """What comes instead of the answer: a status, or the answer after a silence, cut off after some bytes, or of another range."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    silent_s: float = 0.0
    cut_after: int | None = None
    """Bytes of the body before the connection is reset."""
    shorter_by: int = 0
    """Bytes by which the body and its announced length are less than the range that was asked for."""
    half_without_length: bool = False
    """Half of the body, of no announced length, and an orderly end of the connection."""
    drip_s: float = 0.0
    """Pause after each sixteenth of the body."""


class TileServer(ThreadingHTTPServer):
    """Serves files below a folder with ranges; `faults` answers come first, then `always` if set."""

    daemon_threads = True

    def handle_error(self, *request: object) -> None:
        """A client that hangs up is no news."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder = folder
        self.faults: list[Fault | int | float] = []
        """One for each coming request; a number is a status, a float seconds of silence."""
        self.always: Fault | int | float | None = None
        self.only_for = ""
        """Part of the paths that `always` is for."""
        self.ranges = True
        self.etag: str | None = '"one"'
        self.latency_s = 0.0
        self.requests = 0
        self.sent = 0
        self.signed: list[bool] = []
        """For each request, whether it came with credentials."""
        self.at_once = 0
        self.most_at_once = 0
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def template(self) -> str:
        return f"{self.address}/Hansen_GFC-2025-v1.13_{{band}}_{{tile}}.tif"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: TileServer

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.requests += 1
            self.server.signed.append("Authorization" in self.headers)
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
            fault = self._fault()
        try:
            time.sleep(self.server.latency_s + fault.silent_s)
            self._answer(fault)
        finally:
            with self.server.lock:
                self.server.at_once -= 1

    def _fault(self) -> Fault:
        always = self.server.always if self.server.only_for in self.path else None
        found = self.server.faults.pop(0) if self.server.faults else always
        if isinstance(found, float):
            return Fault(silent_s=found)
        return Fault(found) if isinstance(found, int) else found or Fault()

    def _answer(self, fault: Fault) -> None:
        path = self.server.folder / self.path.lstrip("/")
        if fault.status is not None or not path.is_file():
            self._send(fault.status or 404, b"", fault)
            return
        whole = path.read_bytes()
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked or not self.server.ranges:
            self._send(200, whole, fault)
            return
        first, last = int(asked[1]), min(int(asked[2] or len(whole)), len(whole) - 1) - fault.shorter_by
        if first >= len(whole):
            self._send(416, b"", fault)
            return
        self._send(206, whole[first : last + 1], fault, f"bytes {first}-{last}/{len(whole)}")

    def _send(self, status: int, content: bytes, fault: Fault, content_range: str | None = None) -> None:
        self.send_response(status)
        content = fault.body or content
        headers = {
            "Content-Length": str(len(content)),
            "Last-Modified": LAST_MODIFIED,
            "Accept-Ranges": "bytes" if self.server.ranges else "none",
        }
        if self.server.etag is not None:
            headers["ETag"] = self.server.etag
        if fault.half_without_length:
            headers |= {"Connection": "close"}
            del headers["Content-Length"]
            content = content[: len(content) // 2]
            self.close_connection = True
        if content_range:
            headers["Content-Range"] = content_range
        for name, value in (headers | fault.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.server.sent += len(content)
        if fault.cut_after is not None:
            self.wfile.write(content[: fault.cut_after])
            # No goodbye: the client sees a reset, as from a server that died.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        step = max(1, len(content) // 16) if fault.drip_s else max(1, len(content))
        for start in range(0, len(content), step):
            self.wfile.write(content[start : start + step])
            time.sleep(fault.drip_s)

    def log_message(self, *words: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[TileServer]:
    """The folder behind an address."""
    with TileServer(folder) as tiles:
        thread = threading.Thread(target=tiles.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield tiles
        finally:
            tiles.shutdown()
            thread.join()
