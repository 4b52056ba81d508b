"""The logic of acme.wellknown.v1.Relay.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from google.protobuf import (
    any_pb2,
    duration_pb2,
    empty_pb2,
    field_mask_pb2,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)

from ..gen.servicers import RelayServicer
from ..runtime.server import Context


class Relay(RelayServicer):
    """The service acme.wellknown.v1.Relay."""

    async def now(
        self,
        request: empty_pb2.Empty,
        context: Context,
    ) -> timestamp_pb2.Timestamp:
        """Answer ``acme.wellknown.v1.Relay/Now``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def ticks(
        self,
        request: duration_pb2.Duration,
        context: Context,
    ) -> AsyncIterator[timestamp_pb2.Timestamp]:
        """Answer ``acme.wellknown.v1.Relay/Ticks``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def merge(
        self,
        requests: AsyncIterator[struct_pb2.Struct],
        context: Context,
    ) -> struct_pb2.Struct:
        """Answer ``acme.wellknown.v1.Relay/Merge``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def forward(
        self,
        requests: AsyncIterator[any_pb2.Any],
        context: Context,
    ) -> AsyncIterator[any_pb2.Any]:
        """Answer ``acme.wellknown.v1.Relay/Forward``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def length(
        self,
        request: wrappers_pb2.StringValue,
        context: Context,
    ) -> wrappers_pb2.Int64Value:
        """Answer ``acme.wellknown.v1.Relay/Length``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def flags(
        self,
        requests: AsyncIterator[wrappers_pb2.BoolValue],
        context: Context,
    ) -> AsyncIterator[wrappers_pb2.BytesValue]:
        """Answer ``acme.wellknown.v1.Relay/Flags``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def pick(
        self,
        request: field_mask_pb2.FieldMask,
        context: Context,
    ) -> struct_pb2.Value:
        """Answer ``acme.wellknown.v1.Relay/Pick``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def pack(
        self,
        request: struct_pb2.ListValue,
        context: Context,
    ) -> wrappers_pb2.DoubleValue:
        """Answer ``acme.wellknown.v1.Relay/Pack``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
