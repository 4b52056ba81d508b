"""The logic of acme.import.class.Lessons.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen import case_pb2
from ..gen.servicers import LessonsServicer
from ..runtime.server import Context


class Lessons(LessonsServicer):
    """The service acme.import.class.Lessons."""

    async def attend(
        self,
        request: case_pb2.Lesson,
        context: Context,
    ) -> case_pb2.Lesson:
        """Answer ``acme.import.class.Lessons/Attend``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
