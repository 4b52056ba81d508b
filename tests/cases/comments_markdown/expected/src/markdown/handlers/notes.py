"""The logic of acme.markdown.v1.Notes.

This file is yours: `make generate` adds new RPCs to it and changes nothing else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..gen import case_pb2
from ..gen.servicers import NotesServicer
from ..runtime.server import Context


class Notes(NotesServicer):
    """```python
    an open fence
    """

    async def emphasis(
        self,
        request: case_pb2.Note,
        context: Context,
    ) -> case_pb2.Note:
        """*stars* _under_ **bold** ~~gone~~ snake_case_words __dunder__ 2 * 3 * 4"""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def html(
        self,
        request: case_pb2.Note,
        context: Context,
    ) -> case_pb2.Note:
        """<!-- an open HTML comment"""
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def lists(
        self,
        request: case_pb2.Note,
        context: Context,
    ) -> AsyncIterator[case_pb2.Note]:
        """---
        1. one
           - two

                deep code
        > quote
        """
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
        yield  # hands out the responses, one at a time

    async def underlined(
        self,
        request: case_pb2.Note,
        context: Context,
    ) -> case_pb2.Note:
        """A heading underlined
        ====================
        """
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED

    async def sections(
        self,
        request: case_pb2.Note,
        context: Context,
    ) -> case_pb2.Note:
        """Args:
            request: reads like a Google-style docstring.
        :param x: and like a Sphinx one
        """
        raise NotImplementedError  # TODO(you): write it; callers get UNIMPLEMENTED
