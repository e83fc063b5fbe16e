"""A TCP proxy on loopback whose connections a test can cut, as a network does: without the closing words."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from yarl import URL


class Proxy:
    """Forwards to one server; `url` is its address seen through the proxy."""

    def __init__(self, url: str) -> None:
        self._target = URL(url)
        self.url = ""
        self.kept = 0
        """Bytes that the server has said and nobody has heard."""
        self._writers: list[asyncio.StreamWriter] = []
        self._passing = asyncio.Event()
        self._passing.set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._target.host, self._target.port or 5672)
        self._writers += [writer, far_writer]
        await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer, self._passed))

    def hold(self) -> None:
        """Keep back what the server says, until the cut: it is lost then."""
        self._passing.clear()

    async def _passed(self, block: bytes) -> None:
        if not self._passing.is_set():
            self.kept += len(block)
            await self._passing.wait()

    def cut(self) -> None:
        """Break every connection that there is; new ones are welcome."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()
        self._passing.set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Proxy"]:
        server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        self.url = str(self._target.with_host("127.0.0.1").with_port(server.sockets[0].getsockname()[1]))
        try:
            yield self
        finally:
            server.close()
            self.cut()


async def _nothing(_: bytes) -> None: ...


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, before: Callable[[bytes], Awaitable[None]] = _nothing) -> None:
    with suppress(ConnectionError):
        while block := await reader.read(65536):
            await before(block)
            writer.write(block)
            await writer.drain()
    writer.close()
