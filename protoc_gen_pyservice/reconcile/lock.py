"""``.pyservice/lock.json``: what the last run did, so that the next one can tell whose a change is.

One flat object, a key a line, closed by a last key: two branches that git merged line by line, even
with its conflict markers left in, still make one lock that can be read.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from .. import __version__
from ..owner import Owner
from ..places import RECORD

LOCK = f"{RECORD}/lock.json"
PRISTINE = f"{RECORD}/pristine/"
OVERWRITTEN = f"{RECORD}/overwritten/"
FORMAT = 1

NAMES = {"class": "classes", "module": "modules", "alias": "aliases", "method": "methods"}


class Entry(NamedTuple):
    """One generated file: its owner and the digest of the text it was last given."""

    owner: Owner
    digest: str


class Lock(NamedTuple):
    """The record of one run."""

    request: str = ""
    """What the run was asked, as a digest."""
    project: str | None = None
    package: str | None = None
    names: Mapping[str, Mapping[str, str]] = {}
    protos: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    """Paths of RPCs whose stub could not be written yet."""
    conflicts: tuple[str, ...] = ()
    """Files that were left with conflict markers."""
    stale: tuple[str, ...] = ()
    """Files that should be deleted, which the last run could not do."""
    files: Mapping[str, Entry] = {}
    """What was generated; a file that is merged has the digest of its pristine copy."""
    descriptors: str = ""
    """The digest of the files that the run was given."""
    merged: bool = False
    """Whether git put it together of two branches; then so are the files of the machine's."""

    def to_bytes(self) -> bytes:
        """The file's content; the same lock always gives the same bytes."""
        lines = (f"{json.dumps(key)}: {json.dumps(value)}" for key, value in self._items())
        return ("{\n" + ",\n".join(lines) + "\n}\n").encode()

    def _items(self) -> Iterator[tuple[str, object]]:
        yield "format", FORMAT
        yield "generator", __version__
        # With markers left in files nothing is settled: a run that finds them resolved has to look again.
        yield "request", "" if self.conflicts else self.request
        yield "descriptors", self.descriptors
        yield "project", self.project
        yield "package", self.package
        for kind, names in NAMES.items():
            yield from ((f"{kind} {key}", name) for key, name in sorted(self.names.get(names, {}).items()))
        yield from ((f"proto {name}", number) for number, name in enumerate(self.protos))
        yield from ((f"pending {path}", True) for path in sorted(self.pending))
        yield from ((f"conflict {path}", True) for path in sorted(self.conflicts))
        yield from ((f"stale {path}", True) for path in sorted(self.stale))
        yield from ((f"file {path}", f"{e.owner.value} {e.digest}") for path, e in sorted(self.files.items()))
        yield "end", True


def digest(content: bytes) -> str:
    """SHA-256, shortened to what tells the files of one project apart."""
    return hashlib.sha256(content).hexdigest()[:32]
