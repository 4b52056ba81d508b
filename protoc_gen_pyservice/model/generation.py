"""What one run was given, understood."""

from collections.abc import Mapping
from typing import NamedTuple

from ..inputs.descriptors import Files
from ..inputs.lock import Lock
from ..inputs.options import Options
from ..inputs.sources import Sources
from ..inputs.tree import Tree
from .names import Names


class Generation(NamedTuple):
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
