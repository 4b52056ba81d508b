"""Protos that use pyservice's options by the names they had before the options had a version.

`pyservice generate` rewrites the protos of its project, see `rewriting`; any other use of the old names is refused.
"""

import os
from collections.abc import Collection, Iterable, Sequence

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from ..errors import ProtoError
from .options_proto import OLD_PROTO, OPTIONS_PROTO

_PACKAGE = "pyservice"
_EXTENSIONS = frozenset({("service", ".google.protobuf.ServiceOptions"), ("method", ".google.protobuf.MethodOptions")})


def check_imports(folders: Sequence[str], imported: Collection[str], names: Collection[str]) -> None:
    """Raise ProtoError for files outside the project that use pyservice's options by their old names.

    ``imported`` are the ``names`` to compile and all their imports, looked up in ``folders``.
    """
    if OLD_PROTO in names:
        raise ProtoError(
            f"{OLD_PROTO} is to be compiled and was edited, but it is {OPTIONS_PROTO} now: delete your copy, "
            "or remove it from generate.protos."
        )
    if OLD_PROTO not in imported:
        return
    from .option_names import imports_old
    from .proto_tokens import tokens
    from .protovalidate import find

    for path in filter(None, (find(folders, name) for name in sorted(imported))):
        with open(path, "rb") as file:
            content = file.read()
        if imports_old(tokens(content)):
            raise ProtoError(
                f"{os.path.normpath(path)} imports {OLD_PROTO}, which is {OPTIONS_PROTO} now, and is not one of this project's protos, which "
                f"alone are rewritten: import {OPTIONS_PROTO} there and write (pyservice.v1.method) for (pyservice.method)."
            )


def check_options(files: Iterable[FileDescriptorProto]) -> None:
    """Raise ProtoError for files that use pyservice's options by their old names."""
    files = tuple(files)
    old = {file.name for file in files if file.name == OLD_PROTO or _defines_old(file)}
    if old:
        raise ProtoError(_refusal(files, old))


def _defines_old(file: FileDescriptorProto) -> bool:
    """Return whether a file defines pyservice's options by their old names, under any file name."""
    return file.package == _PACKAGE and any((field.name, field.extendee) in _EXTENSIONS for field in file.extension)


def _refusal(files: Iterable[FileDescriptorProto], old: set[str]) -> str:
    users = ((file.name, name) for file in files for name in file.dependency if name in old)
    user, name = next(users, ("", min(old)))
    cause = f"{user} imports {name}" if user else f"{name} is compiled"
    generated = (
        "run `pyservice generate`, which rewrites a project's own protos; in others, " if name == OLD_PROTO else ""
    )
    return (
        f"{cause}, which is {OPTIONS_PROTO} now: {generated}"
        f"import {OPTIONS_PROTO} and write (pyservice.v1.method) for (pyservice.method)."
    )
