"""The logic of acme.profiles.v1.Profiles.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import ProfilesServicer
from ..runtime.server import Context


class Profiles(ProfilesServicer):
    """The service acme.profiles.v1.Profiles."""

    async def update_profile(
        self,
        request: case_pb2.Profile,
        context: Context,
    ) -> case_pb2.Profile:
        """Answer ``acme.profiles.v1.Profiles/UpdateProfile``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
