"""Tests of acme.notes.v1.Notes. This file is yours; a test of an unwritten RPC skips itself."""

from __future__ import annotations

import grpc

from notes.gen.acme.notes.v1 import notes_pb2
from notes.gen.clients import NotesClient

from ..samples import sample


async def test_add_note(channel: grpc.aio.Channel) -> None:
    """AddNote responds. TODO(you): assert the expected response."""
    client = NotesClient(channel)
    request = sample(notes_pb2.Note)
    response = await client.add_note(request, timeout=5)
    assert response.IsInitialized()
