"""The logic of acme.an_extraordinarily_long_package_name_as_some_organisations_like_to_have_them.v1.AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheEnterprise.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import (
    AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheEnterpriseServicer,
)
from ..runtime.server import Context


class AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheEnterprise(
    AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheEnterpriseServicer
):
    """Differs from the first at the 80th character only: cut to 63 characters, the two are one name."""

    async def short(
        self,
        request: case_pb2.AnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWriteRequest,
        context: Context,
    ) -> (
        case_pb2.AnExtraordinarilyLongMessageNameThatNobodyWouldEverTypeByHandButSomeGeneratorsWriteRequest
    ):
        """Answer
        ``acme.an_extraordinarily_long_package_name_as_some_organisations_like_to_have_them.v1.AnExtraordinarilyLongServiceNameThatDescribesTheWholeOrganisationChartOfTheEnterprise/Short``.
        """
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
