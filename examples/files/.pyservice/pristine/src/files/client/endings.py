"""The status that a call with a stream of requests has ended with, which grpc.aio may cover."""

import asyncio
import contextlib
from collections.abc import Coroutine
from typing import Any, TypeVar

import grpc

T = TypeVar("T")

_MASK = "Internal error from Core"
"""What grpc.aio says of a call that ended while a request was written, whatever its status."""
_WAIT_SECONDS = 2.0
"""How long the status itself may take to follow; mostly it is there."""
_POLL_SECONDS = 0.01
"""How often it is looked for meanwhile."""


class Ending:
    """Keeps the status that a call has ended with, which `_MASK` may cover right afterwards."""

    def __init__(self, call: Any) -> None:
        self._call = call
        self._status: grpc.aio.AioRpcError | None = None
        call.add_done_callback(self._keep)

    def _keep(self, call: Any) -> None:
        code, details = _at_once(call.code()), _at_once(call.details())
        if details != _MASK:
            trailing = _at_once(call.trailing_metadata())
            self._status = grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailing, details)

    async def true(self, error: grpc.aio.AioRpcError) -> grpc.aio.AioRpcError:
        """The status itself instead of the one that covers it."""
        if error.details() != _MASK:
            return error
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._uncovered(), _WAIT_SECONDS)
        if self._status is not None:
            return self._status
        # None came: it was not the service that ended the call.
        gone, nothing = grpc.StatusCode.UNAVAILABLE, grpc.aio.Metadata()
        return grpc.aio.AioRpcError(gone, nothing, nothing, "the connection broke")

    async def _uncovered(self) -> None:
        """Wait for the status, which grpc.aio may also put in the place of the other one without a callback."""
        while self._status is None:
            await asyncio.sleep(_POLL_SECONDS)
            self._keep(self._call)


def _at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that has nothing to wait for."""
    try:
        work.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise RuntimeError("it waits")
