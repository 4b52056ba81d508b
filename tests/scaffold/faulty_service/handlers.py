"""Handlers that each have the bug they are named after; copied into a generated project."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from ..errors import InvalidArgument
from ..gen import garden_pb2
from ..gen.servicers import GardenServicer
from ..runtime.server import Context

Plant = garden_pb2.Plant
NAMES = {0: "", 1: "red", 2: "blue"}


async def log(plant: Plant) -> Plant:
    await asyncio.sleep(0)
    return plant


class Garden(GardenServicer):
    """What grows here."""

    async def healthy(self, request: Plant, context: Context) -> Plant:
        if not request.name:
            raise InvalidArgument({"name": "is needed"})
        if any(not leaf.width >= 0 for leaf in request.leaves):
            raise InvalidArgument({"leaves[0].width": "must not be negative"})
        if request.WhichOneof("home") is None:
            raise InvalidArgument({"home": "is needed"})
        return request

    async def trickle(self, request: Plant, context: Context) -> AsyncIterator[Plant]:
        while True:
            yield request
            await asyncio.sleep(0.01)

    async def gather(self, requests: AsyncIterator[Plant], context: Context) -> Plant:
        count = 0
        async for request in requests:
            if request.height < 0:
                raise InvalidArgument({f"plants[{count}].height": "must not be negative"})
            count += 1
        return Plant(height=count)

    async def empty_string(self, request: Plant, context: Context) -> Plant:
        return Plant(name=request.name[0].upper())

    async def unknown_enum(self, request: Plant, context: Context) -> Plant:
        return Plant(name=NAMES[request.color])

    async def huge_number(self, request: Plant, context: Context) -> Plant:
        return Plant(height=request.height * 2)

    async def missing_await(self, request: Plant, context: Context) -> AsyncIterator[Plant]:
        log(request)
        yield request

    async def yields_coroutine(self, requests: AsyncIterator[Plant], context: Context) -> AsyncIterator[Plant]:
        async for request in requests:
            yield log(request)

    async def wrong_field(self, request: Plant, context: Context) -> Plant:
        if request.height < 0:
            raise InvalidArgument({"name": "must not be negative"})
        return request

    async def no_such_field(self, request: Plant, context: Context) -> Plant:
        if request.height < 0:
            raise InvalidArgument({"heigth": "must not be negative"})
        return request

    async def ignores_cancellation(self, request: Plant, context: Context) -> Plant:
        for _ in range(20):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0.1)
        return request

    async def endless_stream(self, request: Plant, context: Context) -> AsyncIterator[Plant]:
        yield request
        while True:
            try:
                await asyncio.sleep(0.1)
            except BaseException:
                continue

    async def returns_none(self, request: Plant, context: Context) -> Plant:
        Plant(name=request.name)

    async def forgets_role(self, request: Plant, context: Context) -> Plant:
        return request
