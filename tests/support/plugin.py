"""The plugin in this process: what it says to protoc, and what it hands back for it to write."""

import gc
import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from google.protobuf import message_factory
from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto
from google.protobuf.message import Message

from protoc_gen_pyservice import __main__ as plugin
from protoc_gen_pyservice.inputs.compiler import compile_protos
from tests.support.command import Finished


def answer(folder: Path, protos: Sequence[str], options: str = "") -> tuple[Finished, dict[str, bytes]]:
    """Ask for what protos below ``proto/`` make of a project; the files are in the order in which protoc writes them.

    What ends with a traceback in a process of its own is raised. Raises GenerationError for protos that do not compile.
    """
    parameter = ",".join(filter(None, (f"out={folder}", options)))
    request = compile_protos(str(folder), ["proto"], list(protos), parameter).SerializeToString()
    out, said = io.BytesIO(), io.StringIO()
    given = mock.Mock(buffer=io.BytesIO(request), isatty=lambda: False)
    try:
        with (
            mock.patch.object(sys, "argv", ["protoc-gen-pyservice"]),
            mock.patch.object(sys, "stdin", given),
            mock.patch.object(sys, "stdout", mock.Mock(buffer=out)),
            mock.patch.object(sys, "stderr", said),
        ):
            plugin.main()
    finally:
        gc.enable()
    response = _RESPONSE.FromString(out.getvalue())
    problem = f"--pyservice_out: {response.error}\n" if response.error else ""
    files = {file.name: file.content for file in response.file}
    return Finished(int(bool(problem)), "", said.getvalue() + problem), dict(sorted(files.items(), key=_as_bytes))


def _as_bytes(file: tuple[str, bytes]) -> bytes:
    return file[0].encode()


def _response() -> type[Message]:
    """CodeGeneratorResponse, but contents may be no text, as for protoc."""
    answer = FileDescriptorProto(name="answer.proto")
    file = answer.message_type.add(name="File")
    file.field.add(name="name", number=1, type=FieldDescriptorProto.TYPE_STRING, label=_ONE)
    file.field.add(name="content", number=15, type=FieldDescriptorProto.TYPE_BYTES, label=_ONE)
    whole = answer.message_type.add(name="Answer")
    whole.field.add(name="error", number=1, type=FieldDescriptorProto.TYPE_STRING, label=_ONE)
    kind = FieldDescriptorProto.TYPE_MESSAGE
    whole.field.add(name="file", number=15, type=kind, label=FieldDescriptorProto.LABEL_REPEATED, type_name="File")
    return message_factory.GetMessages([answer])["Answer"]


_ONE = FieldDescriptorProto.LABEL_OPTIONAL
_RESPONSE: Any = _response()
