"""The handlers of all services, as grpc looks them up."""

import inspect
from collections.abc import Iterable
from pathlib import Path

import grpc

from ..gen.registry import Method, Service
from ..interceptors.call import CALL, Call
from .concerns import Concerns
from .pipeline import method_handler

_PACKAGE = Path(__file__).parent.parent


class Handlers(grpc.GenericRpcHandler):
    """Finds the method of a call, and makes what the concerns know it by."""

    def __init__(self, found: Iterable[tuple[Service, object]], concerns: Concerns) -> None:
        # One for all: grpc asks its handlers one after the other.
        self._methods = {
            method.path: method_handler(
                method,
                getattr(handler, method.attribute),
                concerns,
                where(handler, method),
            )
            for service, handler in found
            for method in service.methods
        }

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> "grpc.RpcMethodHandler[object, object] | None":
        """Called by grpc within the call's own task."""
        rpc = handler_call_details.method
        CALL.set(Call(rpc, handler_call_details.invocation_metadata))
        return self._methods.get(rpc)


def where(handler: object, method: Method) -> str:
    """File and line of a method, for people: ``src/market/handlers/...py:12``."""
    function = inspect.unwrap(getattr(type(handler), method.attribute))
    code = getattr(function, "__code__", None)
    if code is not None and function.__module__ == type(handler).__module__:
        return f"{_shown(code.co_filename)}:{code.co_firstlineno}"
    module = type(handler).__module__.removeprefix(f"{__package__.rpartition('.')[0]}.")
    file = _PACKAGE.joinpath(*module.split(".")).with_suffix(".py")
    return f"{_shown(str(file))}, class {type(handler).__name__}: add {method.attribute}"


def _shown(file: str) -> str:
    """The path from the project's folder on, without what lies above it."""
    path = Path(file)
    if not path.is_relative_to(_PACKAGE):
        return path.name
    inside = path.relative_to(_PACKAGE.parent)
    return str("src" / inside if _PACKAGE.parent.name == "src" else inside)
