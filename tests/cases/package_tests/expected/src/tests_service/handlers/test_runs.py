"""The logic of tests.v1.TestRuns.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen.servicers import TestRunsServicer
from ..gen.tests.v1 import runs_pb2
from ..runtime.server import Context


class TestRuns(TestRunsServicer):
    """The service tests.v1.TestRuns."""

    async def get_run(
        self,
        request: runs_pb2.Run,
        context: Context,
    ) -> runs_pb2.Run:
        """Answer ``tests.v1.TestRuns/GetRun``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def list_runs(
        self,
        request: runs_pb2.Run,
        context: Context,
    ) -> AsyncIterator[runs_pb2.Run]:
        """Answer ``tests.v1.TestRuns/ListRuns``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time
