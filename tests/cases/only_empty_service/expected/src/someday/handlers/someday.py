"""The logic of acme.someday.v1.Someday.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen.servicers import SomedayServicer


class Someday(SomedayServicer):
    """The service acme.someday.v1.Someday."""
