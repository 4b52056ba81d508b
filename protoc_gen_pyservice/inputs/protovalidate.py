"""The proto `buf/validate/validate.proto`, which protos import and no folder has.

protovalidate publishes it compiled, not as a file: the compiler gets it that way.
"""

import os
import re
from collections.abc import Container, Iterator, Sequence

from ..errors import CompilerError

PROTO = "buf/validate/validate.proto"

_IMPORT = re.compile(rb"""^\s*import\s+(?:public\s+|weak\s+|option\s+)?["']([^"'\n]+)["']""", re.MULTILINE)


def are_missing(folders: Sequence[str], imported: Container[str]) -> bool:
    """Return whether the rules are imported, directly or not, and no folder has them as a file."""
    return PROTO in imported and find(folders, PROTO) is None


def descriptors() -> bytes:
    """Return the definition of the rules, compiled: a FileDescriptorSet. Raises CompilerError without protovalidate."""
    from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

    try:
        from protovalidate._gen.buf.validate.validate_pb import FieldPath
    except ImportError:
        raise CompilerError(
            f"{PROTO} comes with the package protovalidate, which is not installed beside pyservice: "
            "pip install protovalidate."
        ) from None
    rules = FileDescriptorProto.FromString(FieldPath.desc().file.proto.to_binary())
    return FileDescriptorSet(file=[rules]).SerializeToString()


def imported(folders: Sequence[str], names: Sequence[str]) -> set[str]:
    """Return the names and all their imports, as far as files for them exist."""
    seen: set[str] = set()
    queue = list(names)
    while queue:
        name = queue.pop()
        if name not in seen:
            seen.add(name)
            queue.extend(_imports(find(folders, name)))
    return seen


def _imports(path: str | None) -> Iterator[str]:
    if path is not None:
        with open(path, "rb") as file:
            yield from (os.fsdecode(name) for name in _IMPORT.findall(file.read()))


def find(folders: Sequence[str], name: str) -> str | None:
    """Return the file that the compiler uses for a name: the first one; None if there is none."""
    paths = (os.path.join(folder, name) for folder in folders)
    return next((path for path in paths if os.path.isfile(path)), None)
