"""``.pyservice/lock.json``: what the last run did, so that the next one can tell whose a change is."""

import hashlib
import json
from collections.abc import Mapping
from typing import NamedTuple

from .. import __version__
from ..errors import OutputError
from ..owner import Owner
from ..tree import Tree

LOCK = ".pyservice/lock.json"
DESCRIPTORS = ".pyservice/descriptors.binpb"
PRISTINE = ".pyservice/pristine/"
OVERWRITTEN = ".pyservice/overwritten/"
FORMAT = 1


class Entry(NamedTuple):
    """One generated file: its owner and the digest of the text it was last given."""

    owner: Owner
    digest: str


class Lock(NamedTuple):
    """The record of one run."""

    request: str = ""
    """What the run was asked, as a digest; empty when something was left to do."""
    project: str | None = None
    package: str | None = None
    names: Mapping[str, Mapping[str, str]] = {}
    protos: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    """Paths of RPCs whose stub could not be written yet."""
    files: Mapping[str, Entry] = {}

    def to_bytes(self) -> bytes:
        """The file's content; the same lock always gives the same bytes."""
        document = {
            "format": FORMAT,
            "generator": __version__,
            "request": self.request,
            "project": self.project,
            "package": self.package,
            "names": self.names,
            "protos": self.protos,
            "pending": self.pending,
            "files": {path: [entry.owner.value, entry.digest] for path, entry in self.files.items()},
        }
        return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


def digest(content: bytes) -> str:
    """SHA-256, shortened to what tells the files of one project apart."""
    return hashlib.sha256(content).hexdigest()[:32]


def read_lock(tree: Tree) -> Lock | None:
    """The record of the last run; None in a folder that was never generated into.

    Raises OutputError for a file that is not a lock, or one of a newer generator.
    """
    content = tree.read(LOCK)
    if content is None:
        return None
    try:
        document = json.loads(content)
        if document["format"] > FORMAT:
            raise OutputError(
                f"{LOCK} was written by protoc-gen-pyservice {document['generator']}, which is newer than "
                f"this {__version__}: upgrade protoc-gen-pyservice."
            )
        return Lock(
            request=document["request"],
            project=document["project"],
            package=document["package"],
            names=document["names"],
            protos=tuple(document["protos"]),
            pending=tuple(document["pending"]),
            files={path: Entry(Owner(owner), digest) for path, (owner, digest) in document["files"].items()},
        )
    except (ValueError, KeyError, TypeError) as error:
        raise OutputError(
            f"{LOCK} cannot be read ({type(error).__name__}: {error}): bring it back from version control; "
            "it is resolved after a merge by taking either side and running `pyservice generate`."
        ) from None
