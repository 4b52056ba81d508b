"""A TCP proxy that does to connections what networks do."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_HEADERS = 1


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
    attempts: int = 0
    """How many calls were sent, further attempts of gRPC's own among them; none are seen over TLS."""
    requested: int = 0
    """Bytes that callers have sent."""
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Handle a connection, in a task that `close` waits for."""
        task = asyncio.create_task(self.serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        depot_process, back = await asyncio.open_connection("127.0.0.1", self.port)
        pair = {writer, back}
        self._writers |= pair
        copies = {
            asyncio.create_task(self._copy(reader, back, writer)),
            asyncio.create_task(self._copy(depot_process, writer, None)),
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
        frames = Frames()
        with suppress(OSError):
            while data := await source.read(65536):
                if caller is not None:
                    self.requested += len(data)
                if caller is not None and (begun := frames.calls(data)):
                    self.attempts += begun
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
        while self._writers:
            reset(self._writers.pop())

    async def close(self) -> None:
        """Reset all connections, and wait until nothing of them is left."""
        self.cut()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Frames:
    """Finds the calls in what a client sends: in HTTP/2 each begins with a HEADERS frame."""

    def __init__(self) -> None:
        self._unread = b""
        self._begun = self._blind = False

    def calls(self, data: bytes) -> int:
        """How many calls begin in the next bytes."""
        if self._blind:
            return 0
        self._unread += data
        if not self._begun and len(self._unread) >= len(_PREFACE):
            self._begun, self._blind = True, not self._unread.startswith(_PREFACE)
            self._unread = self._unread[len(_PREFACE) :]
        found = 0
        while self._begun and len(self._unread) >= 9:
            end = 9 + int.from_bytes(self._unread[:3])
            if len(self._unread) < end:
                break
            found += self._unread[3] == _HEADERS
            self._unread = self._unread[end:]
        return found


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection without a word: RST instead of FIN."""
    found: socket.socket = writer.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def proxied(port: int) -> AsyncIterator[Proxy]:
    """A proxy in front of a port."""
    proxy = Proxy(port)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    proxy.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
