"""What one run was given, understood."""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

from . import __version__
from .descriptors import Files
from .names import Names
from .options import Options, lasting
from .reconcile.lock import Lock
from .sources import Sources
from .templating import template_digest
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

    @property
    def fingerprint(self) -> str:
        """A digest of what the output depends on, the same through each of the doors."""
        asked = hashlib.sha256(f"{__version__} {template_digest()} {lasting(self.options)}".encode())
        asked.update(self.files.to_bytes())
        return asked.hexdigest()
