"""What one run was given, understood."""

from collections.abc import Mapping
from typing import NamedTuple

from .descriptors import Files
from .names import Names
from .options import Options
from .reconcile.lock import Lock
from .sources import Sources
from .tree import Tree


class Job(NamedTuple):
    """Everything that one run was given, understood."""

    options: Options
    files: Files
    names: Names
    tree: Tree
    sources: Sources
    lock: Lock | None
    old: Files | None
    """The files of the last run."""
    moves: Mapping[str, str]
    """Services that went to another package since: old full name -> new one."""
    can_delete: bool
    """Whether files can be deleted: protoc writes, but never deletes."""
    fingerprint: str
    """A digest of what the output depends on, the same through each of the doors."""
