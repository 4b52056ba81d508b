"""``.pyservice/lock.json``: what the last run did, so that the next one can tell whose a change is.

One flat object, a key a line, closed by a last key: two branches that git merged line by line, even
with its conflict markers left in, still make one lock that can be read.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .. import __version__
from ..errors import OutputError
from ..ownership import Owner
from .places import RECORD
from .tree import Tree

LOCK = f"{RECORD}/lock.json"
PRISTINE = f"{RECORD}/pristine/"
OVERWRITTEN = f"{RECORD}/overwritten/"
FORMAT = 1

NAMES = {"class": "classes", "module": "modules", "alias": "aliases", "method": "methods"}

_MARKERS = ("<<<<<<<", "=======", ">>>>>>>")


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


def kept_path(path: str, content: bytes, tree: Tree) -> str:
    """Where a version of a file is kept that is about to be overwritten, beside those that are kept already."""
    kept = OVERWRITTEN + path
    number = 2
    while tree.read(kept) not in (None, content):
        kept = f"{OVERWRITTEN}{path}.{number}"
        number += 1
    return kept


def digest(content: bytes) -> str:
    """SHA-256, shortened to what tells the files of one project apart."""
    return hashlib.sha256(content).hexdigest()[:32]


def parse_lock(content: bytes) -> Lock:
    """Read a lock as it was written, unchecked.

    Raises OutputError for one of a newer generator, and ValueError, LookupError, TypeError, AttributeError or
    RecursionError for what is no lock.
    """
    return _from_pairs(json.loads(_without_markers(content.decode()), object_pairs_hook=list))


def _without_markers(text: str) -> str:
    """Both sides of every conflict, without the base that some styles put between them."""
    lines: list[str] = []
    in_base = False
    for line in text.splitlines():
        in_base = line.startswith("|||||||") or (in_base and not line.startswith("======="))
        if not in_base and not line.startswith(_MARKERS):
            lines.append(line)
    return "\n".join(lines)


def _from_pairs(pairs: list[tuple[str, Any]]) -> Lock:
    values = dict(pairs)
    if type(values["format"]) is not int or values["format"] < 1:
        raise ValueError(f"format {values['format']!r}")
    if values["format"] > FORMAT:
        version = str(values["generator"])
        raise OutputError(
            f"{LOCK} was written by protoc-gen-pyservice {version if version.isprintable() else '?'}, which is newer than "
            f"this {__version__}: upgrade protoc-gen-pyservice."
        )
    groups: dict[str, dict[str, Any]] = {}
    for key, value in pairs:
        kind, blank, rest = key.partition(" ")
        if blank:
            groups.setdefault(kind, {})[rest] = value
    files = {path: Entry(Owner(text.split()[0]), text.split()[1]) for path, text in groups.get("file", {}).items()}
    protos = groups.get("proto", {})
    return Lock(
        request=values["request"],
        project=values["project"],
        package=values["package"],
        names={names: groups.get(kind, {}) for kind, names in NAMES.items()},
        protos=tuple(sorted(protos, key=lambda name: protos[name])),
        pending=tuple(groups.get("pending", ())),
        conflicts=tuple(groups.get("conflict", ())),
        stale=tuple(groups.get("stale", ())),
        files=files,
        merged=len(values) < len(pairs),
    )
