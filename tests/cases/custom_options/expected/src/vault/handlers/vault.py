"""The logic of acme.vault.v1.Vault.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import VaultServicer
from ..runtime.server import Context


class Vault(VaultServicer):
    """The service acme.vault.v1.Vault."""

    async def read(
        self,
        request: case_pb2.Secret,
        context: Context,
    ) -> case_pb2.Secret:
        """Answer ``acme.vault.v1.Vault/Read``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def write(
        self,
        request: case_pb2.Secret,
        context: Context,
    ) -> case_pb2.Secret:
        """Answer ``acme.vault.v1.Vault/Write``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
