"""The proto files of a run: inside the project, or outside and to be copied into it.

A project has to contain its protos: `pyservice generate`, buf and every clone need them.
"""

import os
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from .distributions import GOOGLEAPIS, shipped_by
from .places import is_inside
from .protovalidate import PROTO as RULES
from .tree import Tree

COPIES = "proto"
"""The root, below the project, that protos from elsewhere are copied to."""


class Sources(NamedTuple):
    """The proto roots inside the project, relative to it, and the texts of protos outside it."""

    roots: tuple[str, ...] = ()
    outside: Mapping[str, bytes] = {}


def find_sources(root: str, include: Sequence[str], protos: Iterable[str]) -> Sources:
    """Look up each proto below the ``include`` folders as the compiler does: the first one wins.

    ``root`` and ``include`` are absolute paths. Returns the protos except those that a distribution
    ships and those that are not found (they came out of a descriptor set).
    """
    roots: list[str] = []
    outside: dict[str, bytes] = {}
    for proto in protos:
        if shipped_by(proto) is not None:
            continue
        folder = next((i for i in include if os.path.isfile(os.path.join(i, proto))), None)
        if folder is None:
            continue
        place = inside(root, folder)
        if place is None:
            with open(os.path.join(folder, proto), "rb") as file:
                outside[proto] = file.read()
        if (place or COPIES) not in roots:
            roots.append(place or COPIES)
    return Sources(tuple(roots), outside)


def buf_modules(protos: Iterable[str], roots: Sequence[str], sources: Sources, tree: Tree) -> tuple[str, ...]:
    """Return the modules that buf has to fetch for imports that are not files of the project."""
    existing = {proto for proto in (RULES,) if proto in sources.outside or _has(tree, roots, proto)}
    modules = {_MODULES[home] for proto in protos if proto not in existing and (home := _home(proto)) in _MODULES}
    return tuple(sorted(modules))


_MODULES = {GOOGLEAPIS.name: "buf.build/googleapis/googleapis", RULES: "buf.build/bufbuild/protovalidate"}


def _home(proto: str) -> str:
    """Return the distribution that ships a proto, or the proto itself."""
    distribution = shipped_by(proto)
    return distribution.name if distribution else proto


def _has(tree: Tree, roots: Sequence[str], proto: str) -> bool:
    paths = (posixpath.normpath(f"{root}/{proto}") for root in roots)
    return any(is_inside(path) and tree.read(path) is not None for path in paths)


def inside(root: str, folder: str) -> str | None:
    """Return the folder relative to the root, with forward slashes; None if it is outside."""
    relative = os.path.relpath(os.path.realpath(folder), os.path.realpath(root))
    if relative == os.pardir or relative.startswith(os.pardir + os.sep):
        return None
    return relative.replace(os.sep, "/")
