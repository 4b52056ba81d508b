"""Where the message module of a proto lies: as the compiler has it, and below the project's ``gen/``."""

import keyword
import re
from collections.abc import Iterable

from .plan import HOUSE

_GEN = "src/{package}/gen/"

RESERVED = frozenset(
    entry.path.removeprefix(_GEN).partition("/")[0].removesuffix(".py")
    for entry in HOUSE
    if entry.path.startswith(_GEN)
)
"""Modules of ours in ``gen/``; a proto folder of that name is moved aside."""


def reserved_then(files: Iterable[str], package: str) -> frozenset[str]:
    """What was reserved when ``files`` of a project were generated: what no proto folder is called among them."""
    gen = _GEN.format(package=package)
    inside = (path.removeprefix(gen) for path in files if path.startswith(gen))
    return RESERVED - {path.partition("/")[0] for path in inside if "/" in path}


def module_path(proto: str, reserved: frozenset[str] = RESERVED) -> str:
    """Where a proto's message module lives below ``gen/``, without its ending.

    As the protobuf compiler has it (``-`` becomes ``_``, ``.`` a folder), but for parts that Python
    could not import: ``a/import/my-file.v1.proto`` -> ``a/import_/my_file/v1_pb2``.
    """
    parts = [_importable(part) for part in compiler_path(proto).split("/")]
    if len(parts) > 1 and parts[0] in reserved:
        parts[0] += "_"
    return "/".join(parts)


def _importable(part: str) -> str:
    if keyword.iskeyword(part):
        return f"{part}_"
    return part if part.isidentifier() else "_" + re.sub(r"\W", "_", part)


def compiler_path(proto: str) -> str:
    """Where ``--python_out`` puts a proto's module, without its ending: ``a/import/my_file/v1_pb2``."""
    stem = proto.removesuffix(".proto").removesuffix(".protodevel")
    return stem.replace("-", "_").replace(".", "/") + "_pb2"
