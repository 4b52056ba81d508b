"""The logic of acme.notes.v1.Notes.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from ..gen.acme.notes.v1 import notes_pb2
from ..gen.servicers import NotesServicer
from ..gen.shared import person_pb2
from ..runtime.server import Context


class Notes(NotesServicer):
    """The service acme.notes.v1.Notes."""

    async def add_note(
        self,
        request: notes_pb2.Note,
        context: Context,
    ) -> person_pb2.Person:
        """Answer ``acme.notes.v1.Notes/AddNote``."""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
