"""A call of each of the four kinds, all with the same arguments."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

Call = Callable[..., Awaitable[Any]]


async def unary(client: Any, parcel: Any, **choices: Any) -> Any:
    """One request, one reply."""
    return await client.put(parcel, **choices)


async def replies(client: Any, parcel: Any, **choices: Any) -> Any:
    """The last of a stream of replies."""
    async for reply in client.watch(parcel, **choices):
        last = reply
    return last


async def requests(client: Any, parcel: Any, **choices: Any) -> Any:
    """The reply to a stream of requests."""
    return await client.put_all([parcel], **choices)


async def conversation(client: Any, parcel: Any, **choices: Any) -> Any:
    """The reply to one request of a conversation."""
    async with client.talk(**choices) as talk:
        await talk.send(parcel)
        return await anext(talk)


KINDS: dict[str, Call] = {"put": unary, "watch": replies, "put_all": requests, "talk": conversation}
"""How each is called, by the name of the client's method."""
RPC = {"put": "Put", "watch": "Watch", "put_all": "PutAll", "talk": "Talk"}
"""What the proto calls them."""


each_kind = pytest.mark.parametrize("kind", KINDS)
