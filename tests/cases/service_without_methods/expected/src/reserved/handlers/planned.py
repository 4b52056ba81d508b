"""The logic of acme.reserved.v1.Planned.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen.servicers import PlannedServicer


class Planned(PlannedServicer):
    """The service acme.reserved.v1.Planned."""
