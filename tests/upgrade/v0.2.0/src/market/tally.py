"""Counts calls. Mine, an interceptor as grpc itself has them."""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import grpc


class Tally(grpc.aio.ServerInterceptor):
    """Mine: how often each method was called."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()  # mine

    async def intercept_service(
        self,
        continuation: Callable[
            [grpc.HandlerCallDetails], Awaitable["grpc.RpcMethodHandler[Any, Any] | None"]
        ],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> "grpc.RpcMethodHandler[Any, Any] | None":
        """Mine: count, and leave the call to whoever is next."""
        self.counts[handler_call_details.method] += 1
        return await continuation(handler_call_details)
