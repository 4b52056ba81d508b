"""The logic of acme.reserved.v1.AlsoPlanned.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen.servicers import AlsoPlannedServicer


class AlsoPlanned(AlsoPlannedServicer):
    """The service acme.reserved.v1.AlsoPlanned."""
