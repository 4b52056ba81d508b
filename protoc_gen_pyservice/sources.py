"""Where the proto files of a run are: inside the project, or outside and to be copied into it.

A project has to hold its contract: `pyservice generate`, buf and whoever clones it need the files.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from .distributions import shipped_by

COPIES = "proto"
"""The root, below the project, that protos from elsewhere are copied to."""


class Sources(NamedTuple):
    """The proto roots inside the project, relative to it, and the texts of protos outside it."""

    roots: tuple[str, ...] = ()
    outside: Mapping[str, bytes] = {}


def find_sources(root: str, include: Sequence[str], protos: Iterable[str]) -> Sources:
    """Look up each proto below the ``include`` folders as the compiler does: the first one wins.

    ``root`` and ``include`` are absolute paths. Protos that a distribution ships, and ones that are
    not found (they came out of a descriptor set), are left out.
    """
    roots: list[str] = []
    outside: dict[str, bytes] = {}
    for proto in protos:
        if shipped_by(proto) is not None:
            continue
        folder = next((i for i in include if os.path.isfile(os.path.join(i, proto))), None)
        if folder is None:
            continue
        inside = _inside(root, folder)
        if inside is None:
            with open(os.path.join(folder, proto), "rb") as file:
                outside[proto] = file.read()
        if (inside or COPIES) not in roots:
            roots.append(inside or COPIES)
    return Sources(tuple(roots), outside)


def _inside(root: str, folder: str) -> str | None:
    """The folder relative to the root, with forward slashes; None when it is outside."""
    relative = os.path.relpath(os.path.realpath(folder), os.path.realpath(root))
    if relative == os.pardir or relative.startswith(os.pardir + os.sep):
        return None
    return relative.replace(os.sep, "/")
