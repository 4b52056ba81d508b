"""Tests of acme.parcels.v1.ParcelService. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from parcels.gen.acme.parcels.v1 import parcels_pb2
from parcels.gen.clients import ParcelServiceClient

from ..samples import sample


async def test_track_parcel(channel: grpc.aio.Channel) -> None:
    """TrackParcel responds. TODO(you): assert the expected response."""
    client = ParcelServiceClient(channel)
    request = sample(parcels_pb2.Parcel)
    async for response in client.track_parcel(request, timeout=5):
        assert response.IsInitialized()
        break
