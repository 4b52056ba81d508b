"""The base classes of two handlers, as they are generated."""

from collections.abc import AsyncIterator
from typing import Any

from google.protobuf.wrappers_pb2 import StringValue

from pyservice_runtime.core import Context, Servicer


class ProbeServicer(Servicer):
    """A method of each kind."""

    async def echo(self, request: StringValue, context: Context) -> StringValue:
        """Not written."""
        raise NotImplementedError

    async def list(self, request: StringValue, context: Context) -> AsyncIterator[StringValue]:
        """Not written."""
        raise NotImplementedError
        yield

    async def gather(self, requests: AsyncIterator[StringValue], context: Context) -> StringValue:
        """Not written."""
        raise NotImplementedError

    async def talk(self, requests: AsyncIterator[StringValue], context: Context) -> AsyncIterator[StringValue]:
        """Not written."""
        raise NotImplementedError
        yield


class AuditServicer(Servicer):
    """A method of another service."""

    async def record(self, request: Any, context: Context) -> Any:
        """Not written."""
        raise NotImplementedError


class EmptyServicer(Servicer):
    """A service without methods."""
