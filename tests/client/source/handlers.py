"""Handlers that do what a parcel asks; copied into the generated project."""

import asyncio
import os
from collections.abc import AsyncIterator

from .. import errors
from ..gen.clients import DepotClient
from ..gen.depot_pb2 import Parcel, Receipt
from ..gen.servicers import DepotServicer
from ..runtime.client import Options
from ..runtime.server import Context

NAME = os.environ.get("DEPOT_NAME", "")
SLOW = float(os.environ.get("DEPOT_SLOW", "0"))
CALLS: list[str] = []
"""What was asked for, in this process."""

_ERRORS: dict[str, errors.StatusError] = {
    "invalid": errors.InvalidArgument({"what": "is odd", "load": "is too heavy"}),
    "precondition": errors.FailedPrecondition("it is full", kind="FULL", subject="depot 1"),
    "range": errors.OutOfRange("past the end"),
    "unauthenticated": errors.Unauthenticated("who is there?"),
    "denied": errors.PermissionDenied("not you"),
    "missing": errors.NotFound("parcel", 7),
    "exists": errors.AlreadyExists("parcel", 7, "it is there"),
    "aborted": errors.Aborted("changed"),
    "exhausted": errors.ResourceExhausted("too often", retry_after=0.5),
    "unavailable": errors.Unavailable("closed", retry_after=30),
    "late": errors.DeadlineExceeded("took too long"),
    "cancelled": errors.Cancelled("no more"),
    "internal": errors.Internal("broken"),
    "loss": errors.DataLoss("half is gone"),
    "unimplemented": errors.Unimplemented("not here"),
    "plain": errors.StatusError("who knows"),
}


async def act(parcel: Parcel, context: Context) -> Receipt:
    """Do what is asked."""
    CALLS.append(parcel.what)
    await asyncio.sleep(SLOW)
    if parcel.what in _ERRORS:
        raise _ERRORS[parcel.what]
    match parcel.what:
        case "crash":
            raise RuntimeError("password=hunter2")
        case "sleep":
            await asyncio.sleep(parcel.number)
        case "flaky":
            pairs = dict(context.invocation_metadata() or ())
            if int(pairs.get("grpc-previous-rpc-attempts", 0)) < parcel.number:
                raise errors.Unavailable("not yet")
        case "remaining":
            # What the client sent: `time_remaining()` of the context follows the limits of the server too.
            return Receipt(number=context._call.stream.time_remaining() or 0)
        case "metadata":
            pairs = context.invocation_metadata() or ()
            return Receipt(text="\n".join(f"{key}={value!r}" for key, value in pairs))
        case "forward":
            options = Options(deadline_margin=parcel.number or 0.05)
            async with DepotClient(parcel.target, options=options) as other:
                return await other.find(what=parcel.load.decode())
    return Receipt(by=NAME, text=parcel.what, count=len(CALLS), load=parcel.load)


class DepotProject(DepotServicer):
    """All four kinds."""

    async def put(self, request: Parcel, context: Context) -> Receipt:
        return await act(request, context)

    async def find(self, request: Parcel, context: Context) -> Receipt:
        return await act(request, context)

    async def count(self, request: Parcel, context: Context) -> Receipt:
        return await act(request, context)

    async def insist(self, request: Parcel, context: Context) -> Receipt:
        return await act(request, context)

    async def watch(self, request: Parcel, context: Context) -> AsyncIterator[Receipt]:
        for number in range(int(request.number or 3)):
            yield Receipt(count=number, by=NAME, load=request.load)
        yield await act(request, context)

    async def put_all(self, requests: AsyncIterator[Parcel], context: Context) -> Receipt:
        taken = 0
        async for request in requests:
            taken += 1
            if request.what:
                answer = await act(request, context)
                answer.count = taken
                if request.what != "on":
                    return answer
        return Receipt(count=taken, by=NAME)

    async def talk(self, requests: AsyncIterator[Parcel], context: Context) -> AsyncIterator[Receipt]:
        async for request in requests:
            if request.what == "bye":
                return
            yield await act(request, context)
