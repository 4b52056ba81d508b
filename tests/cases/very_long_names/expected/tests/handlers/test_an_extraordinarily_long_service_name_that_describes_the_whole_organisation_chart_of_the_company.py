"""Tests of acme.an_extraordinarily_long_package_name_as_some_organisations_like_to_have_them.v1.AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheCompany. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

import grpc

from an_extraordinarily_long_package_name_as_some_organisations_like_to_have_them.gen import (
    case_pb2,
)
from an_extraordinarily_long_package_name_as_some_organisations_like_to_have_them.gen.clients import (
    AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheCompanyClient,
)

from ..samples import sample


async def test_an_extraordinarily_long_method_name_that_describes_every_step_of_the_process_in_one_single_word(
    channel: grpc.aio.Channel,
) -> None:
    """AnExtraordinarilyLongMethodNameThatDescribesEveryStepOfTheProcessInOneSingleWord responds. TODO(you): assert the expected response."""
    client = (
        AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheCompanyClient(
            channel
        )
    )
    request = sample(
        case_pb2.AnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWriteRequest
    )
    response = await client.an_extraordinarily_long_method_name_that_describes_every_step_of_the_process_in_one_single_word(
        request, timeout=5
    )
    assert response.IsInitialized()


async def test_an_extraordinarily_long_method_name_that_describes_every_step_of_the_process_in_one_single_word_as_a_stream(
    channel: grpc.aio.Channel,
) -> None:
    """AnExtraordinarilyLongMethodNameThatDescribesEveryStepOfTheProcessInOneSingleWordAsAStream responds. TODO(you): assert the expected response."""
    client = (
        AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheCompanyClient(
            channel
        )
    )

    async def requests() -> (
        AsyncIterator[
            case_pb2.AnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWriteRequest
        ]
    ):
        yield sample(
            case_pb2.AnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWriteRequest
        )

    async for (
        response
    ) in client.an_extraordinarily_long_method_name_that_describes_every_step_of_the_process_in_one_single_word_as_a_stream(
        requests(), timeout=5
    ):
        assert response.IsInitialized()
        break


async def test_short(channel: grpc.aio.Channel) -> None:
    """Short responds. TODO(you): assert the expected response."""
    client = (
        AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheCompanyClient(
            channel
        )
    )
    request = sample(
        case_pb2.AnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWriteResponse.InnerAnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWrite
    )
    response = await client.short(request, timeout=5)
    assert response.IsInitialized()
