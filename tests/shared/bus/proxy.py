"""A TCP proxy on loopback whose connections a test can cut, as a network does: without the closing words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from yarl import URL


class Proxy:
    """Forwards to one server; `url` is its address seen through the proxy."""

    def __init__(self, url: str) -> None:
        self._target = URL(url)
        self.url = ""
        self._writers: list[asyncio.StreamWriter] = []

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(self._target.host, self._target.port or 5672)
        self._writers += [writer, far_writer]
        await asyncio.gather(_pour(reader, far_writer), _pour(far_reader, writer))

    def cut(self) -> None:
        """Break every connection that there is; new ones are welcome."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Proxy"]:
        server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        self.url = str(self._target.with_host("127.0.0.1").with_port(server.sockets[0].getsockname()[1]))
        try:
            yield self
        finally:
            server.close()
            self.cut()


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while block := await reader.read(65536):
            writer.write(block)
            await writer.drain()
    writer.close()
