"""A DNS server: answers every question with the addresses that a test wants."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address
from typing import cast

_A = 1


class Names(asyncio.DatagramProtocol):
    """One name with several addresses, as a headless Service has."""

    def __init__(self, addresses: list[str]) -> None:
        self.addresses = addresses
        self.asked = 0
        self.port = 0
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio."""
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        """Called by asyncio: one question."""
        end = data.index(b"\0", 12) + 5
        (kind,) = struct.unpack("!H", data[end - 4 : end - 2])
        addresses = self.addresses if kind == _A else []
        self.asked += kind == _A
        answers = b"".join(
            b"\xc0\x0c" + struct.pack("!HHIH", _A, 1, 1, 4) + IPv4Address(address).packed for address in addresses
        )
        head = data[:2] + struct.pack("!HHHHH", 0x8580, 1, len(addresses), 0, 0)
        self._transport.sendto(head + data[12:end] + answers, sender)


@asynccontextmanager
async def naming(*addresses: str) -> AsyncIterator[Names]:
    """A DNS server on a free port."""
    names = Names(list(addresses))
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: names, ("127.0.0.1", 0))
    try:
        yield names
    finally:
        transport.close()
