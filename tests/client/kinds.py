"""A call of each of the four kinds, all with the same arguments."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

Call = Callable[..., Awaitable[Any]]


async def unary(client: Any, parcel: Any, **options: Any) -> Any:
    """One request, one response."""
    return await client.put(parcel, **options)


async def responses(client: Any, parcel: Any, **options: Any) -> Any:
    """The last of a stream of responses."""
    async for response in client.watch(parcel, **options):
        last = response
    return last


async def requests(client: Any, parcel: Any, **options: Any) -> Any:
    """The response to a stream of requests."""
    return await client.put_all([parcel], **options)


async def conversation(client: Any, parcel: Any, **options: Any) -> Any:
    """The response to one request of a conversation."""
    async with client.talk(**options) as talk:
        await talk.send(parcel)
        return await anext(talk)


KINDS: dict[str, Call] = {"put": unary, "watch": responses, "put_all": requests, "talk": conversation}
"""How each is called, by the name of the client's method."""
RPC = {"put": "Put", "watch": "Watch", "put_all": "PutAll", "talk": "Talk"}
"""What the proto calls them."""


each_kind = pytest.mark.parametrize("kind", KINDS)
