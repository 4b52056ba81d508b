"""Connections that speak HTTP/2 by hand: what a server does to them shows in its frames."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS, PING, GOAWAY = 4, 6, 7
MAX_CONCURRENT_STREAMS, MAX_HEADER_LIST_SIZE = 3, 6
"""Keys of a SETTINGS frame."""
ACK = 1


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame."""

    kind: int
    flags: int
    payload: bytes

    def settings(self) -> dict[int, int]:
        """The pairs of a SETTINGS frame."""
        return dict(struct.iter_unpack(">HI", self.payload))


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def greet(self) -> None:
        """Begin as a client does."""
        self._writer.write(PREFACE)
        self.send(SETTINGS)

    def send(self, kind: int, payload: bytes = b"", flags: int = 0) -> None:
        """Send a frame that belongs to no stream."""
        self._writer.write(len(payload).to_bytes(3, "big") + bytes((kind, flags)) + bytes(4) + payload)

    async def frame(self, kind: int) -> Frame:
        """The next frame of a kind that acknowledges nothing; settings and pings on the way are acknowledged."""
        while True:
            head = await self._reader.readexactly(9)
            payload = await self._reader.readexactly(int.from_bytes(head[:3], "big"))
            frame = Frame(head[3], head[4], payload)
            acknowledges = frame.flags & ACK and frame.kind in (SETTINGS, PING)
            if frame.kind in (SETTINGS, PING) and not acknowledges:
                self.send(frame.kind, payload if frame.kind == PING else b"", ACK)
            if frame.kind == kind and not acknowledges:
                return frame

    async def until_closed(self) -> bytes:
        """All that comes until the server closes."""
        with suppress(ConnectionError):
            return await self._reader.read()
        return b""


@asynccontextmanager
async def wire(port: int) -> AsyncIterator[Wire]:
    """Connect to a port of this machine."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


class Meter:
    """A way to a port that counts what comes back on it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.received = 0

    @asynccontextmanager
    async def open(self) -> AsyncIterator[str]:
        """The address to call instead."""
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        try:
            yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            server.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lab_process, back = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(self._copy(reader, back), self._copy(lab_process, writer, counts=True))

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, counts: bool = False) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                self.received += len(data) if counts else 0
                target.write(data)
            target.close()
