"""``.pyservice/objects/``: the last generated texts, each in a file named by its SHA-256.

A name that is the digest of the content proves the content, and two branches add objects where they would have
changed the same file. An object is base64 on one line, so that formatters, linters and grep ignore it.
"""

import base64
import binascii
import hashlib
import itertools
import re
from collections.abc import Mapping

from .places import RECORD
from .tree import Tree

OBJECTS = f"{RECORD}/objects"
"""The folder of all objects."""

MAX_OBJECT_BYTES = 64 << 20
"""Size limit of the file of an object; a larger one counts as damaged."""

_NAME = re.compile(r"[0-9a-f]{64}")


class Objects:
    """The objects of one project, and ``added``: contents by digest that are not on disk yet."""

    def __init__(self, tree: Tree, added: Mapping[str, bytes] | None = None) -> None:
        self.tree = tree
        self.added = dict(added or {})

    def read(self, name: str) -> bytes | None:
        """Return the content of an object; None for one that is missing or damaged."""
        if name in self.added or not is_object_name(name):
            return self.added.get(name)
        file = self.tree.read(object_path(name), MAX_OBJECT_BYTES)
        return None if file is None else decode(name, file)

    def exists(self, name: str) -> bool:
        """Return whether an object has a file, damaged or not."""
        return name in self.added or (is_object_name(name) and object_path(name) in self.paths())

    def paths(self) -> list[str]:
        """Return the files of all objects on disk."""
        return [path for path in self.tree.files(OBJECTS) if is_object_path(path)]


def digest(content: bytes) -> str:
    """Return the SHA-256 of a content, which is the name of its object."""
    return hashlib.sha256(content).hexdigest()


def is_object_name(name: str) -> bool:
    """Return whether a text is the name of an object, and so is safe in a path."""
    return _NAME.fullmatch(name) is not None


def object_path(name: str) -> str:
    """Return the file of an object."""
    return f"{OBJECTS}/{name}"


def is_object_path(path: str) -> bool:
    """Return whether a path is that of an object."""
    folder, _, name = path.rpartition("/")
    return folder == OBJECTS and is_object_name(name)


def encode(content: bytes) -> bytes:
    """Return the file of a content; the same content always gives the same bytes.

    git takes two files for a rename if half of their 64-byte chunks are alike, and then two branches that each
    replace an object conflict. So blanks split the text at places given by the digest: no two objects have
    chunks in common.
    """
    text = base64.b64encode(content)
    widths = itertools.cycle(16 + byte % 32 for byte in hashlib.sha256(content).digest())
    groups: list[bytes] = []
    start = 0
    while start < len(text):
        end = start + next(widths)
        groups.append(text[start:end])
        start = end
    return b" ".join(groups) + b"\n"


def decode(name: str, file: bytes) -> bytes | None:
    """Return the content of an object's file; None if it does not match its name."""
    try:
        content = base64.b64decode(b"".join(file.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if digest(content) == name else None
