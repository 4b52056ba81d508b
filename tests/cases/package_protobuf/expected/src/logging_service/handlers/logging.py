"""The logic of logging.v1.Logging.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen.protobuf.v1 import logging_pb2
from ..gen.servicers import LoggingServicer
from ..runtime.server import Context


class Logging(LoggingServicer):
    """The service logging.v1.Logging."""

    async def get_record(
        self,
        request: logging_pb2.Record,
        context: Context,
    ) -> logging_pb2.Record:
        """Answer ``logging.v1.Logging/GetRecord``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def list_records(
        self,
        request: logging_pb2.Record,
        context: Context,
    ) -> AsyncIterator[logging_pb2.Record]:
        """Answer ``logging.v1.Logging/ListRecords``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
