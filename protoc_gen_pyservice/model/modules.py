"""The paths of a proto's message module: the compiler's, and the one below the project's ``gen/``."""

import keyword
import re
from collections.abc import Iterable

from ..manifest import FILES

_GEN = "src/{package}/gen/"

RESERVED = frozenset(
    entry.path.removeprefix(_GEN).partition("/")[0].removesuffix(".py")
    for entry in FILES
    if entry.path.startswith(_GEN)
)
"""The generator's modules in ``gen/``; a proto folder of such a name gets another one."""


def reserved_then(files: Iterable[str], package: str) -> frozenset[str]:
    """Return the names that were reserved when ``files`` were generated: those that no proto folder has."""
    gen = _GEN.format(package=package)
    inside = (path.removeprefix(gen) for path in files if path.startswith(gen))
    return RESERVED - {path.partition("/")[0] for path in inside if "/" in path}


def module_path(proto: str, reserved: frozenset[str] = RESERVED) -> str:
    """Return the path of a proto's message module below ``gen/``, without its suffix.

    It is the compiler's (``-`` becomes ``_``, ``.`` a folder), except for parts that Python cannot
    import: ``a/import/my-file.v1.proto`` -> ``a/import_/my_file/v1_pb2``.
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
    """Return the path of a proto's module below ``--python_out``, without its suffix: ``a/import/my_file/v1_pb2``."""
    stem = proto.removesuffix(".proto").removesuffix(".protodevel")
    return stem.replace("-", "_").replace(".", "/") + "_pb2"
