"""A TCP proxy that does to connections what networks do."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_CALL = 60
"""Bytes that a chunk has at least which starts a call; acknowledgements and pings are shorter."""


@dataclass(slots=True)
class Proxy:
    """Passes bytes on between callers and a port; the attributes say what else happens to them."""

    port: int
    address: str = ""
    delay: float = 0.0
    """Seconds that every chunk is held back."""
    rate: float = 0.0
    """Bytes a second in each direction; 0: any number."""
    drop: bool = False
    """Take everything, and pass nothing on."""
    resets: int = 0
    """So many calls lose their connection (RST) before they are passed on."""
    half_closes: int = 0
    """So many calls have their connection ended by the service (FIN) instead of being answered."""
    connections: int = 0
    """How many were made."""
    requested: int = 0
    """Bytes that callers have sent."""
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        there, back = await asyncio.open_connection("127.0.0.1", self.port)
        pair = {writer, back}
        self._writers |= pair
        copies = {
            asyncio.create_task(self._copy(reader, back, writer)),
            asyncio.create_task(self._copy(there, writer, None)),
        }
        try:
            await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for copy in copies:
                copy.cancel()
            for each in pair:
                each.close()
            self._writers -= pair

    async def _copy(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, caller: asyncio.StreamWriter | None
    ) -> None:
        """One direction; ``caller`` is set in that of the requests."""
        with suppress(OSError):
            while data := await source.read(65536):
                if caller is not None:
                    self.requested += len(data)
                if caller is not None and len(data) >= _CALL:
                    if self.resets:
                        self.resets -= 1
                        return reset(caller)
                    if self.half_closes:
                        self.half_closes -= 1
                        caller.write_eof()
                        continue
                if self.delay:
                    await asyncio.sleep(self.delay)
                if self.rate:
                    await asyncio.sleep(len(data) / self.rate)
                while self.drop:
                    await asyncio.sleep(0.01)
                sink.write(data)
                await sink.drain()

    def cut(self) -> None:
        """Reset all connections."""
        for writer in self._writers:
            reset(writer)


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection without a word: RST instead of FIN."""
    found: socket.socket = writer.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def proxied(port: int) -> AsyncIterator[Proxy]:
    """A proxy in front of a port."""
    proxy = Proxy(port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
