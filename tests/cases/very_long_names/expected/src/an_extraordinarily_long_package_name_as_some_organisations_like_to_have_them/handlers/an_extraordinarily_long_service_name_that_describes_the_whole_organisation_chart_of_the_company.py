"""The logic of acme.an_extraordinarily_long_package_name_as_some_organisations_like_to_have_them.v1.AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheCompany.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import (
    AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheCompanyServicer,
)
from ..runtime.server import Context


class AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheCompany(
    AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheCompanyServicer
):
    """The service
    acme.an_extraordinarily_long_package_name_as_some_organisations_like_to_have_them.v1.AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheCompany.
    """

    async def an_extraordinarily_long_method_name_that_describes_every_step_of_the_process_in_one_single_word(
        self,
        request: case_pb2.AnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWriteRequest,
        context: Context,
    ) -> (
        case_pb2.AnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWriteResponse
    ):
        """Answer
        ``acme.an_extraordinarily_long_package_name_as_some_organisations_like_to_have_them.v1.AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheCompany/AnExtraordinarilyLongMethodNameThatDescribesEveryStepOfTheProcessInOneSingleWord``.
        """
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def an_extraordinarily_long_method_name_that_describes_every_step_of_the_process_in_one_single_word_as_a_stream(
        self,
        requests: AsyncIterator[
            case_pb2.AnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWriteRequest
        ],
        context: Context,
    ) -> AsyncIterator[
        case_pb2.AnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWriteResponse
    ]:
        """Answer
        ``acme.an_extraordinarily_long_package_name_as_some_organisations_like_to_have_them.v1.AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheCompany/AnExtraordinarilyLongMethodNameThatDescribesEveryStepOfTheProcessInOneSingleWordAsAStream``.
        """
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def short(
        self,
        request: case_pb2.AnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWriteResponse.InnerAnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWrite,
        context: Context,
    ) -> (
        case_pb2.AnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWriteResponse.InnerAnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWrite
    ):
        """Answer
        ``acme.an_extraordinarily_long_package_name_as_some_organisations_like_to_have_them.v1.AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheCompany/Short``.
        """
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
