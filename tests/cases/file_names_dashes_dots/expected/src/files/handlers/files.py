"""The logic of acme.files.v1.Files.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen.my_file import v1_pb2 as v1_v1_pb2
from ..gen.servicers import FilesServicer
from ..gen.sub_dir.d.other_file import v1_pb2
from ..runtime.server import Context


class Files(FilesServicer):
    """The service acme.files.v1.Files."""

    async def put(
        self,
        requests: AsyncIterator[v1_pb2.Part],
        context: Context,
    ) -> v1_v1_pb2.Upload:
        """Answer ``acme.files.v1.Files/Put``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
