"""The resolved input of one run."""

from collections.abc import Mapping
from typing import NamedTuple

from ..inputs.descriptors import Files
from ..inputs.lock import Lock
from ..inputs.objects import Objects
from ..inputs.options import Options
from ..inputs.sources import Sources
from ..inputs.tree import Tree
from .names import Names


class Generation(NamedTuple):
    """The resolved input of one run."""

    options: Options
    files: Files
    names: Names
    tree: Tree
    sources: Sources
    lock: Lock | None
    objects: Objects
    """The texts of the last run, by digest."""
    old: Files | None
    """The files of the last run."""
    moves: Mapping[str, str]
    """Services that moved to another package since: old full name -> new one."""
    can_delete: bool
    """Whether files can be deleted: protoc writes, but never deletes."""
    fingerprint: str
    """A digest of everything that the output depends on, the same at each entry point."""
