"""``.pyservice/lock.json``: the record of the last run, by which the next one tells your edits from its own text.

One flat object, one key on each line, closed by a last key: two branches that git merged line by line, even
with its conflict markers left in, still make one lock that can be read.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .. import __version__
from ..errors import OutputError
from ..ownership import Owner
from .objects import digest
from .places import RECORD
from .tree import Tree

LOCK = f"{RECORD}/lock.json"
OVERWRITTEN = f"{RECORD}/overwritten/"
FORMAT = 2

NAMES = {"class": "classes", "module": "modules", "alias": "aliases", "method": "methods"}

_MARKERS = ("<<<<<<<", "=======", ">>>>>>>")
_OWNERS = {**{owner.value: owner for owner in Owner}, "machine": Owner.GENERATED}
"""Owners by their words in the lock, with the one that format 1 had for a generated file."""


class Entry(NamedTuple):
    """One generated file: owner and digest of its last generated text.

    After a merge of two branches that each generated it, the digests of both texts.
    """

    owner: Owner
    digests: tuple[str, ...]

    def names(self, content: bytes) -> bool:
        """Return whether a content was last generated; a digest of format 1 is the first half of one of today."""
        current = digest(content)
        return any(current.startswith(known) for known in self.digests)


class Lock(NamedTuple):
    """The record of one run."""

    request: str = ""
    """The digest of the run's input."""
    project: str | None = None
    package: str | None = None
    names: Mapping[str, Mapping[str, str]] = {}
    protos: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    """Paths of RPCs whose stub could not be written yet."""
    conflicts: tuple[str, ...] = ()
    """Files that were left with conflict markers."""
    stale: tuple[str, ...] = ()
    """Files to delete, which the last run could not."""
    files: Mapping[str, Entry] = {}
    """The generated files."""
    descriptors: Mapping[str, tuple[str, ...]] = {}
    """The digests of each proto's descriptor; after a merge of two branches those of both."""
    format: int = FORMAT
    generator: str = __version__
    """The version that wrote it; of two branches in one, the older."""

    def to_bytes(self) -> bytes:
        """Return the file's content; the same lock always gives the same bytes."""
        lines = (f"{json.dumps(key)}: {json.dumps(value)}" for key, value in self._items())
        return ("{\n" + ",\n".join(lines) + "\n}\n").encode()

    def _items(self) -> Iterator[tuple[str, object]]:
        yield "format", self.format
        yield "generator", self.generator
        # With conflict markers left in files, the next run has to look at them again.
        yield "request", "" if self.conflicts else self.request
        yield "project", self.project
        yield "package", self.package
        for kind, names in NAMES.items():
            yield from ((f"{kind} {key}", name) for key, name in sorted(self.names.get(names, {}).items()))
        yield from ((f"proto {name}", number) for number, name in enumerate(self.protos))
        yield from ((f"descriptor {name}", " ".join(digests)) for name, digests in sorted(self.descriptors.items()))
        yield from ((f"pending {path}", True) for path in sorted(self.pending))
        yield from ((f"conflict {path}", True) for path in sorted(self.conflicts))
        yield from ((f"stale {path}", True) for path in sorted(self.stale))
        yield from ((f"file {path}", " ".join((e.owner.value, *e.digests))) for path, e in sorted(self.files.items()))
        yield "end", True


def kept_path(path: str, content: bytes, tree: Tree) -> str:
    """Return a path to keep the version of a file that is about to be overwritten, beside those already kept."""
    kept = OVERWRITTEN + path
    number = 2
    while tree.read(kept) not in (None, content):
        kept = f"{OVERWRITTEN}{path}.{number}"
        number += 1
    return kept


def parse_lock(content: bytes) -> Lock:
    """Read a lock as it was written, unchecked.

    Raises OutputError for one of a newer generator, and ValueError, LookupError, TypeError, AttributeError or
    RecursionError for a file that is not a lock.
    """
    return _from_pairs(json.loads(_without_markers(content.decode()), object_pairs_hook=list))


def _numbers(version: str) -> tuple[int, ...]:
    """Return the leading numbers of a version."""
    match = re.match(r"\d+(\.\d+)*", version)
    return tuple(int(number) for number in match[0].split(".")) if match else ()


def _without_markers(text: str) -> str:
    """Return both sides of every conflict, without the base that some styles put between them."""
    lines: list[str] = []
    in_base = False
    for line in text.splitlines():
        in_base = line.startswith("|||||||") or (in_base and not line.startswith("======="))
        if not in_base and not line.startswith(_MARKERS):
            lines.append(line)
    return "\n".join(lines)


def _from_pairs(pairs: list[tuple[str, Any]]) -> Lock:
    values = dict(pairs)
    newest = _format([value for key, value in pairs if key == "format"], values)
    groups: dict[str, dict[str, Any]] = {}
    united: dict[str, dict[str, list[str]]] = {"file": {}, "descriptor": {}}
    for key, value in pairs:
        kind, blank, rest = key.partition(" ")
        if blank:
            groups.setdefault(kind, {})[rest] = value
            if kind in united:
                united[kind].setdefault(rest, []).extend(value.split())
    protos = groups.get("proto", {})
    return Lock(
        # A lock that git merged from two branches is not the result of one run.
        request=values["request"] if len(values) == len(pairs) else "",
        project=values["project"],
        package=values["package"],
        names={names: groups.get(kind, {}) for kind, names in NAMES.items()},
        protos=tuple(sorted(protos, key=lambda name: protos[name])),
        pending=tuple(groups.get("pending", ())),
        conflicts=tuple(groups.get("conflict", ())),
        stale=tuple(groups.get("stale", ())),
        files={path: _entry(words) for path, words in united["file"].items()},
        descriptors={name: _digests(digests) for name, digests in united["descriptor"].items()},
        format=newest,
        generator=min((str(value) for key, value in pairs if key == "generator"), key=_numbers, default=__version__),
    )


def _entry(words: Sequence[str]) -> Entry:
    """Return the entry of a file from the words of all its lines: owners and digests."""
    last = [word for word in words if word in _OWNERS][-1]
    return Entry(_OWNERS[last], _digests(word for word in words if word not in _OWNERS))


def _digests(words: Iterable[str]) -> tuple[str, ...]:
    digests = tuple(sorted(set(words)))
    if not digests:
        raise ValueError("a line without a digest")
    return digests


def _format(formats: Sequence[Any], values: Mapping[str, Any]) -> int:
    """Return the newest format of two branches. Raises OutputError for one of a newer generator."""
    if not formats:
        raise LookupError("format")
    for number in formats:
        if type(number) is not int or number < 1:
            raise ValueError(f"format {number!r}")
    newest: int = max(formats)
    if newest > FORMAT:
        version = str(values["generator"])
        raise OutputError(
            f"{LOCK} was written by protoc-gen-pyservice {version if version.isprintable() else '?'}, which is newer than "
            f"this {__version__}: upgrade protoc-gen-pyservice."
        )
    return newest
