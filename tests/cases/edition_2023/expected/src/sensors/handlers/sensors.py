"""The logic of acme.sensors.v1.Sensors.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import SensorsServicer
from ..runtime.server import Context


class Sensors(SensorsServicer):
    """The service acme.sensors.v1.Sensors."""

    async def record(
        self,
        requests: AsyncIterator[case_pb2.Reading],
        context: Context,
    ) -> case_pb2.Range:
        """Answer ``acme.sensors.v1.Sensors/Record``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
