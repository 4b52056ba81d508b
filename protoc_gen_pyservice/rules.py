"""The proto behind `import "buf/validate/validate.proto"`, which no folder has.

protovalidate publishes its definition compiled, not as a file: it is handed to the compiler that way.
"""

import os
import re
from collections.abc import Container, Iterator, Sequence

from .errors import CompilerError

PROTO = "buf/validate/validate.proto"

_IMPORT = re.compile(rb"""^\s*import\s+(?:public\s+|weak\s+|option\s+)?["']([^"'\n]+)["']""", re.MULTILINE)


def are_missing(folders: Sequence[str], imported: Container[str]) -> bool:
    """Whether the rules are among what is imported, directly or not, and no folder has them as a file."""
    return PROTO in imported and find(folders, PROTO) is None


def descriptors() -> bytes:
    """The definition of the rules, compiled: a FileDescriptorSet. Raises CompilerError without protovalidate."""
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
    """The names, and all that they import as far as there are files for it."""
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
    """The file that the compiler takes for a name: the first one."""
    paths = (os.path.join(folder, name) for folder in folders)
    return next((path for path in paths if os.path.isfile(path)), None)
