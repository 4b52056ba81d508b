"""The least that a server can be: written by hand, no concern at all.

python bare.py asyncio|uvloop
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
from echo.gen import echo_pb2

SERVICE = "echo.v1.Echo"


class Echo:
    """The logic that all servers share."""

    async def say(self, request: Any, context: Any) -> Any:
        """Answer with what it got."""
        return echo_pb2.SayReply(text=request.text)

    async def count(self, request: Any, context: Any) -> AsyncIterator[Any]:
        """Answer with as many messages as are asked for."""
        for number in range(request.messages):
            yield echo_pb2.CountReply(number=number)


def handlers(echo: Echo) -> grpc.GenericRpcHandler:
    """What grpc's own generated code would register."""
    say = grpc.unary_unary_rpc_method_handler(
        echo.say, echo_pb2.SayRequest.FromString, echo_pb2.SayReply.SerializeToString
    )
    count = grpc.unary_stream_rpc_method_handler(
        echo.count, echo_pb2.CountRequest.FromString, echo_pb2.CountReply.SerializeToString
    )
    return grpc.method_handlers_generic_handler(SERVICE, {"Say": say, "Count": count})


async def serve(interceptors: tuple[Any, ...] = ()) -> None:
    """Serve on a free port, which is printed, until killed."""
    server = grpc.aio.server(interceptors=interceptors)
    server.add_generic_rpc_handlers((handlers(Echo()),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    await server.wait_for_termination()


def run(main: Any) -> None:
    """On the event loop that the command line names."""
    if sys.argv[1] == "uvloop":
        import uvloop

        uvloop.run(main)
    else:
        asyncio.run(main)


if __name__ == "__main__":
    run(serve())
