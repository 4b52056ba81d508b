"""The logic of acme.platform.v1.Settings.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import SettingsServicer
from ..runtime.server import Context


class Settings(SettingsServicer):
    """The service acme.platform.v1.Settings."""

    async def load(
        self,
        request: case_pb2.Item,
        context: Context,
    ) -> case_pb2.Item:
        """Answer ``acme.platform.v1.Settings/Load``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
