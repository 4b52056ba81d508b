"""Rewrite the project's own protos that use pyservice's options by their old names.

The run sees the project with the rewritten protos, and they are part of its result: either all of it is
written, or nothing.
"""

import os
import posixpath
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..errors import OutputError, ProtoError
from ..inputs.compiler import below
from ..inputs.layers import UNCHANGED, Changes
from ..inputs.lock import LOCK
from ..inputs.objects import digest, encode, object_path
from ..inputs.option_names import imports_both, imports_old, may_import_old, rewritten
from ..inputs.options_proto import OLD_PROTO, OPTIONS_PROTO
from ..inputs.proto_tokens import package, tokens
from ..inputs.sources import COPIES, inside
from ..inputs.tree import Overlay, Tree
from ..outputs.notes import Note, Reason
from ..outputs.report import Changeset, Event, FileAction
from .last_run import read_last_run

_GENERATED = frozenset(
    {
        "1c0c9cb73d0f73f757205be6374bf42c",
        "5de0d291f8f8e8bd13467ccf591ac00c",
        "6d7f074ae252bf05483f0a966f14beec",
        "da98d05b20c84b153de87ed7958bd597",
    }
)
"""The first halves of the digests of all texts of the old file."""


class Rewriting(NamedTuple):
    """The changes to the protos of a project."""

    changed: Changes = UNCHANGED
    """The new texts by path; None for a copy of the old file, which is deleted."""
    edited: tuple[str, ...] = ()
    """Copies of the old file that the user edited, which stay."""
    relative: Mapping[str, bool] = {}
    """For each proto of the project whether ``pyservice.`` means pyservice's package in it."""

    def run_on(self, tree: Tree, run: Callable[[Tree], Changeset]) -> Changeset:
        """Run on the project with these changes; returns both changes together."""
        changed = {**self.changed, **_record(self.relative, tree)}
        response = run(Overlay(tree, changed) if changed else tree)
        written = {path: text for path, text in changed.items() if text is not None and path not in response.delete}
        removed = (path for path, text in changed.items() if text is None)
        report = response.report._replace(
            events=(*response.report.events, *self._events()), todo=(*response.report.todo, *self._todo())
        )
        return Changeset(report, {**written, **response.write}, (*response.delete, *removed))

    def _events(self) -> Iterator[Event]:
        for path, text in self.changed.items():
            if text is None:
                yield Event(FileAction.DELETED, path, (Note(Reason.REPLACED, path, OPTIONS_PROTO),))
            else:
                yield Event(FileAction.UPDATED, path, (Note(Reason.OPTIONS_RENAMED, path, OPTIONS_PROTO),))

    def _todo(self) -> Iterator[str]:
        for path in self.edited:
            yield f"{path} was edited and stays, but it is {OPTIONS_PROTO} now: delete it, because buf refuses both together"


def find_rewriting(root: str, roots: Sequence[str], tree: Tree) -> Rewriting:
    """Find the protos to rewrite below the roots inside the project. Raises ProtoError for one with both names."""
    protos = dict(_own_protos(root, roots, tree))
    copies = {path: text for path in _copies(root, roots) if (text := protos.pop(path, None) or _read(tree, path))}
    unedited = {path: None for path, text in copies.items() if _is_generated(text)}
    edited = (path for path, text in copies.items() if path not in unedited and package(tokens(text)) == "pyservice")
    relative = _relative(protos)
    changed = {path: rewritten(protos[path], meant) for path, meant in relative.items()}
    changed = {path: text for path, text in changed.items() if text != protos[path]}
    return Rewriting({**changed, **unedited}, tuple(edited), relative)


def _own_protos(root: str, roots: Sequence[str], tree: Tree) -> Iterator[tuple[str, bytes]]:
    """Yield path and text of each proto, except unreadable ones and links that lead out of the project."""
    for place in _places(root, roots):
        for name in below([os.path.join(root, place)]):
            path = posixpath.normpath(f"{place}/{name}")
            text = _read(tree, path)
            if text is not None:
                yield path, text


def _read(tree: Tree, path: str) -> bytes | None:
    """Return the text of a file; None if it does not exist, or is a link that leads out of the project."""
    try:
        return tree.read(path)
    except OutputError:
        return None


def _copies(root: str, roots: Sequence[str]) -> list[str]:
    """Return the possible paths of copies of the old file; the generator's folder for copies need not be a root."""
    return [posixpath.normpath(f"{place}/{OLD_PROTO}") for place in dict.fromkeys((*_places(root, roots), COPIES))]


def _places(root: str, roots: Sequence[str]) -> list[str]:
    """Return the roots that are inside the project, relative to it."""
    places = (inside(root, os.path.join(root, folder)) for folder in roots)
    return [place for place in places if place is not None]


def _is_generated(text: bytes) -> bool:
    return digest(text.replace(b"\r\n", b"\n"))[:32] in _GENERATED


def _relative(protos: Mapping[str, bytes]) -> dict[str, bool]:
    """Return for each proto whether ``pyservice.`` means pyservice's package in it; empty if none has to be rewritten."""
    if not any(may_import_old(text) and imports_old(tokens(text)) for text in protos.values()):
        return {}
    for path, text in protos.items():
        _check_single(path, text)
    packages = {path: package(tokens(text)) for path, text in protos.items()}
    return {path: not _hides_ours(packages[path], packages.values()) for path in protos}


def _check_single(path: str, text: bytes) -> None:
    if imports_both(tokens(text)):
        raise ProtoError(
            f"{path} imports {OLD_PROTO} and {OPTIONS_PROTO}, which is the same under its new name: "
            f"remove the import of {OLD_PROTO}."
        )


def _hides_ours(package: str, packages: Collection[str]) -> bool:
    """Return whether ``pyservice.`` means another package here: the compiler looks from the inside out."""
    for other in packages:
        parts = other.split(".")
        around = [".".join(parts[:at]) for at in range(1, len(parts)) if parts[at] == "pyservice"]
        if any(f"{package}.".startswith(f"{scope}.") for scope in around):
            return True
    return False


def _record(relative: Mapping[str, bool], tree: Tree) -> Mapping[str, bytes]:
    """Return lock and objects as if the protos had been generated with the new names."""
    lock, objects = read_last_run(tree) if relative else (None, None)
    if lock is None or objects is None:
        return {}
    files = dict(lock.files)
    for path in relative.keys() & files.keys():
        bases = (objects.read(name) for name in files[path].digests)
        new = {digest(base): base for base in (rewritten(base, relative[path]) for base in bases if base is not None)}
        if new and set(new) != set(files[path].digests):
            objects.added.update(new)
            files[path] = files[path]._replace(digests=tuple(sorted(new)))
    if files == lock.files:
        return {}
    added = {object_path(name): encode(content) for name, content in objects.added.items()}
    return {LOCK: lock._replace(files=files).to_bytes(), **added}
