"""Tests of acme.an_extraordinarily_long_package_name_as_some_organisations_like_to_have_them.v1.AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheEnterprise. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from an_extraordinarily_long_package_name_as_some_organisations_like_to_have_them.gen import (
    case_pb2,
)
from an_extraordinarily_long_package_name_as_some_organisations_like_to_have_them.gen.clients import (
    AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheEnterpriseClient,
)

from ..samples import sample


async def test_short(channel: grpc.aio.Channel) -> None:
    """Short responds. TODO(you): assert the expected response."""
    client = (
        AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheEnterpriseClient(
            channel
        )
    )
    request = sample(
        case_pb2.AnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWriteRequest
    )
    response = await client.short(request, timeout=5)
    assert response.IsInitialized()
