"""The logic of acme.parcels.v1.ParcelService.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen.acme.parcels.v1 import parcels_pb2
from ..gen.servicers import ParcelServiceServicer
from ..runtime.server import Context


class ParcelService(ParcelServiceServicer):
    """The service acme.parcels.v1.ParcelService."""

    async def track_parcel(
        self,
        request: parcels_pb2.Parcel,
        context: Context,
    ) -> AsyncIterator[parcels_pb2.Parcel]:
        """Answer ``acme.parcels.v1.ParcelService/TrackParcel``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
